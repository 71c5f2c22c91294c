"""A target as frozen records: what its target.yaml contains, for the passes that need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import folded
from flowc.profiles.rows import CallbackRow, NodeRow, Spelling, Unsupported

#: The reason for what a table does not name: a table lists only what its carrier supports.
NOT_NAMED = Unsupported("its table has no row for it", "Leave it out, or add a row to the target's table.")
#: The block key whose value selects another element, by the strategy `elements`.
ELEMENT = "element"
#: The target's own block of a node: its keys with their values.
BlockValues = Iterable[tuple[str, object]]


class OutcomeReport(NamedTuple):
    """How a verb's outcome is reported: the request parameter, and the carrier's values per outcome.

    `reported_as` maps outcomes to those that the carrier reports in their place. `empty` is the outcome of a missing or
    empty parameter, `otherwise` that of any other value.
    """

    parameter: str
    values: Mapping[str, tuple[str, ...]]
    reported_as: Mapping[str, str]
    empty: str
    otherwise: str


_NO_RESULT = OutcomeReport(parameter="", values={}, reported_as={}, empty="", otherwise="")


class Fact(NamedTuple):
    """A fact of the call that a switch can read: its request parameter, and the carrier's terms for its values.

    `values` is None if the fact is a telephone number or an address. `hidden` are then the values by which the
    carrier reports a caller who hides the number, and `empty_is_hidden` says that a missing or empty parameter is one.
    """

    parameter: str
    values: Mapping[str, tuple[str, ...]] | None
    hidden: tuple[str, ...]
    empty_is_hidden: bool

    def hides(self, text: str) -> bool:
        """Whether a text is one of the values for a hidden caller, in any case and with or without a plus."""
        return folded(text).removeprefix("+") in _without_plus(self.hidden)


def is_number(fact: Fact | Unsupported) -> bool:
    """Whether a fact is a telephone number or an address."""
    return isinstance(fact, Fact) and fact.values is None


class Prompt(NamedTuple):
    """What a prompt may contain: documented verbs, verbs that only work in practice, verbs that must not end it.

    `timed` says that the time for an answer runs while the prompt is played.
    """

    allowed_children: tuple[str, ...]
    undocumented: tuple[str, ...]
    never_last: tuple[str, ...]
    timed: bool


class Strategies(NamedTuple):
    """What the target does in its own way.

    - `confirm`: how a callee confirms, or that callees cannot.
    - `declined`: what ends if the callee does not confirm.
    - `screens`: the legs of a dial that must confirm.
    - `after_talk`: whether the destination of `completed` is followed after a talk.
    - `after_dial`: what runs after a dial without an action URL.
    - `late_reject`: what a reject does if the call is already answered.
    - `caller_names`: the kinds of callees that can be shown a name as caller ID.
    - `per_callee`: the fields of a dial that each callee has instead of it, with the callee's fields.
    - `total_timeout`: the kinds whose timeout limits the whole input; for others it restarts with each key.
    - `elements`: per kind, the values of the block key `element`, with the kinds of the elements that they select.
    - `attempts`: per kind, the block key for the number of times that the carrier itself asks for the input.
    - `options`: per kind, the block keys that change what flowc writes and are not attributes themselves.
    - `waiting`: the parameters for a waiting caller: the position in the queue, and the seconds there (waited).
    - `handwritten`: the kinds that the carrier supports and flowc does not write.
    """

    confirm: str | Unsupported
    declined: str
    screens: str
    after_talk: str
    after_dial: str
    late_reject: str
    caller_names: frozenset[str]
    per_callee: Mapping[str, str]
    total_timeout: frozenset[str]
    elements: Mapping[str, Mapping[str, str]]
    attempts: Mapping[str, str]
    options: Mapping[str, frozenset[str]]
    waiting: Mapping[str, str]
    handwritten: frozenset[str]


class TargetLimits(NamedTuple):
    """Limits of the target: bytes of a document, seconds of a screening, callees of one dial; None: not known."""

    document_bytes: int | None
    screening: int | None
    callees: int | None


@dataclass(frozen=True, eq=False)
class Speech:
    """How texts are read aloud.

    `language` is that of the voice if a flow names neither a voice nor a language (empty: not known), `voices` the
    languages of each voice that the target's own block can name.
    """

    language: str
    voices: Mapping[str, tuple[str, ...]]

    @cached_property
    def stems(self) -> Mapping[str, tuple[str, ...]]:
        """The same by the names of the voices without their variants."""
        return {stem_of(name): languages for name, languages in self.voices.items()}

    def read_by(self, language: str, voice: str) -> tuple[str, ...]:
        """Return the languages that a voice reads, and the requested one; none if they are not known."""
        if voice:
            own = self.stems.get(stem_of(voice), ())
            return (language, *own) if language else own
        usual = language or self.language
        return (usual,) if usual else ()


class Audio(NamedTuple):
    """The audio files that a target plays: formats (empty: not known), most bytes, rates in Hz, most channels."""

    formats: tuple[str, ...]
    bytes: int | None
    rates: tuple[int, ...]
    channels: int | None


def stem_of(voice: str) -> str:
    """Return the name of a voice up to a hyphen: what follows is a variant, such as -Neural."""
    return voice.partition("-")[0]


@dataclass(frozen=True, eq=False)
class Profile:
    """One target.

    `api` is the Content-Type of requests to the carrier's API. `audio` describes the files that it plays. `ringing` are
    the verbs that it runs without answering the call. `order` names, per verb, the verbs that it cannot run after it in
    the same document.
    """

    name: str
    title: str
    api: str
    limits: TargetLimits
    strategies: Strategies
    prompts: Mapping[str, Prompt]
    results: Mapping[str, OutcomeReport]
    facts: Mapping[str, Fact | Unsupported]
    nodes: Mapping[str, NodeRow | Unsupported]
    speech: Speech
    audio: Audio
    ringing: tuple[str, ...]
    order: Mapping[str, frozenset[str]]

    @cached_property
    def variants(self) -> Mapping[str, str]:
        """The kinds of elements that another kind becomes by its block, or contains, and which kind that is."""
        made = {other: kind for kind, elements in self.strategies.elements.items() for other in elements.values()}
        rows = {kind: row for kind, row in self.nodes.items() if isinstance(row, NodeRow)}
        made |= {row.child_element: kind for kind, row in rows.items() if row.child_element}
        fields = ((kind, field) for kind, row in rows.items() for field in row.fields.values())
        inner = {field.element: kind for kind, field in fields if isinstance(field, Spelling) and field.element}
        return made | {other: made.get(kind, kind) for other, kind in inner.items()}

    def row(self, kind: str) -> NodeRow | Unsupported:
        """Return how a kind of node is written; a kind that the table does not name is not supported."""
        return self.nodes.get(kind, NOT_NAMED)

    def result(self, verb: str) -> OutcomeReport:
        """Return how the outcome of a verb is reported; without outcomes if the table does not name the verb."""
        return self.results.get(verb, _NO_RESULT)

    def hides(self, text: str) -> bool:
        """Whether a text is one of the carrier's values for a hidden caller, whatever the fact."""
        return any(isinstance(fact, Fact) and fact.hides(text) for fact in self.facts.values())

    def elements(self, kind: str) -> Mapping[str, str]:
        """Return the values of the block key `element` of a kind, with the kinds that they select."""
        return self.strategies.elements.get(kind, {})

    def is_option(self, kind: str, key: str) -> bool:
        """Whether a key of the block of a kind changes what flowc writes and is not an attribute itself."""
        return (key == ELEMENT and kind in self.strategies.elements) or key in self.strategies.options.get(kind, ())

    def callback(self, kind: str, key: str) -> CallbackRow | None:
        """Return the request that a URL in the block of a kind causes; the block may belong to an element inside it."""
        row = self.row(kind)
        if not isinstance(row, NodeRow):
            return None
        if key in row.block:
            return row.block[key].callback
        inside = (row.child_element,) if row.child_element else ()
        found = (self.callback(other, key) for other in chain(inside, self.elements(kind).values()))
        return next((callback for callback in found if callback), None)

    def variant(self, kind: str, block: BlockValues) -> str:
        """Return the kind of element that a block selects for a node: another, or the same."""
        elements = self.elements(kind)
        selected = (elements.get(str(value)) for name, value in block if name == ELEMENT)
        return next((other for other in selected if other and isinstance(self.row(other), NodeRow)), kind)

    def spelling(self, kind: str, block: BlockValues, field: str) -> Spelling | None:
        """Return how a field of a node with this block is written; None if the target does not support it."""
        row = self.row(self.variant(kind, block))
        cell = row.fields.get(field) if isinstance(row, NodeRow) else None
        return cell if isinstance(cell, Spelling) else None

    def has_total_timeout(self, kind: str, block: BlockValues) -> bool:
        """Whether the timeout of a node with this block limits the whole input."""
        return self.variant(kind, block) in self.strategies.total_timeout

    def attempts(self, kind: str, block: BlockValues) -> int:
        """Return how many times the carrier itself asks for the input of a node with this block."""
        block = list(block)
        key = self.strategies.attempts.get(self.variant(kind, block))
        return next((int(str(value)) for name, value in block if name == key), 1)

    def outcomes(self, verb: str) -> frozenset[str]:
        """Return the outcomes of a verb that this target reports to its action URL."""
        result = self.results.get(verb)
        return frozenset((*result.values, result.empty, result.otherwise) if result else ())


@lru_cache(maxsize=64)
def _without_plus(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded(value).removeprefix("+") for value in values)
