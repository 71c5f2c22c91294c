"""The keys that a gather takes."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Related
from flowc.diagnostics.wording import counted
from flowc.flow.actions import Gather
from flowc.flow.values import Case, is_keys
from flowc.lint.context import LintContext


def key_cases(context: LintContext) -> Iterator[tuple[Gather, Case]]:
    """Yield the choices by keys; a gather whose least number of keys exceeds the most is left out (FC206)."""
    for gather in context.of(Gather):
        if gather.least <= gather.most and gather.then is not None:
            yield from ((gather, case) for case in gather.then.cases if is_keys(case.outcome))


def taken_keys(gather: Gather) -> str:
    """Phrase the number of keys that a gather takes: `1 key`, `2 to 4 keys`."""
    most = counted(gather.most, "key")
    return most if gather.least == gather.most else f"{gather.least} to {most}"


def digits_related(gather: Gather) -> Related:
    """Point to the number of keys."""
    return Related(gather.digits_at, "the number of keys")
