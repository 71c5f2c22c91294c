"""A gather: its prompt, the input by keys or by speech, and what the carrier does with the input."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flowc.diagnostics.wording import lasting
from flowc.profiles.speech import spoken_ms
from flowc.simulate.call_log import Event
from flowc.simulate.call_state import CallState
from flowc.simulate.decisions import Choice, PendingInput, Pressed, Silent, Spoke
from flowc.simulate.elements import CarrierElement
from flowc.simulate.key_input import SECOND, KeyInput
from flowc.simulate.prompts import play_prompts
from flowc.simulate.rules import Does


class InputType(StrEnum):
    """How a gather accepts input: the values of its setting `input`."""

    KEYS = "dtmf"
    SPEECH = "speech"


#: The keys of a telephone.
KEYS = "0123456789*#"
#: The outcome of a gather in which nothing was entered.
NO_INPUT = "no-input"


def input_types(settings: Mapping[str, str]) -> list[str]:
    """Return how a gather accepts input."""
    return settings.get("input", InputType.KEYS).split()


def ask(call: CallState, element: CarrierElement, attempt: int = 1) -> None:
    """Play the prompt of a gather, and wait for its input."""
    last = element.children[-1] if element.children else None
    if last and last.rule and last.rule.does is Does.PAUSE and call.rules.switches["last_pause"] == "breaks":
        call.end_unusable(f"<{last.name}> at the end of <{element.name}> breaks its prompt")
    elif play_prompts(call, element, answerable=True):
        call.pending = PendingInput(Does.GATHER, element, element.settings, typed=KeyInput(call.clock, attempt=attempt))


def finish(call: CallState, pending: PendingInput, choice: Choice) -> None:
    """Take an input. It need not be complete: then the gather waits for more keys."""
    accepted = input_types(pending.settings)
    call.entered = NO_INPUT
    if isinstance(choice, Pressed) and choice.keys and InputType.KEYS in accepted:
        _press(call, pending, choice)
    elif isinstance(choice, Spoke) and InputType.SPEECH in accepted and pending.typed and pending.typed.last is None:
        _speak(call, pending, choice)
    else:
        _wait(call, pending)


def _press(call: CallState, pending: PendingInput, choice: Pressed) -> None:
    settings, typed = pending.settings, pending.typed
    assert typed is not None
    call.note(Event.PRESSED, choice.keys)
    for key in choice.keys:
        if call.clock + choice.every > typed.deadline(settings):
            _wait(call, pending._replace(typed=typed), late=True)
            return
        if not call.advance(choice.every):
            return
        if key == settings["finish"]:
            _send(call, pending, typed)
            return
        typed = typed.plus(key, call.clock)
        if typed.is_complete(settings):
            _send(call, pending, typed)
            return
    call.pending = pending._replace(typed=typed)


def _speak(call: CallState, pending: PendingInput, choice: Spoke) -> None:
    settings, lasts = pending.settings, spoken_ms(choice.text)
    assert pending.typed is not None
    call.note(Event.SPOKE, choice.text)
    if "whole" in settings and call.clock + lasts > pending.typed.deadline(settings):
        _wait(call, pending, late=True)
    elif call.advance(lasts):
        call.entered = InputType.SPEECH
        call.notify_further("interim", settings, {"speech": choice.text})
        call.request_action(settings, {"keys": "", "speech": choice.text, "input": InputType.SPEECH})


def _wait(call: CallState, pending: PendingInput, late: bool = False) -> None:
    """Wait until the input is over: send what was entered, or count the attempt as missed if nothing was.

    `late` means that the caller has not finished in time.
    """
    settings, typed, begun = pending.settings, pending.typed, call.clock
    assert typed is not None
    if not call.advance(max(typed.deadline(settings) - begun, 0)):
        return
    if not typed.is_lost(settings):
        _send(call, pending, typed)
        return
    if "whole" in settings and (late or typed.last is not None):
        call.note(Event.TOO_LATE, f"the {lasting(int(settings['whole']) * SECOND)} for the whole input are over")
    else:
        call.note(Event.SILENCE, lasting(call.clock - begun), at=begun)
    _miss(call, pending)


def _send(call: CallState, pending: PendingInput, typed: KeyInput) -> None:
    """Send an input that is over, unless it has no keys, or keys that the carrier does not accept."""
    sound = pending.settings.get("invalid")
    if not typed.keys and call.rules.switches["finish_alone"] == "falls-through":
        _miss(call, pending)
    elif typed.is_valid(pending.settings):
        call.entered = typed.keys or NO_INPUT
        call.request_action(pending.settings, {"keys": typed.keys, "speech": "", "input": InputType.KEYS})
    elif not sound:
        _miss(call, pending)
    else:
        file = call.rules.file(sound)
        call.note(Event.PLAYED, file.name)
        if call.advance(file.ms):
            _miss(call, pending)


def _miss(call: CallState, pending: PendingInput) -> None:
    """Ask again, or after the last attempt continue without an input."""
    assert pending.typed is not None
    if not pending.typed.is_last(pending.settings):
        ask(call, pending.element, pending.typed.attempt + 1)
    elif pending.settings.get("empty") == "true":
        call.request_action(pending.settings, {})


def longest_silence(pending: PendingInput, now: int) -> Choice:
    """Return the input without effect that takes longest: an invalid key at the last moment, or silence."""
    invalid = next((key for key in KEYS if key not in (*valid_keys(pending), pending.settings["finish"])), None)
    if invalid is None or pending.typed is None:
        return Silent()
    return Pressed(invalid, pending.typed.deadline(pending.settings) - now)


def valid_keys(pending: PendingInput) -> list[str]:
    """Return the keys that an input may contain."""
    finish, valid = pending.settings["finish"], pending.settings.get("valid")
    return [key for key in KEYS if key != finish and (valid is None or key in valid)]
