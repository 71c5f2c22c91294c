"""Cases of a switch that every carrier and every host distinguishes."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import folded, shown
from flowc.flow.actions import Switch
from flowc.flow.values import Case, destination_key
from flowc.lint.context import Compared, LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS

_HIDDEN = "hidden"


def check(context: LintContext) -> Iterator[Finding]:
    """Report two spellings of one value that lead to different places (FC317)."""
    for switch in context.of(Switch):
        if switch.then is not None:
            yield from _cases(switch.then.cases, context.compared.get(switch))


def _cases(cases: tuple[Case, ...], compared: tuple[Compared, ...] | None) -> Iterator[Finding]:
    first: dict[str, Case] = {}
    for index, case in enumerate(cases):
        if case.outcome:
            known = first.setdefault(_canonical(compared[index]) if compared else case.outcome, case)
            if destination_key(known.to) != destination_key(case.to):
                own, other = shown(_written(case)), shown(_written(known))
                what = "a choice already" if own == other else f"the same value as {other}"
                help_ = "Keep one of them." if own == other else _help(compared, index)
                related = (Related(known.at, "the other one"),)
                yield Finding("FC317", case.at, f"{own} is {what}, but leads elsewhere", help_, related)


def _written(case: Case) -> object:
    """Return the value of a case as its file has it: a variable by its name."""
    return case.at.key if isinstance(case.at, NodeRef) and case.row is None else case.outcome


def _canonical(compared: Compared) -> str:
    """Return what all spellings of one number or address have in common."""
    return _HIDDEN if compared.hidden else folded(compared.callee.written).removeprefix("+")


def _help(compared: tuple[Compared, ...] | None, index: int) -> str:
    if compared and compared[index].hidden:
        return "Keep one of them: anonymous covers every value by which carriers report a hidden caller."
    return "Keep one of them: a plus before a number and the case of letters make no difference."
