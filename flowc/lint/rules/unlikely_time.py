"""Times that are probably intended: a field may have got milliseconds, or minutes, in place of seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import lasting
from flowc.flow.actions import Dial
from flowc.flow.values import Duration, Setting
from flowc.flow.verbs import in_background
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
#: A number of whole thousands of seconds is likely to be one of milliseconds.
_THOUSAND = 1000 * _SECOND


class Likely(NamedTuple):
    """The likely times of a field: `doing` is what the field does for {time}, the bounds are in milliseconds.

    What looks like a number of milliseconds is reported up to `usual` even within the bounds.
    """

    doing: str
    most: int
    least: int = 0
    usual: int = 0


_CONFERENCE = Likely("this conference may last {time}", most=_DAY)
#: By the verb (or what else has the field) and the field. For fields that are missing here, no time is certainly wrong,
#: or the bounds of the targets are close enough.
LIKELY: Mapping[tuple[str, str], Likely] = {
    ("dial", "timeout"): Likely("this dial rings for {time}", most=3 * _MINUTE, least=5 * _SECOND),
    ("dial", "time_limit"): Likely("this talk may last {time}", most=_DAY),
    ("gather", "timeout"): Likely("this gather waits {time} for the caller", most=2 * _MINUTE),
    ("gather", "digit_timeout"): Likely("this gather waits {time} for the next key", most=_MINUTE),
    ("confirm", "timeout"): Likely("the callee has {time} to confirm", most=2 * _MINUTE, least=2 * _SECOND),
    ("pause", "length"): Likely("this pause lasts {time}", most=_DAY, usual=_MINUTE),
    ("record", "max_length"): Likely("this recording may last {time}", most=4 * _HOUR),
    ("record", "timeout"): Likely("this recording ends after {time} of silence", most=5 * _MINUTE),
    ("hangup", "after"): Likely("this call is ended after {time}", most=_DAY),
    ("conference", "time_limit"): _CONFERENCE,
    ("multiparty", "time_limit"): _CONFERENCE,
    ("stream", "time_limit"): Likely("this stream may last {time}", most=_DAY),
    ("call", "ring_timeout"): Likely("this call rings for {time}", most=3 * _MINUTE, least=5 * _SECOND),
    ("call", "time_limit"): Likely("this call may last {time}", most=_DAY),
    ("call", "hangup_on_ring"): Likely("this call may last {time} from its first ringing", most=_DAY),
    ("limits", "call"): Likely("this limit lets a call last {time}", most=_DAY),
}


def check(context: LintContext) -> Iterator[Finding]:
    """Report a time that is far too long or too short to be intended (FC366)."""
    for action in context.all_actions:
        # A recording in the background lasts as long as the call.
        if not in_background(action):
            yield from _unlikely(action.verb, action.settings)
        if isinstance(action, Dial) and action.confirm is not None:
            yield from _unlikely("confirm", (action.confirm.timeout,))
    for entry in context.flow.numbers:
        if entry.confirm is not None:
            yield from _unlikely("confirm", (entry.confirm.timeout,))
    for request in context.flow.requests:
        yield from _unlikely(request.kind, request.settings)
    yield from _unlikely("limits", context.flow.limits)


def _unlikely(holder: str, settings: Iterable[Setting]) -> Iterator[Finding]:
    for setting in settings:
        time = setting.value
        if not isinstance(time, Duration) or (likely := LIKELY.get((holder, setting.name))) is None:
            continue
        # The targets refuse zero and fractions of a second.
        if not time.ms or time.ms % _SECOND:
            continue
        meant = _milliseconds(time.ms, likely)
        if not likely.least <= time.ms <= likely.most or (meant and likely.usual):
            yield _finding(setting, time.ms, likely, meant)


def _milliseconds(ms: int, likely: Likely) -> bool:
    """Whether a time is likely to be a number of milliseconds; whole hours are written as such."""
    hours = ms % _HOUR == 0 and ms <= _DAY
    return ms % _THOUSAND == 0 and not hours and likely.least <= ms // 1000 <= (likely.usual or likely.most)


def _finding(setting: Setting, ms: int, likely: Likely, milliseconds: bool) -> Finding:
    doing = likely.doing.format(time=lasting(ms))
    if milliseconds:
        help_ = f"Write {setting.name}: {lasting(ms // 1000)}."
        return Finding("FC366", setting.at, f"{doing}; is {ms // 1000} a number of milliseconds?", help_)
    short = ms < likely.least
    bound = lasting(likely.least if short else likely.most)
    message = f"{doing}; {'less' if short else 'more'} than {bound} is unlikely to be intended"
    help_ = f"Write {bound} or {'more' if short else 'less'}; the units are s, m and h."
    return Finding("FC366", setting.at, message, help_)
