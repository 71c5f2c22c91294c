"""Times that are probably intended: a field may have got milliseconds, or minutes, in place of seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import lasting
from flowc.flow.values import Duration, Setting
from flowc.flow.verbs import DAY, HOUR, MINUTE, SECOND, VERBS, LikelyTime, in_background, verbs_with
from flowc.lint.context import LintContext
from flowc.lint.menus import confirmations
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

#: A number of whole thousands of seconds is likely to be one of milliseconds.
_THOUSAND = 1000 * SECOND
#: The likely times of fields that are not those of a verb.
_OTHERS: Mapping[str, Mapping[str, LikelyTime]] = {
    "confirm": {"timeout": LikelyTime("the callee has {time} to confirm", most=2 * MINUTE, least=2 * SECOND)},
    "call": {
        "ring_timeout": LikelyTime("this call rings for {time}", most=3 * MINUTE, least=5 * SECOND),
        "time_limit": LikelyTime("this call may last {time}", most=DAY),
        "hangup_on_ring": LikelyTime("this call may last {time} from its first ringing", most=DAY),
    },
    "limits": {"call": LikelyTime("this limit lets a call last {time}", most=DAY)},
}
#: The likely times by the verb, or by what else has the field.
LIKELY: Mapping[str, Mapping[str, LikelyTime]] = {**{name: verb.times for name, verb in VERBS.items()}, **_OTHERS}

_TIMED = verbs_with(lambda verb: verb.times)


def check(context: LintContext) -> Iterator[Finding]:
    """Report a time that is far too long or too short to be intended (FC366)."""
    for action in context.with_verbs(_TIMED):
        # A recording in the background lasts as long as the call.
        if not in_background(action):
            yield from _unlikely(action.verb, action.settings)
    for confirm in confirmations(context):
        yield from _unlikely("confirm", (confirm.timeout,))
    for request in context.flow.requests:
        yield from _unlikely(request.kind, request.settings)
    yield from _unlikely("limits", context.flow.limits)


def _unlikely(holder: str, settings: Iterable[Setting]) -> Iterator[Finding]:
    times = LIKELY.get(holder, {})
    for setting in settings:
        time, likely = setting.value, times.get(setting.name)
        if likely is None or not isinstance(time, Duration):
            continue
        # The targets refuse zero and fractions of a second.
        if not time.ms or time.ms % SECOND:
            continue
        meant = _milliseconds(time.ms, likely)
        if not likely.least <= time.ms <= likely.most or (meant and likely.usual):
            yield _finding(setting, time.ms, likely, meant)


def _milliseconds(ms: int, likely: LikelyTime) -> bool:
    """Whether a time is likely to be a number of milliseconds; whole hours are written as such."""
    hours = ms % HOUR == 0 and ms <= DAY
    return ms % _THOUSAND == 0 and not hours and likely.least <= ms // 1000 <= (likely.usual or likely.most)


def _finding(setting: Setting, ms: int, likely: LikelyTime, milliseconds: bool) -> Finding:
    doing = likely.doing.format(time=lasting(ms))
    if milliseconds:
        help_ = f"Write {setting.name}: {lasting(ms // 1000)}."
        return Finding("FC366", setting.at, f"{doing}; is {ms // 1000} a number of milliseconds?", help_)
    short = ms < likely.least
    bound = lasting(likely.least if short else likely.most)
    message = f"{doing}; {'less' if short else 'more'} than {bound} is unlikely to be intended"
    help_ = f"Write {bound} or {'more' if short else 'less'}; the units are s, m and h."
    return Finding("FC366", setting.at, message, help_)
