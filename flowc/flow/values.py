"""What actions are made of: settings, destinations, outcomes, requests to the author's server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from flowc.diagnostics.characters import cleaned
from flowc.diagnostics.source import Location, NodeRef, TextRange

if TYPE_CHECKING:
    from flowc.flow.actions import Confirm


class Duration(NamedTuple):
    """A length of time, in milliseconds."""

    ms: int


class Url(str):
    """The URL of something that is fetched, such as an audio file."""

    __slots__ = ()


class Setting(NamedTuple):
    """One field of an action as the author (or a default) gave it.

    The value of a list is a tuple of settings, one an item; in a mapping's each has a name.
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
    """The settings of a target's own block; none if there is no such block."""
    return next((block.settings for block in blocks if block.target == target), ())


_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")


def is_name(text: str) -> bool:
    """Whether a text has the form of a name, of a step or in the phone book."""
    return _NAME.match(text) is not None


class Endpoint(NamedTuple):
    """A URL of the author's own server that the carrier calls, how (GET or POST), and how it asks again."""

    url: str
    method: str
    at: NodeRef
    retry: tuple[Setting, ...] = ()


class Callback(NamedTuple):
    """A field that names the author's server, which is told something; `name` is the field's."""

    name: str
    endpoint: Endpoint


class ActionUrl(NamedTuple):
    """The author's server that decides how the call goes on, or (`follow` false) is told only, and the flow goes on.

    `follow_at` is where that stands.
    """

    endpoint: Endpoint
    follow: bool
    follow_at: NodeRef


class ToStep(NamedTuple):
    """Go on with a step."""

    step: str
    at: NodeRef


class Following(NamedTuple):
    """Go on with what follows in the step (`next`)."""

    at: NodeRef


class End(NamedTuple):
    """Hang up (`end`)."""

    at: NodeRef


class Leave(NamedTuple):
    """Let the author's server go on."""

    endpoint: Endpoint
    at: NodeRef


Destination = ToStep | Following | End | Leave


def destination_key(to: Destination | None) -> object:
    """What tells one destination from another, its place left out."""
    match to:
        case ToStep(step):
            return step
        case Leave(endpoint):
            return (endpoint.url, endpoint.method)
        case End() | Following():
            return type(to)
    return None


class Case(NamedTuple):
    """One outcome and where it leads; `at` is the outcome's key.

    `party` is whom the value of a switch names, which has a meaning only where the fact is a telephone number.
    """

    outcome: str
    to: Destination
    at: NodeRef
    party: Callee | None = None


def is_keys(outcome: str) -> bool:
    """Whether an outcome of a gather is a string of keys, not a word such as no-input."""
    return not outcome[0].isalpha()


#: How many keys an input is taken to have of which nothing says how long it is: a telephone number, with 1 before it.
PHONE_NUMBER_KEYS = 11


class Then(NamedTuple):
    """Where an action leads: cases by outcome, and `otherwise` for `else:` or for a destination given alone."""

    cases: tuple[Case, ...]
    otherwise: Destination | None
    at: NodeRef

    def of(self, outcome: str) -> Destination | None:
        """Where an outcome leads; None where it is not covered."""
        for case in self.cases:
            if case.outcome == outcome:
                return case.to
        return self.otherwise

    def destinations(self) -> tuple[Destination, ...]:
        """Every destination, in the order of writing."""
        last = () if self.otherwise is None else (self.otherwise,)
        return (*(case.to for case in self.cases), *last)


class ActionId(NamedTuple):
    """Which action of which step: its ordinal in the step, and its number among those of its verb (both from 1)."""

    step: str
    ordinal: int
    nth: int


@dataclass(frozen=True, eq=False, repr=False)
class Callee:
    """Whom a dial calls, or a message is from or to.

    `kind` is number, sip, client, or caller (of a message: whoever calls); empty where the name is in no phone book.
    `name` is the phone book's, or empty; `at` is where it is dialled, `address_at` where the address is written; `row`
    is where it stands in a file of comma-separated values, if it does.
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
    row: TextRange | None = None

    @property
    def written(self) -> str:
        """The number or address with what tells its kind, as in the phone book."""
        return f"client:{self.address}" if self.kind == "client" else self.address

    @property
    def mentioned(self) -> Location:
        """Where it is named: in the flow, or in a file's row."""
        return self.row or self.at

    def block(self, target: str) -> tuple[Setting, ...]:
        """The settings of a target's own block; empty where there is none."""
        return settings_for(self.blocks, target)


def callee_of(text: str, name: str, at: NodeRef, address_at: NodeRef) -> Callee:
    """Whom a number or an address means: what tells its kind is how it begins."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("sip", "sips"):
        return Callee("sip", text, name, at, address_at)
    if colon and scheme == "client":
        return Callee("client", rest, name, at, address_at)
    return Callee("number", text, name, at, address_at)


def party_of(text: str, at: NodeRef, numbers: Mapping[str, Callee]) -> Callee:
    """Whom a text means: a name of the phone book (`numbers`), or a number or an address."""
    known = numbers.get(text)
    if known is not None:
        return replace(known, at=at)
    return Callee("", text, text, at, at) if is_name(cleaned(text)) else callee_of(text, "", at, at)
