"""The author's own limits, held against the worst case of a flow on a target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import counted, lasting
from flowc.flow.model import Flow
from flowc.flow.values import Duration
from flowc.lower.ir import Program
from flowc.lower.worst_case import Measures, WorstCase, longest
from flowc.profiles.profile import Profile

#: What is bounded, by the limit's name: the code, how much it is at most, in words, and what would make it less.
_CHECKS: dict[str, tuple[str, Callable[[Measures, Program], float], Callable[[float], str], str]] = {
    "call": (
        "FC601",
        lambda most, _: most.time,
        lambda much: "lets a call last " + ("without a bound" if much == inf else f"up to {lasting(much)}"),
        "Shorten time_limit: of dials or max_length: of recordings, lead out of rounds, or raise the limit.",
    ),
    "dials": (
        "FC602",
        lambda most, _: most.dials,
        lambda much: (
            "lets a call dial " + ("without a bound" if much == inf else f"up to {counted(int(much), 'time')}")
        ),
        "Let fewer dials lead to further ones, or raise the limit.",
    ),
    "documents": (
        "FC603",
        lambda _, program: len(program.documents),
        lambda much: f"needs {counted(int(much), 'document')} for this flow",
        "Take fewer tries: in gathers, or share steps, or raise the limit.",
    ),
}


def check_limits(flow: Flow, program: Program, profile: Profile) -> Iterator[Finding]:
    """FC601 a call that can last too long, FC602 one that can dial too often, FC603 too many documents.

    The worst case is worked out only if there is a limit.
    """
    worst = longest(program, profile) if flow.limits else WorstCase(Measures(), ())
    for limit in flow.limits:
        code, measure, words, help_ = _CHECKS[limit.name]
        much = measure(worst.most, program)
        allowed = limit.value.ms if isinstance(limit.value, Duration) else limit.value
        if not isinstance(allowed, (int, float)) or much <= allowed:
            continue
        shown = lasting(allowed) if isinstance(limit.value, Duration) else allowed
        circle = f" ({' -> '.join(worst.round)})" if much == inf and worst.round else ""
        message = f"{profile.name} {words(much)}{circle}, and the limit is {shown}"
        own = limit.at.file is flow.file
        related = () if own else (Related(limit.at, "the limit"),)
        yield Finding(code, limit.at if own else flow.at, message, help_, related)
