"""The actions of a step; most verbs are plain actions without a class."""

from __future__ import annotations

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.flow.frozen import fast_record
from flowc.flow.hours import Hours
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

#: The field of a switch that names a calendar.
HOURS = "hours"


class Sound(NamedTuple):
    """A field for a sound: a prompt, or the author's server that answers with one (then the prompt is empty)."""

    name: str
    prompt: tuple[Action, ...]
    endpoint: Endpoint | None
    at: NodeRef


@fast_record(frozen=True, eq=False, repr=False)
class Action:
    """An action; subclasses add what has more meaning than its fields.

    `at` is the verb's key, `line` the action's first line. At most one of `then` and `action` is given.
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
        """Return the setting of that name."""
        for setting in self.settings:  # much faster than a generator, and rules ask often
            if setting.name == name:
                return setting
        return None

    def block(self, target: str) -> tuple[Setting, ...]:
        """Return the settings of a target's own block; empty if there is none."""
        return settings_for(self.blocks, target)

    @property
    def endless(self) -> bool:
        """Whether it repeats until the call ends (`loop: 0`), so that nothing after it runs."""
        loop = self.setting("loop")
        return loop is not None and loop.value == 0

    def callback(self, name: str) -> Endpoint | None:
        """Return the author's server that the field of that name notifies."""
        return next((callback.endpoint for callback in self.callbacks if callback.name == name), None)

    def parties(self) -> tuple[Callee, ...]:
        """Return the callers and callees that it names."""
        return ()

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """Return its prompts, in the order in which they are played."""
        return tuple([sound.prompt for sound in self.sounds])


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Redirect(Action):
    """Hands the call to the author's server."""

    endpoint: Endpoint


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Notify(Action):
    """Has the host notify the author's server; `given` are the author's own parameters."""

    endpoint: Endpoint
    given: tuple[Setting, ...] = ()


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Goto(Action):
    """Continues with another step or the rest of this one, or ends the call."""

    to: Destination


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
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
        """Whether it reads speech."""
        return "speech" in self._input

    @property
    def takes_keys(self) -> bool:
        """Whether it reads keys."""
        return self._input != "speech"

    @property
    def _input(self) -> str:
        setting = self.setting("input")
        return str(setting.value) if setting else ""

    @property
    def keys(self) -> int:
        """The number of keys in the longest input that the author expects.

        That of `digits:`; without it, that of a telephone number if the input is open, else that of the longest choice
        and the key that ends the input.
        """
        if self.digits_at != self.at:
            return self.most
        cases = self.then.cases if self.then else ()
        longest = max((len(case.outcome) for case in cases if is_keys(case.outcome)), default=0)
        return min(max(longest + 1, PHONE_NUMBER_KEYS if self.is_open else 1), self.most)

    @property
    def is_open(self) -> bool:
        """Whether the number of keys is open: there is no `digits:`, and any input leads on."""
        cases = self.then.cases if self.then else ()
        anything = self.action is not None or any(case.outcome == "digits" for case in cases)
        return anything and self.digits_at == self.at

    def fits(self, keys: str) -> bool:
        """Whether the number of these keys is allowed."""
        return self.least <= len(keys) <= self.most

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """Return the prompt, and what is played before it is repeated."""
        return (self.prompt, self.again_after_silence, self.again_after_wrong)


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Switch(Action):
    """Continues by a fact of the call, or by the word of a calendar, which `fact` names then.

    `calendar` is None for a fact, and for a calendar that cannot be used.
    """

    fact: Setting
    calendar: Hours | None = None

    @property
    def by_hours(self) -> bool:
        """Whether it names a calendar."""
        return self.fact.name == HOURS


class Confirm(NamedTuple):
    """The prompt for the callee, and the key that connects the call."""

    key: Setting
    sound: Sound
    timeout: Setting
    at: NodeRef


def screens_of(holder: Dial | Callee) -> tuple[Sound, ...]:
    """Return what a callee hears before the call is connected: the prompt of the confirmation, or the whisper."""
    confirmed = (holder.confirm.sound,) if holder.confirm else ()
    return (*confirmed, holder.whisper) if holder.whisper else confirmed


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Dial(Action):
    """Calls one or more callees."""

    to: tuple[Callee, ...]
    in_turn: bool
    confirm: Confirm | None
    whisper: Sound | None

    def parties(self) -> tuple[Callee, ...]:
        """Return its callees."""
        return self.to

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """Return what callees hear before they are connected, and what the caller hears while it rings."""
        return tuple([sound.prompt for sound in (*screens_of(self), *self.sounds)])


class Leaving(NamedTuple):
    """The key that ends the wait in a queue, and where it is said to lead."""

    key: Setting
    to: Destination | None


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Queue(Action):
    """Lets the caller wait in a queue.

    `positions` are the texts about the position in the queue, from the first one; `position_at` is where they are
    requested (None: they are not). They are empty if the language of the flow has no such text.
    """

    leave: Leaving | None
    position_at: NodeRef | None
    positions: tuple[Action, ...]

    @property
    def wait(self) -> Sound | None:
        """What the caller hears; None: the carrier's own music."""
        return next(iter(self.sounds), None)

    @property
    def ends_wait(self) -> bool:
        """Whether the caller can leave: with a key, after a time, or by the author's server."""
        served = self.wait is not None and self.wait.endpoint is not None
        return self.leave is not None or self.max_wait is not None or served

    @property
    def max_wait(self) -> Setting | None:
        """How long the caller waits at most."""
        return self.setting("max_wait")

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """Return what is said about the first position, and what the caller hears in the queue."""
        return (self.positions[:1], *super().prompts())


class Record(Action):
    """Records the caller, or the whole call. Without `then` and `action` the step continues."""


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Sms(Action):
    """Sends a text message, without a `sender` from the number that was called."""

    sender: Callee | None
    to: tuple[Callee, ...]

    def parties(self) -> tuple[Callee, ...]:
        """Return the sender and the recipients."""
        return (self.sender, *self.to) if self.sender else self.to


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Preanswer(Action):
    """Plays a prompt before the call is answered."""

    prompt: tuple[Action, ...]

    def prompts(self) -> tuple[tuple[Action, ...], ...]:
        """Return the prompt."""
        return (self.prompt,)


class Raw(Action):
    """XML of carriers; the settings are named by the targets."""
