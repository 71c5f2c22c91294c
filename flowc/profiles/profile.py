"""A frozen view of a target: what its target.yaml says, for the passes that ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from flowc.diagnostics.wording import folded

#: A JSON Schema fragment, kept as data; only `flowc.schema.validate` reads it.
Fragment = Mapping[str, Any]
_GIVEN: Fragment = {"not": {"type": "null"}}
#: The units in which carriers count time: how many milliseconds one is, and what it is called.
UNITS: Mapping[str, tuple[int, str]] = {"s": (1000, "seconds"), "ms": (1, "milliseconds")}


class Unsupported(NamedTuple):
    """Something the target cannot say: why, and the nearest thing that works (whole sentences).

    `by_hand` says that it is flowc which cannot: the carrier can, in words of its own that the author may write.
    """

    why: str
    instead: str
    by_hand: bool = False


class Refusal(NamedTuple):
    """Values that the carrier does not take together, per field (null: it is left out), why, and what to do.

    `undocumented` means that the carrier may take them, but does not document it, or its sources contradict each other.
    """

    when: Mapping[str, Fragment]
    why: str
    instead: str
    undocumented: bool = False


class Tag(NamedTuple):
    """A tag of a markup: the tags it may hold, whether it may (or must: required) hold text, and its attributes.

    `needs` are the attributes it must have, `one_of` those of which it must have one.
    """

    holds: tuple[str, ...]
    text: bool | str
    needs: tuple[str, ...]
    one_of: tuple[str, ...]
    attributes: Mapping[str, Fragment]
    refuses: tuple[Refusal, ...]


class Markup(NamedTuple):
    """The tags that the carrier knows inside a text, by name (None: any), and those that may stand outermost."""

    holds: tuple[str, ...]
    tags: Mapping[str, Tag] | None


class Header(NamedTuple):
    """How the name of a SIP header is written.

    `prefix` is written before a name that does not begin with it; `added` is what the carrier itself puts before every
    name, so it is not written. `bare` are the standard headers that the carrier sends under their own names, `standard`
    those that authors want and the carrier can send under another name only. `documented` is for names as they are
    written: others are doubtful, for the reason `why`, and `instead` says what to do.
    """

    prefix: str = ""
    added: str = ""
    bare: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()
    documented: Fragment | None = None
    why: str = ""
    instead: str = ""

    @property
    def before(self) -> str:
        """What stands before a name when it is sent."""
        return f"{self.added}{self.prefix}"

    def written(self, name: str) -> str:
        """A name as it is written for the carrier. Capitals make no difference in the name of a SIP header."""
        known = next((bare for bare in self.bare if bare.casefold() == name.casefold()), None)
        if known is not None:
            return known
        begins = self.before.casefold()
        own = name[len(begins) :] if begins and name.casefold().startswith(begins) else name
        return f"{self.prefix}{own}"

    def key(self, name: str) -> str:
        """What tells one header from another."""
        return self.written(name).casefold()

    def renames(self, name: str) -> bool:
        """Whether this is a standard header that the carrier sends under another name."""
        return name.casefold() in {standard.casefold() for standard in self.standard} - {
            bare.casefold() for bare in self.bare
        }


class Items(NamedTuple):
    """How a list is written: what joins its items, and what joins a name with its value.

    `header` is for the names of SIP headers; None: names are written as they are. `values` are the carrier's words
    where there are no others; `schema` is for each item as it is written, `most` the largest number of them, and
    `beyond` what to do with more.
    """

    join: str = ","
    pair: str = "="
    header: Header | None = None
    values: Mapping[str, str] | None = None
    schema: Fragment | None = None
    most: int | None = None
    beyond: str = "Leave some out."


class Spelling(NamedTuple):
    """How one field is written on its element.

    `attribute` is None for the element's text. `method` names the attribute for a URL's HTTP method, `fetched_by` is
    the method where the carrier leaves no choice, and `retry` says that the URL takes options for asking again.
    `values` are the carrier's words where there are no others, `special` the few values written otherwise than they
    stand (None: not at all). `unit` is the unit of a duration. `schema` is what the carrier takes, applied to the
    value as it is written; `instead` helps when it is not. `default` is written when the flow says nothing, or
    (`beside`) only together with another field. `items` is for lists, `markup` for texts that hold tags.
    `after` says that the value stands behind the text of the element, with these signs between. `each` names the
    field of everybody who is called that says it in place of this one. `in_all` says that a time is for the whole
    input, from the end of the prompt to the last key or word.
    """

    attribute: str | None
    method: str | None = None
    fetched_by: str | None = None
    retry: bool = False
    values: Mapping[str, str] | None = None
    special: Mapping[str, str | None] | None = None
    unit: str | None = None
    schema: Fragment | None = None
    instead: str = ""
    default: str | None = None
    beside: str | None = None
    items: Items | None = None
    markup: Markup | None = None
    after: str | None = None
    each: str | None = None
    in_all: bool = False

    @property
    def longest(self) -> int | None:
        """The longest time that the carrier takes, in milliseconds; None where its table has no bound."""
        most = (self.schema or {}).get("maximum")
        return None if most is None else int(most) * UNITS[self.unit or "s"][0]


class Asks(NamedTuple):
    """What a key of the target's own block that names the author's server makes the carrier ask.

    `kind` is that of the webhook, `method` the key that names the HTTP method (None: it is always POST), and
    `followed` says that the call goes on with the answer.
    """

    kind: str
    method: str | None
    followed: bool


class BlockKey(NamedTuple):
    """A key of the target's own block: what it takes, and whether it is an option of a strategy, not an attribute.

    `kinds` says which of its values make the node one of another kind, `asks` that it names the author's server;
    `meaning` is for the author, in a sentence. `join` is the sign between the items of a list in one text, which is
    written without blanks around it. `tries` says that its value is how often the carrier itself asks for an input.
    """

    schema: Fragment
    option: bool
    kinds: Mapping[str, str]
    meaning: str
    asks: Asks | None
    join: str | None = None
    tries: bool = False


class Kind(NamedTuple):
    """How a kind of node is spelled: fields in the order of their attributes, what does not go together, the block.

    `inner` is the kind of an element within this one, which takes the fields that its own row names.
    """

    fields: Mapping[str, Spelling | Unsupported]
    refuses: tuple[Refusal, ...]
    block: Mapping[str, BlockKey]
    inner: str | None


#: What a target does not have because its table does not name it: a table lists only what its carrier can do.
NOT_NAMED = Unsupported("its table says nothing of it", "Leave it out, or add a row to the target's table.")


class Result(NamedTuple):
    """How a verb's outcome arrives: the request parameter, the carrier's words per outcome, and what is folded.

    `empty` is the outcome of a missing or empty parameter, `otherwise` that of a value no row names.
    """

    parameter: str
    values: Mapping[str, tuple[str, ...]]
    folds: Mapping[str, str]
    empty: str
    otherwise: str


_NO_RESULT = Result(parameter="", values={}, folds={}, empty="", otherwise="")


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


class Limits(NamedTuple):
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
    limits: Limits
    strategies: Strategies
    prompts: Mapping[str, Prompt]
    results: Mapping[str, Result]
    facts: Mapping[str, Fact | Unsupported]
    nodes: Mapping[str, Kind | Unsupported]
    speech: Speech
    audio: tuple[str, ...]
    ringing: tuple[str, ...]
    order: Mapping[str, frozenset[str]]

    @cached_property
    def variants(self) -> Mapping[str, str]:
        """The kinds that a value of a block makes of another kind, or that stand within one, and which that is."""
        rows = {kind: row for kind, row in self.nodes.items() if isinstance(row, Kind)}
        made = {other: kind for kind, row in rows.items() for key in row.block.values() for other in key.kinds.values()}
        return made | {row.inner: kind for kind, row in rows.items() if row.inner}

    def row(self, kind: str) -> Kind | Unsupported:
        """How a kind of node is spelled; a kind that the table does not name is not supported."""
        return self.nodes.get(kind, NOT_NAMED)

    def result(self, verb: str) -> Result:
        """How the outcome of a verb arrives; without outcomes where the table does not name the verb."""
        return self.results.get(verb, _NO_RESULT)

    def hides(self, text: str) -> bool:
        """Whether a text is one of the carrier's values for a hidden caller, whatever the fact."""
        return any(isinstance(fact, Fact) and fact.hides(text) for fact in self.facts.values())

    def asks(self, kind: str, key: str) -> Asks | None:
        """What a key of the block of a kind makes the carrier ask; the element within one of that kind counts too."""
        row = self.row(kind)
        if not isinstance(row, Kind):
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
        keys = row.block if isinstance(row, Kind) else {}
        made = (keys[name].kinds.get(str(value)) for name, value in block if name in keys)
        return next((other for other in made if other and isinstance(self.row(other), Kind)), kind)

    def spelling(self, kind: str, block: Iterable[tuple[str, object]], field: str) -> Spelling | None:
        """How a field of a node is written that has this block; None where the target does not have it."""
        row = self.row(self.variant(kind, block))
        cell = row.fields.get(field) if isinstance(row, Kind) else None
        return cell if isinstance(cell, Spelling) else None

    def tries(self, kind: str, block: Iterable[tuple[str, object]]) -> int:
        """How often the carrier itself asks for the input of a node that has this block, before the call goes on."""
        block = list(block)
        row = self.row(self.variant(kind, block))
        keys = row.block if isinstance(row, Kind) else {}
        return next((int(str(value)) for name, value in block if name in keys and keys[name].tries), 1)

    def outcomes(self, verb: str) -> frozenset[str]:
        """The outcomes of a verb that this target reports to its action URL."""
        result = self.results.get(verb)
        return frozenset((*result.values, result.empty, result.otherwise) if result else ())


def build_profile(data: Mapping[str, Any]) -> Profile:
    """Build a profile from a target.yaml that its schema has accepted."""
    limits = data["limits"]
    speech = _speech(data.get("speech", {}))
    nodes = {name: _unsupported(row) or _kind(row) for name, row in data["nodes"].items()}
    say = nodes.get("say")
    if isinstance(say, Kind) and data.get("speech", {}).get("one_language"):
        nodes["say"] = say._replace(refuses=(*say.refuses, *_foreign(speech)))
    return Profile(
        name=data["name"],
        title=data["title"],
        limits=Limits(limits.get("document_bytes"), limits.get("screening"), limits.get("callees")),
        strategies=_strategies(data["strategies"]),
        prompts={name: _prompt(row) for name, row in data["prompts"].items()},
        results={verb: _result(row) for verb, row in data["results"].items()},
        facts={name: _unsupported(row) or _fact(row) for name, row in data["facts"].items()},
        nodes=nodes,
        speech=speech,
        audio=tuple(data.get("audio", ())),
        ringing=tuple(data.get("ringing", ())),
        order={verb: frozenset(refused) for verb, refused in data.get("order", {}).items()},
    )


def _unsupported(row: Mapping[str, Any]) -> Unsupported | None:
    return Unsupported(row["unsupported"], row["instead"], row.get("by_hand", False)) if "unsupported" in row else None


def _strategies(row: Mapping[str, Any]) -> Strategies:
    confirm = row["confirm"]
    return Strategies(**{**row, "confirm": confirm if isinstance(confirm, str) else _unsupported(confirm)})


def _words(values: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words) for name, words in values.items()}


def _speech(row: Mapping[str, Any]) -> Speech:
    voices: dict[str, tuple[str, ...]] = {}
    for language, names in row.get("voices", {}).items():
        for name in names:
            voices[name] = (*voices.get(name, ()), language)
    return Speech(row.get("language", ""), voices)


def _foreign(speech: Speech) -> Iterator[Refusal]:
    """Each voice together with a language that is not its own."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for voice, languages in speech.voices.items():
        groups.setdefault(languages, []).append(voice)
    for languages, voices in groups.items():
        when: dict[str, Fragment] = {"voice": {"enum": voices}, "language": {"not": {"enum": [*languages, None]}}}
        instead = f"Write language: {' or '.join(languages)}, or name another voice."
        yield Refusal(when, f"this voice speaks {' and '.join(languages)} only", instead)


def _prompt(row: Mapping[str, Any]) -> Prompt:
    holds, undocumented, never_last = (tuple(row.get(key, ())) for key in ("holds", "undocumented", "never_last"))
    return Prompt(holds, undocumented, never_last, row.get("timed", False))


def _result(row: Mapping[str, Any]) -> Result:
    otherwise = row["otherwise"]
    return Result(
        row["parameter"], _words(row.get("values", {})), row.get("folds", {}), row.get("empty", otherwise), otherwise
    )


@lru_cache(maxsize=64)
def _plain(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded(value).removeprefix("+") for value in values)


def _fact(row: Mapping[str, Any]) -> Fact:
    values = row.get("values")
    return Fact(
        row["parameter"], None if values is None else _words(values), tuple(row.get("hidden", ())), "empty" in row
    )


def _kind(row: Mapping[str, Any]) -> Kind:
    return Kind(
        {name: _unsupported(field) or _spelling(field) for name, field in row["fields"].items()},
        _refusals(row),
        {name: _block_key(key) for name, key in row.get("block", {}).items()},
        row.get("inner"),
    )


def _block_key(key: Mapping[str, Any]) -> BlockKey:
    asks = key.get("asks")
    return BlockKey(
        schema=key["schema"],
        option=key.get("option", False) or "kinds" in key,
        kinds=key.get("kinds", {}),
        meaning=key.get("meaning", ""),
        asks=Asks(asks["kind"], asks.get("method"), asks.get("followed", False)) if asks else None,
        join=key.get("join"),
        tries=key.get("tries", False),
    )


def _refusals(row: Mapping[str, Any]) -> tuple[Refusal, ...]:
    refusals = []
    for refusal in row.get("refuses", ()):
        when = {name: {"enum": taken} if isinstance(taken, list) else taken for name, taken in refusal["when"].items()}
        for field in refusal.get("given", ("",)):
            given = {field: _GIVEN} if field else {}
            why, instead = (refusal[key].replace("{field}", field) for key in ("why", "instead"))
            refusals.append(Refusal({**when, **given}, why, instead, refusal.get("undocumented", False)))
    return tuple(refusals)


def _spelling(row: Mapping[str, Any]) -> Spelling:
    items, markup = row.get("items"), row.get("markup")
    return Spelling(
        attribute=row.get("attribute"),
        method=row.get("method"),
        fetched_by=row.get("fetched_by"),
        retry=row.get("retry", False),
        values=row.get("values"),
        special=row.get("special"),
        unit=row.get("unit"),
        schema=row.get("schema"),
        instead=row.get("instead", ""),
        default=row.get("default"),
        beside=row.get("with"),
        items=_items(items) if items else None,
        markup=None if markup is None else _markup(markup),
        after=row.get("after"),
        each=row.get("each"),
        in_all=row.get("in_all", False),
    )


def _items(row: Mapping[str, Any]) -> Items:
    header = row.get("header")
    return Items(**{**row, "header": _header(header) if header else None})


def _header(row: Mapping[str, Any]) -> Header:
    names = {key: tuple(row.get(key, ())) for key in ("bare", "standard")}
    return Header(**{**row, **names})


def _markup(row: Mapping[str, Any]) -> Markup:
    tags = row.get("tags")
    return Markup(
        tuple(row.get("holds", ())), None if tags is None else {name: _tag(tag) for name, tag in tags.items()}
    )


def _tag(row: Mapping[str, Any]) -> Tag:
    return Tag(
        holds=tuple(row.get("holds", ())),
        text=row.get("text", True),
        needs=tuple(row.get("needs", ())),
        one_of=tuple(row.get("one_of", ())),
        attributes=row.get("attributes", {}),
        refuses=_refusals(row),
    )
