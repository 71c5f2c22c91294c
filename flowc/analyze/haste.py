"""Time enough to find the keys and to press them."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.model import Duration, Gather, is_keys
from flowc.profile import Kind, Profile, Spelling
from flowc.wording import counted, listing

#: Milliseconds that a caller needs to take the telephone from the ear and find the first key, and for each further one.
_FIRST = 3000
_FURTHER = 500


def check(subject: Subject) -> Iterator[Finding]:
    """FC364 a gather that is over before its longest code can be pressed."""
    for action in subject.actions:
        timeout = action.setting("timeout")
        if not isinstance(action, Gather) or not action.takes_keys or timeout is None:
            continue
        # No time at all, or parts of a second, are for the targets to refuse.
        if not isinstance(timeout.value, Duration) or timeout.value.ms % 1000 or not timeout.value.ms:
            continue
        keys = _longest(action)
        hasty: dict[int, list[str]] = {}
        for profile in subject.profiles:
            least = _FIRST + (keys - 1) * _FURTHER * _is_for_all(profile, action)
            if timeout.value.ms < least:
                hasty.setdefault(least, []).append(profile.name)
        if hasty:
            least, names = max(hasty.items())
            given = ", which a gather has that names no timeout," if timeout.at == action.at else ""
            what = f"press {counted(keys, 'key')}" if least > _FIRST else "find the keys"
            message = f"{timeout.value.ms // 1000} s{given} are too little time to {what} on {listing(names, 'and')}"
            yield Finding("FC364", timeout.at, message, f"Write timeout: {-(-least // 1000)}s, or more.")


def _longest(gather: Gather) -> int:
    """How many keys the longest input has that is meant: of the choices, or as many as are taken exactly."""
    exact = gather.most if gather.least == gather.most else 1
    cases = gather.then.cases if gather.then else ()
    return max(exact, *(len(case.outcome) for case in cases if is_keys(case.outcome) and gather.fits(case.outcome)), 1)


def _is_for_all(profile: Profile, gather: Gather) -> bool:
    """Whether the time is for all keys, and not anew for each."""
    rows = profile.nodes
    row = rows["gather"]
    for setting in gather.block(profile.name):
        key = row.block.get(setting.name) if isinstance(row, Kind) else None
        row = rows[key.kinds[str(setting.value)]] if key and str(setting.value) in key.kinds else row
    spelling = row.fields.get("timeout") if isinstance(row, Kind) else None
    return isinstance(spelling, Spelling) and spelling.in_all
