"""A call flow as the passes see it: typed, frozen, every part with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from flowc.diagnostics.characters import cleaned
from flowc.diagnostics.source import Place, SourceFile, Spot, Where


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
    at: Place


Value = str | int | float | bool | Duration | tuple[Setting, ...]


class Block(NamedTuple):
    """A target's own block: settings in the target's own words."""

    target: str
    settings: tuple[Setting, ...]


def _own(blocks: tuple[Block, ...], target: str) -> tuple[Setting, ...]:
    return next((block.settings for block in blocks if block.target == target), ())


_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")


def is_name(text: str) -> bool:
    """Whether a text has the form of a name, of a step or in the phone book."""
    return _NAME.match(text) is not None


class Link(NamedTuple):
    """A URL of the author's own server that the carrier calls, how (GET or POST), and how it asks again."""

    url: str
    method: str
    at: Place
    retry: tuple[Setting, ...] = ()


class Told(NamedTuple):
    """A field that names the author's server, which is told something; `name` is the field's."""

    name: str
    link: Link


class Handler(NamedTuple):
    """The author's server that decides how the call goes on, or (`follow` false) is told only, and the flow goes on.

    `follow_at` is where that stands.
    """

    link: Link
    follow: bool
    follow_at: Place


class ToStep(NamedTuple):
    """Go on with a step."""

    step: str
    at: Place


class Following(NamedTuple):
    """Go on with what follows in the step (`next`)."""

    at: Place


class End(NamedTuple):
    """Hang up (`end`)."""

    at: Place


class Leave(NamedTuple):
    """Let the author's server go on."""

    link: Link
    at: Place


Destination = ToStep | Following | End | Leave


def where(to: Destination | None) -> object:
    """What tells one destination from another, its place left out."""
    match to:
        case ToStep(step):
            return step
        case Leave(link):
            return (link.url, link.method)
        case End() | Following():
            return type(to)
    return None


class Case(NamedTuple):
    """One outcome and where it leads; `at` is the outcome's key.

    `party` is whom the value of a switch names, which has a meaning only where the fact is a telephone number.
    """

    outcome: str
    to: Destination
    at: Place
    party: Callee | None = None


def is_keys(outcome: str) -> bool:
    """Whether an outcome of a gather is a string of keys, not a word such as no-input."""
    return not outcome[0].isalpha()


#: How many keys an input is taken to have of which nothing says how long it is: a telephone number, with 1 before it.
_OPEN_INPUT = 11


class Then(NamedTuple):
    """Where an action leads: cases by outcome, and `otherwise` for `else:` or for a destination given alone."""

    cases: tuple[Case, ...]
    otherwise: Destination | None
    at: Place

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


class Sound(NamedTuple):
    """A field that is heard: a prompt, or (then there is none) what the author's server answers."""

    name: str
    prompt: tuple[Action, ...]
    link: Link | None
    at: Place


@dataclass(frozen=True, eq=False, repr=False)
class Action:
    """An action: most are as they are here; the others add what is not only spelled.

    `at` is the verb's key, `line` the action's first line. Of `then` and `action` one is None.
    """

    verb: str
    id: ActionId
    at: Place
    line: int
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()
    told: tuple[Told, ...] = ()
    sounds: tuple[Sound, ...] = ()
    then: Then | None = None
    action: Handler | None = None

    def setting(self, name: str) -> Setting | None:
        """The setting of that name."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def block(self, target: str) -> tuple[Setting, ...]:
        """The settings of a target's own block; empty where there is none."""
        return _own(self.blocks, target)

    @property
    def endless(self) -> bool:
        """Whether it repeats until the call ends (`loop: 0`): nothing after it runs."""
        loop = self.setting("loop")
        return loop is not None and loop.value == 0

    def tells(self, name: str) -> Link | None:
        """The author's server that the field of that name tells."""
        return next((told.link for told in self.told if told.name == name), None)

    def parties(self) -> tuple[Callee, ...]:
        """Whose numbers and addresses it names."""
        return ()

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """The prompts in it, in the order in which they are heard."""
        return tuple(sound.prompt for sound in self.sounds)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Redirect(Action):
    """Hands the call to the author's server."""

    link: Link


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Goto(Action):
    """Goes on with another step (or ends, or goes on with what follows)."""

    to: Destination


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Gather(Action):
    """Takes keys or speech from the caller."""

    least: int
    most: int
    digits_at: Place
    tries: int
    finish_on: Setting
    prompt: tuple[Action, ...]
    again_after_silence: tuple[Action, ...]
    again_after_wrong: tuple[Action, ...]

    @property
    def takes_speech(self) -> bool:
        """Whether what the caller says is taken."""
        return self._input != "dtmf"

    @property
    def takes_keys(self) -> bool:
        """Whether the keys that the caller presses are taken."""
        return self._input != "speech"

    @property
    def _input(self) -> object:
        setting = self.setting("input")
        return setting.value if setting else "dtmf"

    @property
    def keys(self) -> int:
        """How many keys the longest input has that the author means.

        As many as `digits:` says. Without it, those of a telephone number where the input is open, and else those of
        the longest choice and the key that ends the input.
        """
        if self.digits_at != self.at:
            return self.most
        cases = self.then.cases if self.then else ()
        longest = max((len(case.outcome) for case in cases if is_keys(case.outcome)), default=0)
        return min(max(longest + 1, _OPEN_INPUT if self.is_open else 1), self.most)

    @property
    def is_open(self) -> bool:
        """Whether nothing says how many keys are pressed: no `digits:`, and any input leads on."""
        cases = self.then.cases if self.then else ()
        anything = self.action is not None or any(case.outcome == "digits" for case in cases)
        return anything and self.digits_at == self.at

    def fits(self, keys: str) -> bool:
        """Whether so many keys can be entered."""
        return self.least <= len(keys) <= self.most

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """The prompt, and what is said before it is repeated."""
        return (self.prompt, self.again_after_silence, self.again_after_wrong)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Switch(Action):
    """Goes on by a fact of the call."""

    fact: Setting


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
    at: Place
    address_at: Place
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()
    told: tuple[Told, ...] = ()
    confirm: Confirm | None = None
    row: Spot | None = None

    @property
    def written(self) -> str:
        """The number or address with what tells its kind, as in the phone book."""
        return f"client:{self.address}" if self.kind == "client" else self.address

    @property
    def mentioned(self) -> Where:
        """Where it is named: in the flow, or in a file's row."""
        return self.row or self.at

    def block(self, target: str) -> tuple[Setting, ...]:
        """The settings of a target's own block; empty where there is none."""
        return _own(self.blocks, target)


def callee_of(text: str, name: str, at: Place, address_at: Place) -> Callee:
    """Whom a number or an address means: what tells its kind is how it begins."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("sip", "sips"):
        return Callee("sip", text, name, at, address_at)
    if colon and scheme == "client":
        return Callee("client", rest, name, at, address_at)
    return Callee("number", text, name, at, address_at)


def party_of(text: str, at: Place, numbers: Mapping[str, Callee]) -> Callee:
    """Whom a text means: a name of the phone book (`numbers`), or a number or an address."""
    known = numbers.get(text)
    if known is not None:
        return replace(known, at=at)
    return Callee("", text, text, at, at) if is_name(cleaned(text)) else callee_of(text, "", at, at)


class Confirm(NamedTuple):
    """What the callee hears and must press before the call is connected."""

    key: Setting
    sound: Sound
    timeout: Setting
    at: Place


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Dial(Action):
    """Calls somebody."""

    to: tuple[Callee, ...]
    in_turn: bool
    confirm: Confirm | None

    def parties(self) -> tuple[Callee, ...]:
        """Everybody it calls."""
        return self.to

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """What the callee hears who has to confirm, and what the caller hears meanwhile."""
        confirmed = (self.confirm.sound.prompt,) if self.confirm else ()
        return (*confirmed, *super().prompts())


class Record(Action):
    """Records the caller, or the whole call. Without `then` and `action` the step goes on."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Sms(Action):
    """Sends a text message."""

    sender: Callee
    to: tuple[Callee, ...]

    def parties(self) -> tuple[Callee, ...]:
        """The sender and the receivers."""
        return (self.sender, *self.to)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Preanswer(Action):
    """Is heard before the call is answered."""

    prompt: tuple[Action, ...]

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """What is heard."""
        return (self.prompt,)


class Raw(Action):
    """A carrier's own XML; the settings have the targets' names."""


class Step(NamedTuple):
    """A named list of actions; `at` is its name, `line` the name's line."""

    name: str
    actions: tuple[Action, ...]
    at: Place
    line: int


class Way(NamedTuple):
    """A field of a request that names who answers: a step, or the author's server."""

    name: str
    to: ToStep | Leave


@dataclass(frozen=True, eq=False, repr=False)
class Request:
    """What is sent to the carrier's API: an application, or a call that is made; `kind` says which.

    `name` is the call's, or the flow's. `at` is its key, `line` the key's line. An application is from and to nobody.
    """

    kind: str
    name: str
    at: Place
    line: int
    settings: tuple[Setting, ...]
    blocks: tuple[Block, ...]
    told: tuple[Told, ...]
    ways: tuple[Way, ...]
    sender: Callee | None = None
    to: tuple[Callee, ...] = ()
    to_at: Place | None = None

    def setting(self, name: str) -> Setting | None:
        """The setting of that name."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def way(self, name: str) -> ToStep | Leave | None:
        """Who answers what the field of that name is for."""
        return next((way.to for way in self.ways if way.name == name), None)

    def block(self, target: str) -> tuple[Setting, ...]:
        """The settings of a target's own block; empty where there is none."""
        return _own(self.blocks, target)

    def parties(self) -> tuple[Callee, ...]:
        """Everybody that it names."""
        return (*self.senders(), *self.to)

    def senders(self) -> tuple[Callee, ...]:
        """The number that a call is made from; none of an application."""
        return (self.sender,) if self.sender else ()


@dataclass(frozen=True, eq=False, repr=False)
class Flow:
    """One call flow.

    `named` are the entries of the phone book that something uses, `limits` the author's own bounds.
    """

    file: SourceFile
    name: str
    at: Place
    targets: tuple[str, ...]
    base_url: Setting | None
    host: Setting | None
    signatures: Setting | None
    entry: Destination
    steps: tuple[Step, ...]
    numbers: tuple[Callee, ...]
    requests: tuple[Request, ...] = ()
    named: frozenset[str] = frozenset()
    limits: tuple[Setting, ...] = ()

    @property
    def signed(self) -> bool:
        """Whether a request must be verified before it is answered."""
        return self.signatures is not None and self.signatures.value == "required"

    def roots(self) -> tuple[ToStep, ...]:
        """The steps that a carrier can be told to begin with: the entry, and those that its requests name."""
        ways = (self.entry, *(way.to for request in self.requests for way in request.ways))
        return tuple(to for to in ways if isinstance(to, ToStep))

    def step(self, name: str) -> Step | None:
        """The step of that name."""
        return next((step for step in self.steps if step.name == name), None)
