"""The page of a target's requests: what its carrier asks for, with which parameters, and its codes."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.profiles.hangup_causes import read_causes
from flowc.profiles.targets import Targets
from flowc.profiles.webhooks import Parameter, RequestContract, read_webhooks

_ANSWERS = {
    "call": "The call goes on with the answer.",
    "heard": "The answer is heard.",
    "message": "The answer may be a message.",
    "ignored": "The answer is ignored.",
}
_KNOWN = {
    "observed": "seen in requests, not documented",
    "code": "read in the carrier's code, not documented",
    "relative": "known from a relative of the carrier only",
}


def request_pages(targets: Targets) -> dict[str, str]:
    """A page for every target, by its path below the repository."""
    return {f"docs/webhooks/{name}.md": "".join(_page(name, targets)) for name in sorted(targets.folders)}


def _page(name: str, targets: Targets) -> Iterator[str]:
    layers = targets.layers(name)
    yield f"# What {targets.profiles[name].title} asks for\n\nThe target `{name}`. "
    yield "This page is made from its folder by `docs/generate.py`; [webhooks](../webhooks.md) tells how to read it.\n"
    for contract in read_webhooks(layers).contracts.values():
        yield from _contract(contract)
    codes = read_causes(name, layers)
    if codes:
        yield "\n## Codes\n\n`flowc explain CODE` prints what to do.\n\n| code | name | meaning |\n|---|---|---|\n"
        yield from (f"| {one.code} | {_cell(one.name)} | {_cell(one.about)} |\n" for one in codes.values())


def _contract(contract: RequestContract) -> Iterator[str]:
    method = f"always {contract.method}" if contract.fixed else f"{contract.method} if nothing else is said"
    yield f"\n## {contract.name}\n\n{contract.about} {_ANSWERS[contract.answer]} "
    yield f"Named by {contract.named_by}; {method}.\n"
    if not contract.documented:
        yield "The carrier does not document what it sends"
        yield "; this may be expected.\n" if contract.parameters else ".\n"
    if contract.parameters:
        yield "\n| parameter | type | values, or an example | sent when | meaning |\n|---|---|---|---|---|\n"
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
