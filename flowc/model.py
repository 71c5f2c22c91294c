"""A call flow as the passes see it: typed, frozen, every part with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from flowc.source import Place, SourceFile


class Duration(NamedTuple):
    """A length of time, in milliseconds."""

    ms: int


Value = str | int | float | bool | Duration


class Setting(NamedTuple):
    """One field of an action as the author (or a default) gave it."""

    name: str
    value: Value
    at: Place


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
    """A URL of the author's own server that the carrier calls, and how (GET or POST)."""

    url: str
    method: str
    at: Place


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


class Case(NamedTuple):
    """One outcome and where it leads; `at` is the outcome's key."""

    outcome: str
    to: Destination
    at: Place


def is_keys(outcome: str) -> bool:
    """Whether an outcome of a gather is a string of keys, not a word such as no-input."""
    return not outcome[0].isalpha()


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


@dataclass(frozen=True, eq=False, repr=False)
class Action:
    """An action: say, play, pause, redirect, hangup as it is; the others add what is not only spelled.

    `at` is the verb's key, `line` the action's first line.
    """

    verb: str
    id: ActionId
    at: Place
    line: int
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()

    def setting(self, name: str) -> Setting | None:
        """The setting of that name."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def block(self, target: str) -> tuple[Setting, ...]:
        """The settings of a target's own block; empty where there is none."""
        return _own(self.blocks, target)


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
    """Takes keys from the caller. `then` or `action` is None, never both."""

    least: int
    most: int
    digits_at: Place
    tries: int
    finish_on: Setting
    prompt: tuple[Action, ...]
    again_after_silence: tuple[Action, ...]
    again_after_wrong: tuple[Action, ...]
    then: Then | None
    action: Link | None


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Switch(Action):
    """Goes on by a fact of the call."""

    fact: Setting
    then: Then


@dataclass(frozen=True, eq=False, repr=False)
class Callee:
    """Whom a dial calls. `kind` is number, sip or client, or empty where the name is in no phone book.

    `name` is the phone book's, or empty; `at` is where it is dialled, `address_at` where the address is written.
    """

    kind: str
    address: str
    name: str
    at: Place
    address_at: Place
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()

    def block(self, target: str) -> tuple[Setting, ...]:
        """The settings of a target's own block; empty where there is none."""
        return _own(self.blocks, target)


class Confirm(NamedTuple):
    """What the callee hears and must press before the call is connected."""

    key: Setting
    prompt: tuple[Action, ...]
    timeout: Setting
    at: Place


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Dial(Action):
    """Calls somebody. `then` or `action` is None, never both."""

    to: tuple[Callee, ...]
    in_turn: bool
    confirm: Confirm | None
    events: Link | None
    then: Then | None
    action: Link | None


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Record(Action):
    """Records the caller. Without `then` and `action` the step goes on."""

    events: Link | None
    then: Then | None
    action: Link | None


class Step(NamedTuple):
    """A named list of actions; `at` is its name, `line` the name's line."""

    name: str
    actions: tuple[Action, ...]
    at: Place
    line: int


@dataclass(frozen=True, eq=False, repr=False)
class Flow:
    """One call flow."""

    file: SourceFile
    name: str
    at: Place
    targets: tuple[str, ...]
    base_url: Setting | None
    entry: Destination
    steps: tuple[Step, ...]
    numbers: tuple[Callee, ...]

    def step(self, name: str) -> Step | None:
        """The step of that name."""
        return next((step for step in self.steps if step.name == name), None)
