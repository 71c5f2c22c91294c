"""The log of a call: what happened, when, and why the call ended."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from flowc.simulate.documents import CarrierRequest, Page


class EndReason(StrEnum):
    """Why a call ended, where no document is at fault.

    Of a document that is missing or cannot be run, the end is named after the purpose of its request:
    `answer-unreachable`, `action-unusable`.
    """

    HANGUP = "hangup"
    RAN_OUT = "ran-out"
    CALLER = "caller"
    REJECTED = "rejected"
    SCHEDULED = "scheduled"
    TALKED = "talked"
    DECLINED = "declined"
    MACHINE = "machine"
    SERVER = "server"
    LOOP = "loop"
    STUCK = "stuck"


class Event(StrEnum):
    """What happened, as the log names it."""

    RING = "ring"
    FETCHED = "fetched"
    FAILED = "failed"
    SERVER = "server"
    NOTIFIED = "notified"
    HEARD = "heard"
    PLAYED = "played"
    WAITED = "waited"
    CALLEE_HEARS = "the callee hears"
    OTHER_HEARS = "the other caller hears"
    SENT = "sent"
    PRESSED = "pressed"
    SPOKE = "spoke"
    SILENCE = "silence"
    TOO_LATE = "too late"
    DIALLED = "dialled"
    RECORDED = "recorded"
    RECORDING = "recording"
    ROOM = "room"
    QUEUE = "in a queue"
    SKIPPED = "skipped"
    ENDED = "ended"


#: The events that the caller hears.
AUDIBLE = (Event.HEARD, Event.PLAYED)
#: The beginning of a path from another folder.
_UPWARDS = re.compile(r"\A(?:\.\.?/)+")


def is_heard_in(words: str, text: str) -> bool:
    """Whether words are a part of what was heard: a text, or an audio file, whose path may be from any folder."""
    return (_UPWARDS.sub("", words) if words.startswith(".") else words).lower() in text.lower()


class Ended(NamedTuple):
    """Why a call ended: an `EndReason` or the name of a document's error, and the carrier's own code and text."""

    what: str
    code: str
    why: str

    @property
    def is_error(self) -> bool:
        """Whether the carrier gave up the call: a document is missing or cannot be run, or the call runs in a loop.

        A call that is left up in silence counts as an error, too.
        """
        return self.what in (EndReason.LOOP, EndReason.STUCK) or self.what.endswith(("-unreachable", "-unusable"))


class Entry(NamedTuple):
    """One event: its time (milliseconds since the call began), its text, and the element that caused it.

    `request` is the request that was made, if there was one. Of a dial, `dialled` are the addresses, and
    `answered` is the index of the one that took the call.
    """

    at: int
    what: Event
    text: str
    page: Page | None
    element: int
    request: CarrierRequest | None = None
    dialled: tuple[str, ...] = ()
    answered: int | None = None
