"""Values of a switch that can be told apart, by every carrier and every host."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import folded, shown
from flowc.flow.actions import Switch
from flowc.flow.values import Case, destination_key
from flowc.lint.subject import Compared, Subject

_HIDDEN = "hidden"


def check(subject: Subject) -> Iterator[Finding]:
    """FC304 an empty value, FC317 two spellings of one value that lead to different places."""
    for action in subject.actions:
        if isinstance(action, Switch) and action.then is not None:
            yield from _cases(action.then.cases, subject.compared.get(action))


def _cases(cases: tuple[Case, ...], compared: tuple[Compared, ...] | None) -> Iterator[Finding]:
    first: dict[str, Case] = {}
    for index, case in enumerate(cases):
        if not case.outcome:
            message = "an empty value never arrives as one: it counts as left out"
            yield Finding("FC304", case.at, message, "Remove it: else: is taken where there is no value.")
            continue
        known = first.setdefault(_same(compared[index]) if compared else case.outcome, case)
        if destination_key(known.to) != destination_key(case.to):
            message = f"{shown(case.at.key)} is the same value as {shown(known.at.key)}, and leads elsewhere"
            yield Finding("FC317", case.at, message, _why(compared, index), (Related(known.at, "the other one"),))


def _same(compared: Compared) -> str:
    """What all spellings of one number or address have in common."""
    return _HIDDEN if compared.hidden else folded(compared.callee.written).removeprefix("+")


def _why(compared: tuple[Compared, ...] | None, index: int) -> str:
    if compared and compared[index].hidden:
        return "Keep one of them: anonymous covers every word and number by which carriers report a hidden caller."
    return "Keep one of them: a number is the same with its plus or without, and capitals make no difference."
