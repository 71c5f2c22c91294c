"""Timeouts that leave enough time to press keys or to say something."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import counted, lasting, listing
from flowc.flow.actions import Gather
from flowc.flow.values import Duration
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile
from flowc.profiles.speech import KEY_MS, WORD_MS

STAGE = Stage.CONTENT

#: Milliseconds to take the telephone from the ear and find the first key.
_FIRST = 3000
#: Milliseconds for a short answer: to begin, five words, and the silence that ends it.
_ANSWER = 3000 + 5 * WORD_MS + 2000


class _Need(NamedTuple):
    """The least time for an input, in milliseconds, and what the caller does in it."""

    least: int
    what: str


def check(context: LintContext) -> Iterator[Finding]:
    """Report a timeout that ends before a caller can enter what a gather asks for (FC364)."""
    hasty: dict[tuple[NodeRef, int], dict[_Need, list[str]]] = {}
    for action in context.of(Gather):
        timeout = action.setting("timeout")
        # The default timeout is always enough: lowering extends it as the input needs.
        if timeout is None or timeout.at == action.at:
            continue
        # The targets refuse zero and fractions of a second.
        if not isinstance(timeout.value, Duration) or timeout.value.ms % 1000 or not timeout.value.ms:
            continue
        for profile in context.profiles:
            need = _needed(action, _is_total(profile, action))
            if timeout.value.ms < need.least:
                names = hasty.setdefault((timeout.at, timeout.value.ms), {}).setdefault(need, [])
                names += () if profile.name in names else (profile.name,)
    for (at, ms), needs in hasty.items():  # a timeout of the defaults is one mistake, however many gathers use it
        (least, what), names = max(needs.items())
        message = f"{lasting(ms)} is too short to {what} on {listing(names, 'and')}"
        yield Finding("FC364", at, message, f"Write timeout: {lasting(least)}, or more.")


def _needed(gather: Gather, total: bool) -> _Need:
    """Return what an input needs at least; `total` means that the time is for the whole input.

    Otherwise it starts again with each key, so it has to be enough for the first one, and does not limit speech.
    """
    keys = speech = _Need(0, "")
    if gather.takes_keys:
        further = (gather.keys - 1) * KEY_MS * total
        code = "enter a number" if gather.is_open else f"press {counted(gather.keys, 'key')}"
        keys = _Need(_FIRST + further, code if further else "find the keys")
    if gather.takes_speech and total:
        speech = _Need(_ANSWER, "say something and be understood")
    return max(keys, speech)


def _is_total(profile: Profile, gather: Gather) -> bool:
    block = ((own.name, own.value) for own in gather.block(profile.name))
    return profile.has_total_timeout(gather.verb, block)
