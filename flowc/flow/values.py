"""What actions are made of: settings, destinations, outcomes, requests to the author's server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef, TextRange
from flowc.flow.frozen import fast_record

if TYPE_CHECKING:
    from flowc.flow.actions import Confirm, Sound


class Duration(NamedTuple):
    """A length of time, in milliseconds."""

    ms: int


class Url(str):
    """The URL of something that is fetched, such as a document of a fax."""

    __slots__ = ()


class SoundUrl(Url):
    """The URL of an audio file, or its path as an author has written it."""

    __slots__ = ()


class BundledUrl(SoundUrl):
    """The URL of an audio file of the bundle, which lasts `ms` milliseconds."""

    __slots__ = ("ms",)
    ms: int

    def __new__(cls, url: str, ms: int) -> BundledUrl:
        """Return the URL with the length of its file."""
        made = super().__new__(cls, url)
        made.ms = ms
        return made


class Setting(NamedTuple):
    """A field of an action as the author or a default gave it.

    The value of a list is a tuple of settings, one for each item; those of a mapping have names.
    """

    name: str
    value: Value
    at: NodeRef


Value = str | int | float | bool | Duration | tuple[Setting, ...]


class Block(NamedTuple):
    """A target's own block: settings in the target's own words."""

    target: str
    settings: tuple[Setting, ...]


def settings_for(blocks: tuple[Block, ...], target: str) -> tuple[Setting, ...]:
    """Return the settings of a target's own block; empty if there is none."""
    return next((block.settings for block in blocks if block.target == target), ()) if blocks else ()


_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")


def flow_of(step: str) -> str:
    """Return the other flow that the name of a step begins with, such as `office/start`; empty if it is of this flow.

    Steps of parts and repetitions have a slash, too, but after a dot, such as `start.voicemail/greet`.
    """
    flow, slash, _ = step.partition("/")
    return flow if slash and "." not in flow else ""


def is_name(text: str) -> bool:
    """Whether a text has the form of a name, as of a step or in the phone book."""
    return _NAME.match(text) is not None


class Endpoint(NamedTuple):
    """A URL of the author's own server that the carrier requests, the method (GET or POST), and the retry options.

    `returns` are the destinations to which the server may return the call.
    """

    url: str
    method: str
    at: NodeRef
    retry: tuple[Setting, ...] = ()
    returns: tuple[Destination, ...] = ()

    @property
    def steps(self) -> tuple[ToStep, ...]:
        """The steps to which the server may return the call; a rule reports any other destination."""
        return tuple(to for to in self.returns if isinstance(to, ToStep))


class Callback(NamedTuple):
    """A field that names the author's server to notify; `name` is the field's."""

    name: str
    endpoint: Endpoint


class ActionUrl(NamedTuple):
    """The author's server that decides how the call continues, or (`follow` false) is only notified.

    `follow_at` is the place of `follow`.
    """

    endpoint: Endpoint
    follow: bool
    follow_at: NodeRef


class ToStep(NamedTuple):
    """Continue with a step. `named` is where a use of a part names it, if `at` is an exit of the part."""

    step: str
    at: NodeRef
    named: NodeRef | None = None

    @property
    def mentioned(self) -> NodeRef:
        """Where a flow or a part names the step."""
        return self.named or self.at


class Following(NamedTuple):
    """Continue with the rest of the step (`next`)."""

    at: NodeRef


class End(NamedTuple):
    """Hang up (`end`)."""

    at: NodeRef


class Leave(NamedTuple):
    """Let the author's server continue the call."""

    endpoint: Endpoint
    at: NodeRef


Destination = ToStep | Following | End | Leave


def destination_named(name: str, at: NodeRef, prefix: str) -> Destination:
    """Return the destination of that name: `next`, `end`, or a step, whose name gets the prefix."""
    match name:
        case "next":
            return Following(at)
        case "end":
            return End(at)
    return ToStep(f"{prefix}{name}" if prefix else name, at)


def destination_key(to: Destination | None) -> object:
    """Return what identifies a destination, apart from its place."""
    match to:
        case ToStep(step):
            return step
        case Leave(endpoint):
            return (endpoint.url, endpoint.method, *map(destination_key, endpoint.returns))
        case End() | Following():
            return type(to)
    return None


class Case(NamedTuple):
    """An outcome and its destination; `at` is the outcome's key.

    `party` is the number or address that the value of a switch names; it counts only if the fact is one. `row` is
    set for the row of a table: where its column is named, the same for all rows.
    """

    outcome: str
    to: Destination
    at: Location
    party: Callee | None = None
    row: NodeRef | None = None


def is_keys(outcome: str) -> bool:
    """Whether an outcome of a gather is a sequence of keys, not a name such as no-input."""
    return not outcome[0].isalpha()


#: The outcome of a caller who leaves a queue.
LEFT = "left"
#: The assumed number of keys of an open input: a telephone number, with a leading 1.
PHONE_NUMBER_KEYS = 11


class Then(NamedTuple):
    """The destinations of an action: cases by outcome, and `otherwise` for `else:` or for a single destination.

    `of_rows` are the destinations for rows of tables that have none yet: the author means them, but no call goes there.
    """

    cases: tuple[Case, ...]
    otherwise: Destination | None
    at: NodeRef
    of_rows: tuple[Destination, ...] = ()

    def of(self, outcome: str) -> Destination | None:
        """Return the destination of an outcome; None if it is not covered."""
        for case in self.cases:
            if case.outcome == outcome:
                return case.to
        return self.otherwise

    def destinations(self) -> tuple[Destination, ...]:
        """Return all destinations, in the order of the file."""
        last = () if self.otherwise is None else (self.otherwise,)
        return (*[case.to for case in self.cases], *self.of_rows, *last)


def free_finish_key(usual: str, then: Then | None) -> str:
    """Return the finish key of a gather that names none: the default, else the star, else none."""
    taken = "".join(case.outcome for case in then.cases) if then else ""
    return next((key for key in (usual, "*") if key not in taken), "none")


class ActionId(NamedTuple):
    """An action of a step: its ordinal in the step, and its number among those of its verb (both from 1)."""

    step: str
    ordinal: int
    nth: int


@fast_record(frozen=True, eq=False, repr=False)
class Callee:
    """A callee of a dial, the sender or recipient of a message, or what a switch compares.

    `kind` is number, sip, client, caller (of a message: the caller), or prefix (of a switch: the numbers that begin
    so, with a star); empty if the phone book does not contain the name. `name` is the phone book's, or empty; `at` is
    where it is dialled, `address_at` where the address is written; `row` is its place in a CSV file, if it is from one.
    `short` says that the author means a short code, which has no country code.
    """

    kind: str
    address: str
    name: str
    at: NodeRef
    address_at: NodeRef
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    confirm: Confirm | None = None
    whisper: Sound | None = None
    row: TextRange | None = None
    short: bool = False

    @property
    def written(self) -> str:
        """The number or address with the prefix of its kind, as in the phone book."""
        return f"client:{self.address}" if self.kind == "client" else self.address

    @property
    def mentioned(self) -> Location:
        """Where it is named: in the flow, or in the row of a file."""
        return self.row or self.at

    def block(self, target: str) -> tuple[Setting, ...]:
        """Return the settings of a target's own block; empty if there is none."""
        return settings_for(self.blocks, target)
