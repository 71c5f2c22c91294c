"""A frozen view of a target: what its target.yaml says, for the passes that ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

#: A JSON Schema fragment, kept as data; only `flowc.validate` reads it.
Fragment = Mapping[str, Any]


class Unsupported(NamedTuple):
    """Something the target cannot say: why, and the nearest thing that works (whole sentences)."""

    why: str
    instead: str


class Spelling(NamedTuple):
    """How one field is written on its element.

    `attribute` is None for the element's text. `method` names the attribute for a URL's HTTP method. `values` are
    the carrier's words where there are no others, `special` the few values written otherwise than they stand (None:
    not at all). `unit` is the unit of a duration. `schema` is what the carrier takes, applied to the value as it is
    written; `instead` helps when it is not. `default` is written when the flow says nothing, or (`beside`) only
    together with another field.
    """

    attribute: str | None
    method: str | None = None
    values: Mapping[str, str] | None = None
    special: Mapping[str, str | None] | None = None
    unit: str | None = None
    schema: Fragment | None = None
    instead: str = ""
    default: str | None = None
    beside: str | None = None


class BlockKey(NamedTuple):
    """A key of the target's own block: what it takes, and whether it is an option of a strategy, not an attribute."""

    schema: Fragment
    option: bool


class Refusal(NamedTuple):
    """Values that the carrier does not take together, per field (None: the field is left out), why, and what to do."""

    when: Mapping[str, tuple[object, ...]]
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of node is spelled: fields in the order of their attributes, what does not go together, the block."""

    fields: Mapping[str, Spelling | Unsupported]
    refuses: tuple[Refusal, ...]
    block: Mapping[str, BlockKey]


class Result(NamedTuple):
    """How a verb's outcome arrives: the request parameter, the carrier's words per outcome, and what is folded.

    `empty` is the outcome of a missing or empty parameter, `otherwise` that of a value no row names.
    """

    parameter: str
    values: Mapping[str, tuple[str, ...]]
    folds: Mapping[str, str]
    empty: str
    otherwise: str


class Fact(NamedTuple):
    """A fact of the call that a switch can ask for: its request parameter and the words for its values.

    `values` is None where any text is a value; `plus` says the value is a number that may come without its plus.
    """

    parameter: str
    values: Mapping[str, tuple[str, ...]] | None
    plus: bool


class Prompt(NamedTuple):
    """What a prompt may hold: documented verbs, verbs that only work in practice, verbs that may not end it.

    `fetched_by` is the HTTP method by which the carrier fetches it, where it is a document of its own.
    """

    holds: tuple[str, ...]
    undocumented: tuple[str, ...]
    never_last: tuple[str, ...]
    fetched_by: str


class Strategies(NamedTuple):
    """Which strategy of `flowc.lower` the target takes on each axis."""

    confirm: str
    declined: str
    screens: str
    events: str
    after_talk: str


class Limits(NamedTuple):
    """Bounds of the target: bytes of a document, seconds of a screening; None where none is known."""

    document_bytes: int | None
    screening: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One target."""

    name: str
    title: str
    limits: Limits
    strategies: Strategies
    prompts: Mapping[str, Prompt]
    results: Mapping[str, Result]
    facts: Mapping[str, Fact | Unsupported]
    nodes: Mapping[str, Kind | Unsupported]

    def outcomes(self, verb: str) -> frozenset[str]:
        """The outcomes of a verb that this target delivers."""
        result = self.results[verb]
        return frozenset((*result.values, result.empty, result.otherwise))


def build_profile(data: Mapping[str, Any]) -> Profile:
    """Build a profile from a target.yaml that its schema has accepted."""
    limits = data["limits"]
    return Profile(
        name=data["name"],
        title=data["title"],
        limits=Limits(limits.get("document_bytes"), limits.get("screening")),
        strategies=Strategies(**data["strategies"]),
        prompts={name: _prompt(row) for name, row in data["prompts"].items()},
        results={verb: _result(row) for verb, row in data["results"].items()},
        facts={name: _unsupported(row) or _fact(row) for name, row in data["facts"].items()},
        nodes={name: _unsupported(row) or _kind(row) for name, row in data["nodes"].items()},
    )


def _unsupported(row: Mapping[str, Any]) -> Unsupported | None:
    return Unsupported(row["unsupported"], row["instead"]) if "unsupported" in row else None


def _words(values: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words) for name, words in values.items()}


def _prompt(row: Mapping[str, Any]) -> Prompt:
    return Prompt(
        tuple(row["holds"]),
        tuple(row.get("undocumented", ())),
        tuple(row.get("never_last", ())),
        row.get("fetched_by", "GET"),
    )


def _result(row: Mapping[str, Any]) -> Result:
    otherwise = row["otherwise"]
    return Result(
        row["parameter"], _words(row.get("values", {})), row.get("folds", {}), row.get("empty", otherwise), otherwise
    )


def _fact(row: Mapping[str, Any]) -> Fact:
    values = row.get("values")
    return Fact(row["parameter"], None if values is None else _words(values), row.get("plus", False))


def _kind(row: Mapping[str, Any]) -> Kind:
    return Kind(
        {name: _unsupported(field) or _spelling(field) for name, field in row["fields"].items()},
        tuple(
            Refusal(
                {name: tuple(values) for name, values in refusal["when"].items()}, refusal["why"], refusal["instead"]
            )
            for refusal in row.get("refuses", ())
        ),
        {name: BlockKey(key["schema"], key.get("option", False)) for name, key in row.get("block", {}).items()},
    )


def _spelling(row: Mapping[str, Any]) -> Spelling:
    return Spelling(
        row.get("attribute"),
        row.get("method"),
        row.get("values"),
        row.get("special"),
        row.get("unit"),
        row.get("schema"),
        row.get("instead", ""),
        row.get("default"),
        row.get("with"),
    )
