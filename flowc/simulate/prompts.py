"""What the caller hears: texts, audio files and pauses, each for as long as it lasts."""

from __future__ import annotations

from flowc.diagnostics.wording import lasting
from flowc.profiles.speech import spoken_ms
from flowc.simulate.call_log import EndReason, Event
from flowc.simulate.call_state import CallState
from flowc.simulate.elements import CarrierElement
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does

#: How long a call lasts at most, in milliseconds: carriers end it after a day.
_DAY = 86_400 * SECOND
_EVENTS = {Does.SAY: Event.HEARD, Does.PLAY: Event.PLAYED, Does.PAUSE: Event.WAITED}


def play_prompts(call: CallState, element: CarrierElement, answerable: bool = False) -> bool:
    """Play the prompts in an element; False if the call ends or continues elsewhere meanwhile.

    Where the caller can answer (`answerable`), a sound that repeats without end is heard once before the answer.
    """
    jumps = call.jumps
    for child in element.children:
        if child.rule is not None and child.rule.does.is_prompt:
            play_prompt(call, child, child.rule.does, answerable)
            if call.ended is not None or call.jumps != jumps:
                return False
    return True


def play_prompt(call: CallState, element: CarrierElement, does: Does, answerable: bool = False) -> None:
    """Play one text, file or pause."""
    pause = does is Does.PAUSE
    lasts = int(element.settings["length"]) * SECOND if pause else 0
    text = lasting(lasts) if pause else element.text
    file = call.rules.file(text) if does is Does.PLAY else None
    call.note(_EVENTS[does], file.name if file else text)
    if pause:
        call.advance(lasts)
        return
    often = int(element.settings.get("often", "1"))
    if not often and not answerable and call.rules.switches["loop_zero"] == "endless":
        if call.advance(_DAY):
            call.end(EndReason.CALLER)
        return
    call.advance((file.ms if file else spoken_ms(text)) * max(often, 1))
