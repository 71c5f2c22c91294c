"""The page of a target's requests: what its carrier sends, with which parameters, and its codes."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.profiles.hangup_causes import read_causes
from flowc.profiles.targets import Targets
from flowc.profiles.webhooks import Parameter, RequestContract, read_webhooks

_ANSWERS = {
    "call": "The call continues with the answer.",
    "heard": "The caller hears the answer.",
    "message": "The answer may be a message.",
    "ignored": "The answer is ignored.",
}
_KNOWN = {
    "observed": "seen in requests, not documented",
    "code": "from the carrier's code, not documented",
    "relative": "known only from a related carrier",
}


def request_pages(targets: Targets) -> dict[str, str]:
    """A page for every target, by its path below the repository."""
    return {f"docs/webhooks/{name}.md": "".join(_page(name, targets)) for name in sorted(targets.folders)}


def _page(name: str, targets: Targets) -> Iterator[str]:
    layers = targets.layers(name)
    yield f"# Requests of {targets.profiles[name].title}\n\nThe target `{name}`. "
    yield "`docs/generate.py` writes this page from its folder; [webhooks](../webhooks.md) describes all requests.\n"
    yield "Parameters are text; the type says how to read it, and `<name>` is a placeholder.\n"
    for contract in read_webhooks(layers).contracts.values():
        yield from _contract(contract)
    codes = read_causes(name, layers)
    if codes:
        yield "\n## Codes\n\n`flowc explain CODE` prints the remedy.\n\n| code | name | meaning |\n|---|---|---|\n"
        yield from (f"| {one.code} | {_cell(one.name)} | {_cell(one.about)} |\n" for one in codes.values())


def _contract(contract: RequestContract) -> Iterator[str]:
    method = f"always {contract.method}" if contract.fixed else f"{contract.method} by default"
    yield f"\n## {contract.name}\n\n{contract.about} {_ANSWERS[contract.answer]} "
    yield f"Set by {contract.named_by}; {method}.\n"
    if not contract.documented:
        yield "The carrier does not document its parameters"
        yield "; expect these.\n" if contract.parameters else ".\n"
    if contract.parameters:
        yield "\n| parameter | type | values, or an example | sent if | meaning |\n|---|---|---|---|---|\n"
        yield from map(_row, contract.parameters)


def _row(parameter: Parameter) -> str:
    kind = f"{parameter.type}, {parameter.unit}" if parameter.unit else parameter.type
    values = ", ".join(f"`{value}`" for value in parameter.values) or f"`{parameter.example}`"
    known = _KNOWN.get(parameter.known, "")
    meaning = "; ".join(part for part in (parameter.about, known) if part)
    cells = (f"`{parameter.name}`", kind, values, parameter.when or "always", meaning)
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
