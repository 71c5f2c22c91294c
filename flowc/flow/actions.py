"""The actions of a step; most verbs have no class of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from flowc.diagnostics.source import NodeRef
from flowc.flow.values import (
    PHONE_NUMBER_KEYS,
    ActionId,
    ActionUrl,
    Block,
    Callback,
    Callee,
    Destination,
    Endpoint,
    Setting,
    Then,
    is_keys,
    settings_for,
)


class Sound(NamedTuple):
    """A field that is heard: a prompt, or (then there is none) what the author's server answers."""

    name: str
    prompt: tuple[Action, ...]
    endpoint: Endpoint | None
    at: NodeRef


@dataclass(frozen=True, eq=False, repr=False)
class Action:
    """An action: most are as they are here; the others add what is not only spelled.

    `at` is the verb's key, `line` the action's first line. Of `then` and `action` one is None.
    """

    verb: str
    id: ActionId
    at: NodeRef
    line: int
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    sounds: tuple[Sound, ...] = ()
    then: Then | None = None
    action: ActionUrl | None = None

    def setting(self, name: str) -> Setting | None:
        """The setting of that name."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def block(self, target: str) -> tuple[Setting, ...]:
        """The settings of a target's own block; empty where there is none."""
        return settings_for(self.blocks, target)

    @property
    def endless(self) -> bool:
        """Whether it repeats until the call ends (`loop: 0`): nothing after it runs."""
        loop = self.setting("loop")
        return loop is not None and loop.value == 0

    def callback(self, name: str) -> Endpoint | None:
        """The author's server that the field of that name tells."""
        return next((callback.endpoint for callback in self.callbacks if callback.name == name), None)

    def parties(self) -> tuple[Callee, ...]:
        """Whose numbers and addresses it names."""
        return ()

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """The prompts in it, in the order in which they are heard."""
        return tuple(sound.prompt for sound in self.sounds)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Redirect(Action):
    """Hands the call to the author's server."""

    endpoint: Endpoint


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Goto(Action):
    """Goes on with another step (or ends, or goes on with what follows)."""

    to: Destination


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Gather(Action):
    """Timing keys or speech from the caller."""

    least: int
    most: int
    digits_at: NodeRef
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
        return min(max(longest + 1, PHONE_NUMBER_KEYS if self.is_open else 1), self.most)

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


class Confirm(NamedTuple):
    """What the callee hears and must press before the call is connected."""

    key: Setting
    sound: Sound
    timeout: Setting
    at: NodeRef


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
