"""A frozen view of a target: what its target.yaml says, for the passes that ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from flowc.diagnostics.wording import folded
from flowc.profiles.rows import (
    CallbackRow,
    NodeRow,
    Spelling,
    Unsupported,
)

#: What a target does not have because its table does not name it: a table lists only what its carrier can do.
NOT_NAMED = Unsupported("its table says nothing of it", "Leave it out, or add a row to the target's table.")


class OutcomeReport(NamedTuple):
    """How a verb's outcome arrives: the request parameter, the carrier's words per outcome, and what is folded.

    `empty` is the outcome of a missing or empty parameter, `otherwise` that of a value no row names.
    """

    parameter: str
    values: Mapping[str, tuple[str, ...]]
    folds: Mapping[str, str]
    empty: str
    otherwise: str


_NO_RESULT = OutcomeReport(parameter="", values={}, folds={}, empty="", otherwise="")


class Fact(NamedTuple):
    """A fact of the call that a switch can ask for: its request parameter and the words for its values.

    `values` is None where the fact is a telephone number or an address. `hidden` are then the values by which the
    carrier reports a caller who hides the number, and `empty_is_hidden` says that a missing or empty parameter is one.
    """

    parameter: str
    values: Mapping[str, tuple[str, ...]] | None
    hidden: tuple[str, ...]
    empty_is_hidden: bool

    def hides(self, text: str) -> bool:
        """Whether a text is one of the values for a hidden caller, in any capitals and with or without a plus."""
        return folded(text).removeprefix("+") in _plain(self.hidden)


def is_number(fact: Fact | Unsupported) -> bool:
    """Whether a fact is a telephone number or an address."""
    return isinstance(fact, Fact) and fact.values is None


class Prompt(NamedTuple):
    """What a prompt may hold: documented verbs, verbs that only work in practice, verbs that may not end it.

    `timed` says that the time for an answer runs while the prompt is heard.
    """

    holds: tuple[str, ...]
    undocumented: tuple[str, ...]
    never_last: tuple[str, ...]
    timed: bool


class Strategies(NamedTuple):
    """Which strategy of `flowc.lower` the target takes on each axis; `confirm` may be what it cannot do."""

    confirm: str | Unsupported
    declined: str
    screens: str
    after_talk: str
    after_dial: str
    late_reject: str


class TargetLimits(NamedTuple):
    """Bounds of the target: bytes of a document, seconds of a screening, who is called by one dial; None: not known."""

    document_bytes: int | None
    screening: int | None
    callees: int | None


@dataclass(frozen=True, eq=False)
class Speech:
    """How texts are read aloud.

    `language` is that of the voice where a flow names neither a voice nor a language (empty: not known), `voices` the
    languages of each voice that the target's own block can name.
    """

    language: str
    voices: Mapping[str, tuple[str, ...]]

    @cached_property
    def stems(self) -> Mapping[str, tuple[str, ...]]:
        """The same by the names of the voices up to a hyphen: what follows is a variant, such as -Neural."""
        return {stem_of(name): languages for name, languages in self.voices.items()}

    def read_by(self, language: str, voice: str) -> tuple[str, ...]:
        """The languages that a voice reads, and the one that is asked for; none where that is not known."""
        if voice:
            own = self.stems.get(stem_of(voice), ())
            return (language, *own) if language else own
        usual = language or self.language
        return (usual,) if usual else ()


def stem_of(voice: str) -> str:
    """The name of a voice without its variant."""
    return voice.partition("-")[0]


@dataclass(frozen=True, eq=False)
class Profile:
    """One target.

    `audio` are the formats of files that it plays; none where that is not known. `ringing` are the verbs that it runs
    without answering the call. `order` names, per verb, the verbs that it cannot go on to in the same document.
    """

    name: str
    title: str
    limits: TargetLimits
    strategies: Strategies
    prompts: Mapping[str, Prompt]
    results: Mapping[str, OutcomeReport]
    facts: Mapping[str, Fact | Unsupported]
    nodes: Mapping[str, NodeRow | Unsupported]
    speech: Speech
    audio: tuple[str, ...]
    ringing: tuple[str, ...]
    order: Mapping[str, frozenset[str]]

    @cached_property
    def variants(self) -> Mapping[str, str]:
        """The kinds that a value of a block makes of another kind, or that stand within one, and which that is."""
        rows = {kind: row for kind, row in self.nodes.items() if isinstance(row, NodeRow)}
        made = {other: kind for kind, row in rows.items() for key in row.block.values() for other in key.kinds.values()}
        return made | {row.inner: kind for kind, row in rows.items() if row.inner}

    def row(self, kind: str) -> NodeRow | Unsupported:
        """How a kind of node is spelled; a kind that the table does not name is not supported."""
        return self.nodes.get(kind, NOT_NAMED)

    def result(self, verb: str) -> OutcomeReport:
        """How the outcome of a verb arrives; without outcomes where the table does not name the verb."""
        return self.results.get(verb, _NO_RESULT)

    def hides(self, text: str) -> bool:
        """Whether a text is one of the carrier's values for a hidden caller, whatever the fact."""
        return any(isinstance(fact, Fact) and fact.hides(text) for fact in self.facts.values())

    def asks(self, kind: str, key: str) -> CallbackRow | None:
        """What a key of the block of a kind makes the carrier ask; the element within one of that kind counts too."""
        row = self.row(kind)
        if not isinstance(row, NodeRow):
            return None
        others = (row.inner, *(other for one in row.block.values() for other in one.kinds.values()))
        return (
            row.block[key].asks
            if key in row.block
            else next((asks for other in others if other and (asks := self.asks(other, key))), None)
        )

    def variant(self, kind: str, block: Iterable[tuple[str, object]]) -> str:
        """The kind that the keys of a block, with their values, make of a node: another, or the same."""
        row = self.row(kind)
        keys = row.block if isinstance(row, NodeRow) else {}
        made = (keys[name].kinds.get(str(value)) for name, value in block if name in keys)
        return next((other for other in made if other and isinstance(self.row(other), NodeRow)), kind)

    def spelling(self, kind: str, block: Iterable[tuple[str, object]], field: str) -> Spelling | None:
        """How a field of a node is written that has this block; None where the target does not have it."""
        row = self.row(self.variant(kind, block))
        cell = row.fields.get(field) if isinstance(row, NodeRow) else None
        return cell if isinstance(cell, Spelling) else None

    def tries(self, kind: str, block: Iterable[tuple[str, object]]) -> int:
        """How often the carrier itself asks for the input of a node that has this block, before the call goes on."""
        block = list(block)
        row = self.row(self.variant(kind, block))
        keys = row.block if isinstance(row, NodeRow) else {}
        return next((int(str(value)) for name, value in block if name in keys and keys[name].tries), 1)

    def outcomes(self, verb: str) -> frozenset[str]:
        """The outcomes of a verb that this target reports to its action URL."""
        result = self.results.get(verb)
        return frozenset((*result.values, result.empty, result.otherwise) if result else ())


@lru_cache(maxsize=64)
def _plain(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded(value).removeprefix("+") for value in values)
