"""The verbs of the language: one row a verb, for reading, rules, lowering, drawing and simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from flowc.diagnostics.records import NamedTuple
from flowc.flow.actions import Action, Dial, Gather, Goto, Notify, Preanswer, Queue, Raw, Record, Redirect, Sms, Switch
from flowc.flow.values import Destination, Following, Setting

#: How the time of an action is counted: not at all, as a text that is read aloud, an audio file, a pause, an input of
#: the caller, ringing and a talk, a recording, a stay in a room, a wait in a queue and a talk, a wait for a caller of a
#: queue and a talk, a request for another document.
Timing = Literal[
    "nothing", "speech", "file", "silence", "input", "talk", "recording", "room", "waiting", "service", "request"
]


#: Verbs by name, for the code that makes or recognises their actions.
CONFERENCE, GATHER, GOTO, HANGUP, NOTIFY = "conference", "gather", "goto", "hangup", "notify"
PLAY, RAW, QUEUE, ANSWER = "play", "raw", "queue", "answer"
REDIRECT, SAY, STREAM, SWITCH = "redirect", "say", "stream", "switch"
#: Verbs that are written out, so that an action of them is read as a goto.
USE, REPEAT = "use", "repeat"

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


class LikelyTime(NamedTuple):
    """The likely times of a field: `doing` is what the field does for {time}, the bounds are in milliseconds.

    What looks like a number of milliseconds is reported up to `usual` even within the bounds.
    """

    doing: str
    most: int
    least: int = 0
    usual: int = 0


class Verb(NamedTuple):
    """What a verb means. A row names only what differs from a verb that runs immediately and lets the step continue.

    - `model`: the class of its actions.
    - `short`: the field that its short form gives; empty: it has none.
    - `hangs_up`: the call ends with it, unless one of its fields (a time) delays that.
    - `unanswered`: it is meant for a call that is still ringing.
    - `hands_over`: the author's server continues the call.
    - `served`: the author's server always continues the call if it gets the outcome.
    - `reaches`: the caller reaches a person, or something that answers.
    - `outcomes`: those that every carrier reports alike, by what it runs next; no target needs rows for them.
    - `passive_outcomes`: the outcomes for which the caller does nothing; None: all of them.
    - `unreported`: the outcome for which a carrier does not request the action URL.
    - `continues_when`: the case in which the step continues although `action:` gets the outcome; it begins a message.
    - `timing`: how its time is counted.
    - `costs`: what the author pays for each time, as a predicate; empty: nothing.
    - `records`: the fields that record a talk, if they are true.
    - `background`: those of them that record while the step continues.
    - `recording_callback`: the callback that receives the recordings of `records`; empty: it has none.
    - `numbers`: the simple fields that are a number, or a name of the phone book.
    - `texts`: the fields whose text people hear or read; `texts_become` is a participle for messages, such as "sent".
    - `times`: the likely times of its fields; for other fields, no time is certainly wrong, or the targets' bounds are
      close enough.
    """

    model: type[Action] = Action
    short: str = ""
    hangs_up: bool = False
    unanswered: bool = False
    hands_over: bool = False
    served: bool = False
    reaches: bool = False
    outcomes: frozenset[str] = frozenset()
    passive_outcomes: frozenset[str] | None = frozenset()
    unreported: str = ""
    continues_when: str = ""
    timing: Timing = "nothing"
    costs: str = ""
    records: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    recording_callback: str = ""
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    texts_become: str = ""
    times: Mapping[str, LikelyTime] = {}


_BACKGROUND = ("session", "on_answer")
_CONFERENCE_TIMES = {"time_limit": LikelyTime("this conference may last {time}", most=DAY)}

VERBS: Mapping[str, Verb] = {
    "say": Verb(short="text", timing="speech", texts=("text", "ssml"), texts_become="read aloud"),
    "play": Verb(short="url", timing="file"),
    "pause": Verb(
        short="length",
        timing="silence",
        times={"length": LikelyTime("this pause lasts {time}", most=DAY, usual=MINUTE)},
    ),
    "gather": Verb(
        Gather,
        passive_outcomes=frozenset({"no-input"}),
        unreported="no-input",
        continues_when="when there is no input, ",
        timing="input",
        times={
            "timeout": LikelyTime("this gather waits {time} for the caller", most=2 * MINUTE),
            "digit_timeout": LikelyTime("this gather waits {time} for the next key", most=MINUTE),
        },
    ),
    "switch": Verb(Switch, passive_outcomes=None),
    "dial": Verb(
        Dial,
        served=True,
        reaches=True,
        passive_outcomes=frozenset({"busy", "no-answer", "timeout", "failed", "canceled"}),
        timing="talk",
        costs="places a call",
        records=("record",),
        numbers=("caller_id",),
        texts=("caller_name",),
        texts_become="shown",
        times={
            "timeout": LikelyTime("this dial rings for {time}", most=3 * MINUTE, least=5 * SECOND),
            "time_limit": LikelyTime("this talk may last {time}", most=DAY),
        },
    ),
    "record": Verb(
        Record,
        reaches=True,
        passive_outcomes=frozenset({"no-recording"}),
        unreported="no-recording",
        continues_when="when nothing is recorded, ",
        timing="recording",
        records=_BACKGROUND,
        background=_BACKGROUND,
        recording_callback="events",
        times={
            "max_length": LikelyTime("this recording may last {time}", most=4 * HOUR),
            "timeout": LikelyTime("this recording ends after {time} of silence", most=5 * MINUTE),
        },
    ),
    "goto": Verb(Goto, short="step"),
    "redirect": Verb(Redirect, short="url", hands_over=True, reaches=True, timing="request"),
    "notify": Verb(Notify, short="url"),
    "hangup": Verb(hangs_up=True, times={"after": LikelyTime("this call is ended after {time}", most=DAY)}),
    "reject": Verb(short="reason", hangs_up=True, unanswered=True),
    "conference": Verb(
        reaches=True,
        outcomes=frozenset({"ended", "full"}),
        passive_outcomes=frozenset({"full"}),
        timing="room",
        records=("record",),
        recording_callback="events",
        times=_CONFERENCE_TIMES,
    ),
    "multiparty": Verb(
        reaches=True,
        outcomes=frozenset({"ended"}),
        timing="room",
        records=("record",),
        recording_callback="recording_events",
        times=_CONFERENCE_TIMES,
    ),
    "queue": Verb(
        Queue,
        served=True,
        reaches=True,
        passive_outcomes=frozenset({"left", "full", "failed"}),
        timing="waiting",
        times={"max_wait": LikelyTime("the caller waits up to {time} in this queue", most=DAY, least=MINUTE)},
    ),
    "answer": Verb(
        served=True,
        reaches=True,
        passive_outcomes=frozenset({"empty", "failed"}),
        timing="service",
        records=("record",),
        times={
            "timeout": LikelyTime("this agent waits {time} for a caller", most=DAY, least=5 * SECOND),
            "time_limit": LikelyTime("this talk may last {time}", most=DAY),
        },
    ),
    "dtmf": Verb(short="digits"),
    "sms": Verb(Sms, costs="sends a message", texts=("text",), texts_become="sent"),
    "stream": Verb(
        short="url", reaches=True, times={"time_limit": LikelyTime("this stream may last {time}", most=DAY)}
    ),
    "preanswer": Verb(Preanswer, short="prompt", unanswered=True),
    "email": Verb(costs="sends a message", texts=("subject", "text"), texts_become="sent"),
    "fax": Verb(costs="sends a fax", numbers=("to", "from")),
    "raw": Verb(Raw, reaches=True),
}


def verbs_with(has: Callable[[Verb], object]) -> frozenset[str]:
    """Return the verbs whose rows have something, such as times."""
    return frozenset(name for name, verb in VERBS.items() if has(verb))


#: The verbs of texts that are read aloud.
SPEECH = verbs_with(lambda verb: verb.timing == "speech")


def leads(action: Action) -> tuple[Destination, ...]:
    """Return where a call can continue after an action; nowhere if it ends or the author's server continues it."""
    if isinstance(action, Goto):
        return (action.to,)
    if action.then is not None:
        return action.then.destinations()
    row = VERBS[action.verb]
    served = row.served and action.action is not None and action.action.follow
    if served or row.hands_over or action.endless or hangs_up(action):
        return ()
    return (Following(action.at),)


def ends_step(action: Action) -> bool:
    """Whether nothing after an action in its step can run."""
    return not any(isinstance(to, Following) for to in leads(action))


def hangs_up(action: Action) -> bool:
    """Whether a call ends immediately with an action."""
    return VERBS[action.verb].hangs_up and action.setting("after") is None


def recording(action: Action) -> Setting | None:
    """Return the setting by which an action records a talk; a recording of the caller alone has none."""
    settings = map(action.setting, VERBS[action.verb].records)
    return next((setting for setting in settings if setting is not None and setting.value is True), None)


def in_background(action: Action) -> bool:
    """Whether an action records while the step continues."""
    background = VERBS[action.verb].background
    return bool(background) and (setting := recording(action)) is not None and setting.name in background
