"""The verbs of the language: one row a verb, with what reading, rules, lowering, drawing and simulation ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from flowc.flow.actions import Action, Dial, Gather, Goto, Preanswer, Raw, Record, Redirect, Sms, Switch
from flowc.flow.values import Destination, Following, Setting

#: How the time of an action is counted: nothing, a text, an audio file, a pause, an input of the caller, ringing and a
#: talk, a recording, a room in which the caller stays, a request for another document.
Takes = Literal["nothing", "speech", "file", "silence", "input", "talk", "recording", "room", "request"]


class Verb(NamedTuple):
    """What a verb means. A row says only what differs from a verb that runs at once and lets the step go on.

    - `model`: the class of its actions.
    - `short`: the field that its short form gives; empty: it has none.
    - `hangs_up`: there is no call after it, unless one of its fields (a time) says otherwise.
    - `unanswered`: it is meant for a call that still rings.
    - `hands_over`: the author's server goes on with the call.
    - `reaches`: the caller reaches a person, or something that answers.
    - `outcomes`: those that every carrier delivers alike, by what it runs next; no target needs to report them.
    - `alone`: the outcomes for which the caller does nothing; None: all of them.
    - `unasked`: the outcome for which a carrier does not ask the action URL.
    - `goes_on`: when the step goes on although `action:` takes the outcome over; the beginning of a message.
    - `takes`: how its time is counted.
    - `costs`: what the author pays for each time, as a predicate; empty: nothing.
    - `records`: the fields that record a talk, if they are true.
    - `background`: those of them that record while the step goes on.
    - `recording_callback`: the callback that receives the recordings of `records`; empty: it has none.
    - `numbers`: the simple fields that are a number, or a name of the phone book.
    - `words`: the fields whose text people hear or read; `words_are` is what becomes of it, as a participle.
    """

    model: type[Action] = Action
    short: str = ""
    hangs_up: bool = False
    unanswered: bool = False
    hands_over: bool = False
    reaches: bool = False
    outcomes: frozenset[str] = frozenset()
    alone: frozenset[str] | None = frozenset()
    unasked: str = ""
    goes_on: str = ""
    takes: Takes = "nothing"
    costs: str = ""
    records: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    recording_callback: str = ""
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    words_are: str = ""


_BACKGROUND = ("session", "on_answer")

VERBS: Mapping[str, Verb] = {
    "say": Verb(short="text", takes="speech", words=("text", "ssml"), words_are="read aloud"),
    "play": Verb(short="url", takes="file"),
    "pause": Verb(short="length", takes="silence"),
    "gather": Verb(
        Gather, alone=frozenset({"no-input"}), unasked="no-input", goes_on="when there is no input, ", takes="input"
    ),
    "switch": Verb(Switch, alone=None),
    "dial": Verb(
        Dial,
        reaches=True,
        alone=frozenset({"busy", "no-answer", "timeout", "failed", "canceled"}),
        takes="talk",
        costs="calls somebody",
        records=("record",),
        numbers=("caller_id",),
        words=("caller_name",),
        words_are="shown",
    ),
    "record": Verb(
        Record,
        reaches=True,
        alone=frozenset({"no-recording"}),
        unasked="no-recording",
        goes_on="when nothing is recorded, ",
        takes="recording",
        records=_BACKGROUND,
        background=_BACKGROUND,
        recording_callback="events",
    ),
    "goto": Verb(Goto, short="step"),
    "redirect": Verb(Redirect, short="url", hands_over=True, reaches=True, takes="request"),
    "hangup": Verb(hangs_up=True),
    "reject": Verb(short="reason", hangs_up=True, unanswered=True),
    "conference": Verb(
        reaches=True,
        outcomes=frozenset({"ended", "full"}),
        alone=frozenset({"full"}),
        takes="room",
        records=("record",),
        recording_callback="events",
    ),
    "multiparty": Verb(
        reaches=True,
        outcomes=frozenset({"ended"}),
        takes="room",
        records=("record",),
        recording_callback="recording_events",
    ),
    "dtmf": Verb(short="digits"),
    "sms": Verb(Sms, costs="sends a message", words=("text",), words_are="sent"),
    "stream": Verb(short="url", reaches=True),
    "preanswer": Verb(Preanswer, short="prompt", unanswered=True),
    "email": Verb(costs="sends a message", words=("subject", "text"), words_are="sent"),
    "fax": Verb(costs="sends a fax", numbers=("to", "from")),
    "raw": Verb(Raw, reaches=True),
}


def leads(action: Action) -> tuple[Destination, ...]:
    """Where a call can go on after an action; nowhere if it ends there, or if the author's server goes on."""
    if isinstance(action, Goto):
        return (action.to,)
    if action.then is not None:
        return action.then.destinations()
    row = VERBS[action.verb]
    served = isinstance(action, Dial) and action.action is not None and action.action.follow
    if served or row.hands_over or action.endless or hangs_up(action):
        return ()
    return (Following(action.at),)


def ends_step(action: Action) -> bool:
    """Whether nothing after an action in its step can run."""
    return not any(isinstance(to, Following) for to in leads(action))


def hangs_up(action: Action) -> bool:
    """Whether a call ends with an action at once, not after a time."""
    return VERBS[action.verb].hangs_up and action.setting("after") is None


def recording(action: Action) -> Setting | None:
    """The setting by which an action records a talk; a recording of the caller alone has none."""
    settings = map(action.setting, VERBS[action.verb].records)
    return next((setting for setting in settings if setting is not None and setting.value is True), None)


def in_background(action: Action) -> bool:
    """Whether an action records while the step goes on."""
    setting = recording(action)
    return setting is not None and setting.name in VERBS[action.verb].background
