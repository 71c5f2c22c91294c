"""Every field of every action at its bounds: a target takes the value, or flowc says why not; its contract never does.

A value that flowc lets through and the contract refuses would be a fault of flowc (FC902). All values stand in one flow
a target, a step each on a line of its own; steps that are refused are taken out until the rest is built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flowc.diagnostics import Diagnostic, Severity
from flowc.schemas import flow_schema, verb_fields
from tests.compiling import compiled, targets

Schema = Mapping[str, Any]

A = "https://a.example.com"
URLS = (
    *(f"{A}/a.mp3", "http://a.example.com", f"{A}/hash.mp3", f"{A}/hash.mp3#", f"{A}/#hash", f"{A}/?a=1&b=%2A#c"),
    *(f"{A}/%", "HTTPS://a.example.com/", "https://A.EXAMPLE.COM", "https://a", "https://a:1/[x]"),
    *("https://[::1]:80/", "https://a:99999", "https://u:p@a/", "https://a?b", "https://a#b", "https://a//"),
    *("https://a/;x", "https://a/'!$()*,~@", "https:///a", "http://[", "/a"),
)
ADDRESSES = (
    *("+12025550143", "+1", "+41446681800", "12025550143", "sip:a@b", "sips:a@b", "sip:a@b.c:5060"),
    *("sip:a@b;transport=tcp", "sip:a%20b@c", "sip:a?b@c", "sip:a@b?X-Dept=1", "sip:a;b=c@d", "sip:a:b@c"),
    *("sip:+1@c", "sip:'a'@b", "sip:a@b:99999", "sip:&a=$@b", "sip:a/b,c@d", f"sip:{'a' * 240}@b"),
    *(f"sip:{'a' * 260}@b", "client:a", "client:a@b", "client:+1", "client:a b", "client:", f"client:{'a' * 64}"),
    *(f"client:{'a' * 65}", "client:a.b-c_d"),
)
TEXTS = (
    "a",
    "1",
    5,
    1.5,
    "é",
    "\U0001f600",
    "a\nb",
    " a ",
    "a&<b>",
    "x" * 50,
    "x" * 51,
    "x" * 3000,
    "x" * 3001,
    "\x85",
    "a\u2028b",
)
KEYS = (*"0123456789*#", 0, 9)
#: Values for each kind of field, by the name of its definition in the schema.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "text": (*TEXTS, *ADDRESSES, "caller", "1w2", "1W2*#", "w", "12a"),
    "url": URLS,
    "callback": (*URLS, *({"url": f"{A}/?a", "method": method} for method in ("GET", "POST"))),
    "action-url": (*URLS, *({"url": f"{A}/?a", "method": method} for method in ("GET", "POST"))),
    "duration": (
        0,
        1,
        2,
        3,
        4,
        5,
        9,
        10,
        11,
        14,
        15,
        59,
        60,
        61,
        3600,
        14400,
        86400,
        1000000,
        "1500ms",
        "1000ms",
        "1h1m1s",
        "0s",
    ),
    "flag": (True, False),
    "count": (0, 1, 2, 1000000),
    "integer": (1, 2, 10),
    "key": KEYS,
    "finish-key": (*KEYS, "none"),
    "method": ("GET", "POST"),
    "digits": (1, 2, 32, {"max": 1}, {"max": 32}, {"min": 1, "max": 5}, {"min": 3, "max": 3}),
    "to": (*ADDRESSES, list(ADDRESSES[:1]), ["+12025550143", "sip:a@b"], ["+12025550143"] * 20),
}
#: The least that an action needs, and what it then has if that is a choice.
LEAST: Mapping[str, Schema] = {
    "say": {"text": "A"},
    "play": {"url": f"{A}/a.mp3"},
    "pause": {"length": 1},
    "gather": {"digits": 1, "finish_on": "#", "prompt": [{"say": "A"}], "then": "end"},
    "dial": {"to": "+12025550143", "then": "end"},
    "record": {"then": "end"},
    "redirect": {"url": A},
    "hangup": {"after": 5},
    "number": {"to": "+12025550143"},
    "confirm": {"key": "1", "prompt": [{"say": "A"}]},
}
LANGUAGES = (
    *("da-DK", "nl-NL", "en-AU", "en-GB", "en-US", "fr-FR", "fr-CA", "fr-BE", "de-DE", "it-IT", "pl-PL", "pt-PT"),
    *("pt-BR", "ru-RU", "es-ES", "es-US", "sv-SE", "ar", "ca-ES", "cs-CZ", "el-GR", "fi-FI", "nb-NO", "tr-TR", "en"),
    *("xx-YY",),
)


@cache
def schema() -> dict[str, Any]:
    return flow_schema(targets().profiles)


def values(name: str, kind: str, row: Schema) -> tuple[Any, ...]:
    """What is tried in a field."""
    if "enum" in row:
        return tuple(row["enum"])
    if row.get("type") == "boolean":
        return (True, False)
    return VALUES.get(kind) or VALUES.get(name) or ()


def variants(target: str) -> Iterator[tuple[str, Schema]]:
    """An action and its fields, each field with each of its values."""
    definitions = schema()["$defs"]
    for verb, fields in verb_fields(schema()).items():
        if verb not in LEAST:
            continue
        holder = definitions["dial"]["properties"]["confirm"] if verb == "confirm" else definitions[verb]
        for name, kind, _ in fields:
            row = holder["properties"][name]
            if kind == "block":
                keys = row["properties"].items() if name == target else ()
                for key, inner in keys:
                    tried = values(key, "", inner) or (1, 2, "a", "1", f"{A}/a", "1,2", "a=b")
                    yield from ((verb, {**LEAST[verb], name: {key: value}}) for value in tried)
                continue
            least = {key: value for key, value in LEAST[verb].items() if (name, key) != ("action", "then")}
            yield from ((verb, {**least, name: value}) for value in values(name, kind, row))
    for voice in ("man", "woman", None):
        for language in LANGUAGES:
            yield "say", {"text": "A", "language": language, **({"voice": voice} if voice else {})}
    for length in ("silence", 0, 1, 3):
        yield "gather", {**LEAST["gather"], "prompt": [{"say": "A"}, {"pause": length}]}
        yield "gather", {**LEAST["gather"], "prompt": [{"pause": length}, {"play": f"{A}/a.mp3"}]}
    for loop in (0, 1, 2):
        yield (
            "gather",
            {
                **LEAST["gather"],
                "prompt": [{"say": {"text": "A", "loop": loop}}, {"play": {"url": f"{A}/a", "loop": loop}}],
            },
        )
        yield "confirm", {**LEAST["confirm"], "prompt": [{"say": {"text": "A", "loop": loop}}, {"pause": 1}]}


def action(verb: str, fields: Schema, target: str) -> Schema:
    """The action that holds these fields."""
    if verb == "confirm":
        block = {"rcml": {"unconfirmed": "hangup"}} if target == "rcml" else {}
        return {"dial": {**LEAST["dial"], "confirm": fields, **block}}
    return {verb: fields}


def flow(target: str, steps: Mapping[str, tuple[str, Schema]]) -> str:
    numbers, lines = [], []
    for name, (verb, fields) in steps.items():
        tried = action(verb, fields, target)
        if verb == "number":
            numbers.append(f"  {name}: {json.dumps(fields, ensure_ascii=False)}")
            tried = action("dial", {**LEAST["dial"], "to": name}, target)
        actions = [tried, {"say": "A"}, "hangup"]
        lines.append(f"  {name}: {json.dumps(actions, ensure_ascii=False)}")
    head = ["flowc: 1", "name: bounds", f"targets: [{target}]", f"base_url: {A}", "entry: start", "numbers:", *numbers]
    return "\n".join([*head, "steps:", "  start: [hangup]", *lines, ""])


def blamed(found: Diagnostic, text: str) -> str:
    """The step that a finding is about: the key on its line."""
    assert found.span is not None
    return text.split("\n")[found.span.line - 1].partition(":")[0].strip()


@pytest.mark.parametrize("target", ["plivo", "rcml"])
def test_the_contract_takes_what_flowc_lets_through(target: str, tmp_path: Path) -> None:
    steps = {f"s{number}": variant for number, variant in enumerate(variants(target))}
    refused: dict[str, str] = {}
    path = tmp_path / "bounds.flow.yaml"
    while True:
        text = flow(target, steps)
        path.write_text(text, "utf-8")
        bundle = compiled(path)
        errors = [one for one in bundle.diagnostics if one.severity is Severity.ERROR]
        faults = [(one.message, steps[blamed(one, text)]) for one in errors if one.code.startswith("FC9")]
        assert not faults, "\n".join(f"{v} {m}" for m, v in faults)
        if not errors:
            break
        for one in errors:
            refused[blamed(one, text)] = one.code
        assert steps.keys() & refused.keys()
        steps = {name: variant for name, variant in steps.items() if name not in refused}
    assert bundle.manifest is not None
    documents = {document.step for document in bundle.manifest.documents}
    assert steps.keys() <= documents
    assert {verb for verb, _ in steps.values()} == set(LEAST) - ({"hangup"} if target == "rcml" else set())
    assert {code[:3] for code in refused.values()} == {"FC2", "FC3", "FC4"}
