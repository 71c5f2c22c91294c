"""Checks the author's own limits against the worst case of a flow on a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import inf

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import counted, lasting
from flowc.flow.model import Flow
from flowc.flow.values import Duration, Setting
from flowc.lower.ir import Program
from flowc.lower.measures import Measures, WorstCase
from flowc.lower.worst_case import longest
from flowc.profiles.profile import Profile


class _Check(NamedTuple):
    """A limit: its code, the measure that it bounds, the measure in words (bounded and not), and how to reduce it."""

    code: str
    measure: Callable[[Measures, Program], float]
    bounded: Callable[[Measures, Program], str]
    unbounded: str
    help: str


_CHECKS = {
    "call": _Check(
        code="FC601",
        measure=lambda most, _: most.time,
        bounded=lambda most, _: f"lets a call last up to {most.length()}",
        unbounded="lets a call last without a bound",
        help="Shorten time_limit: of dials or max_length: of recordings, add an exit to loops, or raise the limit.",
    ),
    "dials": _Check(
        code="FC602",
        measure=lambda most, _: most.dials,
        bounded=lambda most, _: f"lets a call dial up to {counted(int(most.dials), 'time')}",
        unbounded="lets a call dial without a bound",
        help="Let fewer dials lead to further ones, or raise the limit.",
    ),
    "documents": _Check(
        code="FC603",
        measure=lambda _, program: len(program.documents),
        bounded=lambda _, program: f"needs {counted(len(program.documents), 'document')} for this flow",
        unbounded="",
        help="Use fewer tries: in gathers, share steps, or raise the limit.",
    ),
}


#: The documents that parts, rows and repetitions may add up to where the author sets no limit.
_MOST_DOCUMENTS = 10_000


def check_limits(flow: Flow, program: Program, profile: Profile, linked: Iterable[Program]) -> Iterator[Finding]:
    """FC601 a call that can last too long, FC602 one that can dial too often, FC603 too many documents.

    The worst case is computed only if there is a limit. `linked` are the flows in which calls may continue.
    """
    worst = longest(program, profile, linked) if flow.limits else WorstCase(Measures(), ())
    limits = flow.limits
    if any("." in step.name for step in flow.steps) and all(limit.name != "documents" for limit in limits):
        limits = (*limits, Setting("documents", _MOST_DOCUMENTS, flow.at))
    for limit in limits:
        check = _CHECKS[limit.name]
        much = check.measure(worst.most, program)
        allowed = limit.value.ms if isinstance(limit.value, Duration) else limit.value
        if not isinstance(allowed, (int, float)) or much <= allowed:
            continue
        shown = lasting(allowed) if isinstance(limit.value, Duration) else allowed
        loop = f" (loop: {' -> '.join(worst.loop)})" if worst.loop else ""
        found = check.bounded(worst.most, program) if much < inf else f"{check.unbounded}{loop}"
        # Findings that differ only in the target, their first word, are merged.
        message = f"{profile.name} {found}, but the limit is {shown}"
        own = limit.at.file is flow.file
        related = () if own else (Related(limit.at, "the limit"),)
        yield Finding(check.code, limit.at if own else flow.at, message, check.help, related)
