"""Lowers a whisper: what a callee hears before the call is connected, without pressing a key."""

from __future__ import annotations

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Dial, Sound
from flowc.flow.values import Callee
from flowc.lower.action import sound_field
from flowc.lower.confirm import CalleeFields, heard_ms, waited_ms
from flowc.lower.context import Field, Lowering
from flowc.lower.ir import NextSetting

#: The field of the dial, or (`per_callee` of a target) of each callee.
WHISPER = "whisper"


def whispered(context: Lowering, dial: Dial, callees: tuple[Callee, ...]) -> CalleeFields:
    """Return what whispers add to a dial to these callees. FC401 if a target has one for all of them or none."""
    sounds = [_heard_by(dial, callee) for callee in callees]
    if not any(sounds):
        return CalleeFields((), tuple([()] * len(callees)))
    for sound in dict.fromkeys(sounds):
        if sound is not None:
            _check_time(context, sound)
    fields = [() if sound is None else (_field(context, dial, sound),) for sound in sounds]
    if WHISPER in context.profile.strategies.per_callee:
        return CalleeFields((), tuple(fields))
    for callee, sound in zip(callees, sounds, strict=True):
        if sound is not sounds[0]:
            at = sound.at if sound is not None and sound is not dial.whisper else callee.mentioned
            message = f"{context.profile.name} plays one whisper to all callees of a dial, or none"
            help_ = "Write whisper: on the dial, or ring: in-turn."
            context.findings.append(Finding("FC401", at, message, help_))
            break
    return CalleeFields(fields[0], tuple(() for _ in callees))


def _heard_by(dial: Dial, callee: Callee) -> Sound | None:
    """Return what a callee hears: its own whisper, or else that of the dial, unless the callee has to confirm."""
    return callee.whisper or (None if callee.confirm else dial.whisper)


def _field(context: Lowering, dial: Dial, sound: Sound) -> Field:
    if sound.endpoint is not None:
        return NextSetting(WHISPER, context.server("dial-confirm", sound.endpoint, dial), sound.endpoint.at)
    own = next((number for number, callee in enumerate(dial.to, 1) if callee.whisper is sound), 0)
    return sound_field(context, dial, sound, WHISPER, "confirm", own)


def _check_time(context: Lowering, sound: Sound) -> None:
    """Check that a carrier with a limit plays the whole whisper: pauses are exact, the rest is estimated."""
    name, limit = context.profile.name, context.profile.limits.screening
    if limit is None:
        return
    waits, heard = sum(map(waited_ms, sound.prompt)), sum(map(heard_ms, sound.prompt))
    if waits >= limit * 1000:
        message = f"{name} ends the call after {limit} seconds of whisper; here the pauses take {waits // 1000}"
        context.findings.append(Finding("FC402", sound.at, message, "Shorten the pauses."))
    elif heard >= limit * 1000:
        message = f"{name} ends the call after {limit} seconds of whisper; this one takes about {heard // 1000}"
        context.findings.append(Finding("FC412", sound.at, message, "Shorten the whisper."))
