"""Time enough to find the keys and to press them, or to say something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import counted, lasting, listing
from flowc.flow.actions import Gather
from flowc.flow.values import Duration
from flowc.lint.subject import Subject
from flowc.profiles.profile import Profile
from flowc.profiles.speech import KEY_MS, WORD_MS

#: Milliseconds that a caller needs to take the telephone from the ear and find the first key.
_FIRST = 3000
#: Milliseconds that a short answer takes: to begin, five words, and the silence by which the carrier knows its end.
_ANSWER = 3000 + 5 * WORD_MS + 2000


class _Need(NamedTuple):
    """The least time that an input needs, in milliseconds, and what the caller does in it."""

    least: int
    what: str


def check(subject: Subject) -> Iterator[Finding]:
    """FC364 a timeout of the author's that is over before the caller can enter what a gather asks for."""
    hasty: dict[tuple[NodeRef, int], dict[_Need, list[str]]] = {}
    for action in subject.actions:
        timeout = action.setting("timeout")
        # The language's own timeout is enough: lowering makes it as long as the input needs.
        if not isinstance(action, Gather) or timeout is None or timeout.at == action.at:
            continue
        # No time at all, or parts of a second, are for the targets to refuse.
        if not isinstance(timeout.value, Duration) or timeout.value.ms % 1000 or not timeout.value.ms:
            continue
        for profile in subject.profiles:
            need = _needed(action, _is_total(profile, action))
            if timeout.value.ms < need.least:
                names = hasty.setdefault((timeout.at, timeout.value.ms), {}).setdefault(need, [])
                names += () if profile.name in names else (profile.name,)
    for (at, ms), needs in hasty.items():  # that of the defaults is one fault, whatever gathers have it
        (least, what), names = max(needs.items())
        message = f"{lasting(ms)} is too short to {what} on {listing(names, 'and')}"
        yield Finding("FC364", at, message, f"Write timeout: {lasting(least)}, or more.")


def _needed(gather: Gather, total: bool) -> _Need:
    """What an input needs at least. `total` says that the time is for the whole input.

    Where it begins anew with each key, it has to be enough for the first; and nothing has to be said within it.
    """
    keys = words = _Need(0, "")
    if gather.takes_keys:
        further = (gather.keys - 1) * KEY_MS * total
        code = "enter a number" if gather.is_open else f"press {counted(gather.keys, 'key')}"
        keys = _Need(_FIRST + further, code if further else "find the keys")
    if gather.takes_speech and total:
        words = _Need(_ANSWER, "say something and be understood")
    return max(keys, words)


def _is_total(profile: Profile, gather: Gather) -> bool:
    block = ((own.name, own.value) for own in gather.block(profile.name))
    return profile.has_total_timeout(gather.verb, block)
