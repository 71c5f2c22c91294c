"""The endpoints of the author's server as an OpenAPI document: each URL that carriers request, and what they send.

Only the manifest is read. If several requests have the same URL, the operation accepts each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from flowc.bundle.manifest import ContractEntry, Manifest, ParameterEntry, WebhookEntry
from flowc.bundle.step_entry import StepEntry
from flowc.diagnostics.records import NamedTuple

#: The version of OpenAPI that documents are written in.
OPENAPI = "3.1.0"

Json = dict[str, Any]

_FORM = "application/x-www-form-urlencoded"
_XML = "application/xml"
#: The placeholder for the variable part of a name, and the pattern of its values.
_ANY_NAME, _NAMES = "<name>", "[A-Za-z0-9-]+"
#: The schemas of parameters by type. All parameters are sent as text.
_TYPES: Mapping[str, Json] = {
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "url": {"type": "string", "format": "uri"},
}
_ANSWERS = {
    "call": "XML of the carrier that continues the call.",
    "heard": "XML of the carrier that is played.",
    "message": "Nothing, or XML of the carrier that answers the message.",
    "ignored": "Anything: the carrier ignores the content of the response.",
}


class _Ask(NamedTuple):
    """A request to the author's server, with its contract (None: its parameters are unknown).

    `returns` are the steps to which the server may return the call.
    """

    hook: WebhookEntry
    contract: ContractEntry | None
    returns: tuple[StepEntry, ...]

    @property
    def answer(self) -> str:
        """The use of the response."""
        answer = self.contract.answer if self.contract else "ignored"
        return answer if answer != "call" or self.hook.followed else "ignored"


def openapi(manifest: Manifest) -> Json:
    """Return the OpenAPI document of the author's endpoints; it has no paths if the bundle has no webhooks."""
    contracts = {(contract.target, contract.name): contract for contract in manifest.contracts}
    asks = [
        _Ask(hook, contracts.get((hook.target, hook.contract)), tuple(manifest.steps[url] for url in hook.returns))
        for hook in manifest.webhooks
    ]
    paths: dict[str, dict[str, list[_Ask]]] = {}
    for ask in asks:
        operations = paths.setdefault(_path(urlsplit(ask.hook.url)), {})
        operations.setdefault(ask.hook.method.lower(), []).append(ask)
    origins = _origins(asks)
    posted = {ask.contract for ask in asks if ask.contract and ask.hook.method == "POST"}
    return {
        "openapi": OPENAPI,
        "info": {
            "title": f"Webhooks of {', '.join(dict.fromkeys(flow.flow for flow in manifest.flows))}",
            "version": "1",
            "description": f"The requests that carriers make because of the call flows at {manifest.base_url}.",
        },
        "servers": [{"url": origin} for origin in origins],
        "paths": _named({path: _item(paths[path], origins) for path in sorted(paths)}),
        "components": {"schemas": {_name(contract): _schema(contract) for contract in sorted(posted, key=_name)}},
    }


def _path(url: SplitResult) -> str:
    """Return the path of a URL with escaped braces, which would be path parameters."""
    return (url.path or "/").replace("{", "%7B").replace("}", "%7D")


def _origins(asks: Iterable[_Ask]) -> list[str]:
    return sorted({f"{url.scheme}://{url.netloc}" for url in (urlsplit(ask.hook.url) for ask in asks)})


def _named(paths: Json) -> Json:
    """Return the paths with a unique identifier for each operation."""
    taken: set[str] = set()
    for path, item in paths.items():
        for method in ("get", "post"):
            if method not in item:
                continue
            name = wanted = "-".join([method, *_words(path)])
            number = 1
            while name in taken:
                number += 1
                name = f"{wanted}-{number}"
            taken.add(name)
            item[method] = {"operationId": name, **item[method]}
    return paths


def _item(operations: Mapping[str, Sequence[_Ask]], origins: Sequence[str]) -> Json:
    own = _origins(ask for asks in operations.values() for ask in asks)
    servers = {"servers": [{"url": origin} for origin in own]} if own != origins else {}
    return {**servers, **{method: _operation(method, operations[method]) for method in sorted(operations)}}


def _operation(method: str, asks: Sequence[_Ask]) -> Json:
    about = dict.fromkeys(ask.contract.about for ask in asks if ask.contract)
    operation: Json = {
        "tags": list(dict.fromkeys(ask.hook.flow for ask in asks)),
        "summary": ", ".join(dict.fromkeys(ask.hook.kind for ask in asks)),
        "description": " ".join(about),
        "responses": _responses(asks),
        "x-flowc": [_origin(ask) for ask in asks],
    }
    contracts = list(dict.fromkeys(ask.contract for ask in asks if ask.contract))
    parameters = list(_fixed(asks))
    if method == "get":
        written = {parameter["name"] for parameter in parameters}
        known = all(ask.contract and ask.contract.documented for ask in asks)
        parameters += (one for one in _query(contracts, known) if one["name"] not in written)
    elif contracts:
        schemas = [{"$ref": f"#/components/schemas/{_name(contract)}"} for contract in contracts]
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        operation["requestBody"] = {"required": True, "content": {_FORM: {"schema": schema}}}
    return {**operation, "parameters": parameters} if parameters else operation


def _words(path: str) -> Iterator[str]:
    """Yield the parts of a path; characters not allowed in an identifier become their code points."""
    for part in path.split("/"):
        if part:
            yield "".join(char if char.isalnum() or char in "-." else f"_{ord(char):x}" for char in part)


def _origin(ask: _Ask) -> Json:
    hook = ask.hook
    return {
        "kind": hook.kind,
        "contract": hook.contract,
        "target": hook.target,
        "flow": hook.flow,
        "step": hook.step,
        "source": hook.source._asdict(),
        **({"returns": [entry._asdict() for entry in ask.returns]} if ask.returns else {}),
    }


def _responses(asks: Sequence[_Ask]) -> Json:
    answers = list(dict.fromkeys(ask.answer for ask in asks))
    needed = [answer for answer in answers if answer in ("call", "heard")]
    text = " ".join(_ANSWERS[answer] for answer in needed or answers)
    returns = dict.fromkeys(entry for ask in asks for entry in ask.returns)
    if returns:
        text = "\n".join([f"{text} A redirect with method GET returns the call to a step:\n", *map(_returned, returns)])
    if needed:
        content = {"content": {_XML: {"schema": {"type": "string"}}}}
        return {str(HTTPStatus.OK.value): {"description": text, **content}}
    return {"2XX": {"description": text}}


def _returned(entry: StepEntry) -> str:
    """Return a step to which the server may return the call, as an item of a list in Markdown."""
    return f"- {entry.step} of {entry.flow} on {entry.target}: {entry.url}"


def _fixed(asks: Sequence[_Ask]) -> Iterator[Json]:
    """Yield the parameters in the query of the URL, which are sent unchanged."""
    queries = [dict(parse_qsl(urlsplit(ask.hook.url).query, keep_blank_values=True)) for ask in asks]
    for name in sorted({name for query in queries for name in query}):
        values = list(dict.fromkeys(query[name] for query in queries if name in query))
        yield {
            "name": name,
            "in": "query",
            "required": all(name in query for query in queries),
            "description": "Given in the flow.",
            "schema": {"type": "string", "enum": values},
        }


def _query(contracts: Sequence[ContractEntry], known: bool) -> Iterator[Json]:
    """Yield the parameters of a GET: those of all its requests, required if all requests have them."""
    rows: dict[str, list[ParameterEntry]] = {}
    for contract in contracts:
        for parameter in contract.parameters:
            rows.setdefault(parameter.name, []).append(parameter)
    for name, same in rows.items():
        if name.endswith(_ANY_NAME):
            continue  # OpenAPI has no name patterns for query parameters
        required = known and len(same) == len(contracts) and not any(one.when for one in same)
        schemas = [one for index, one in enumerate(map(_value, same)) if one not in list(map(_value, same))[:index]]
        yield {
            "name": name,
            "in": "query",
            "required": required,
            **_described(same[0]),
            "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
        }


def _name(contract: ContractEntry) -> str:
    return f"{contract.target}.{contract.name}"


def _schema(contract: ContractEntry) -> Json:
    """Return the schema of a form body. It allows further parameters, because carriers add some."""
    plain = [one for one in contract.parameters if not one.name.endswith(_ANY_NAME)]
    return {
        "type": "object",
        "description": contract.about,
        "properties": {one.name: {**_described(one), **_value(one)} for one in plain},
        "patternProperties": {
            f"^{one.name.removesuffix(_ANY_NAME)}{_NAMES}$": {**_described(one), **_value(one)}
            for one in contract.parameters
            if one not in plain
        },
        "required": [one.name for one in plain if not one.when and contract.documented],
    }


def _value(parameter: ParameterEntry) -> Json:
    schema = {"type": "string", "enum": list(parameter.values)} if parameter.values else {}
    return {**(schema or _TYPES.get(parameter.type, {"type": "string"})), "examples": [_example(parameter)]}


def _example(parameter: ParameterEntry) -> str | int | float:
    readers: Mapping[str, type[int] | type[float]] = {"integer": int, "decimal": float}
    return parameter.example if parameter.values else readers.get(parameter.type, str)(parameter.example)


def _described(parameter: ParameterEntry) -> Json:
    sent = f"Sent when: {parameter.when}." if parameter.when else ""
    unit = f"In {parameter.unit}." if parameter.unit else ""
    about = f"{parameter.about[:1].upper()}{parameter.about[1:]}." if parameter.about else ""
    text = " ".join(part for part in (about, unit, sent) if part)
    return {"description": text} if text else {}
