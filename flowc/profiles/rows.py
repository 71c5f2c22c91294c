"""The rows of a target.yaml: how a node and its fields are spelled, and what the carrier refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

#: A JSON Schema fragment, kept as data; only `flowc.schema.validate` reads it.
Fragment = Mapping[str, Any]
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


class TagRules(NamedTuple):
    """A tag of a markup: the tags it may hold, whether it may (or must: required) hold text, and its attributes.

    `needs` are the attributes it must have, `one_of` those of which it must have one.
    """

    holds: tuple[str, ...]
    text: bool | str
    needs: tuple[str, ...]
    one_of: tuple[str, ...]
    attributes: Mapping[str, Fragment]
    refuses: tuple[Refusal, ...]


class MarkupRules(NamedTuple):
    """The tags that the carrier knows inside a text, by name (None: any), and those that may stand outermost."""

    holds: tuple[str, ...]
    tags: Mapping[str, TagRules] | None


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
    markup: MarkupRules | None = None
    after: str | None = None
    each: str | None = None
    in_all: bool = False

    @property
    def longest(self) -> int | None:
        """The longest time that the carrier takes, in milliseconds; None where its table has no bound."""
        most = (self.schema or {}).get("maximum")
        return None if most is None else int(most) * UNITS[self.unit or "s"][0]


class CallbackRow(NamedTuple):
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
    asks: CallbackRow | None
    join: str | None = None
    tries: bool = False


class NodeRow(NamedTuple):
    """How a kind of node is spelled: fields in the order of their attributes, what does not go together, the block.

    `inner` is the kind of an element within this one, which takes the fields that its own row names.
    """

    fields: Mapping[str, Spelling | Unsupported]
    refuses: tuple[Refusal, ...]
    block: Mapping[str, BlockKey]
    inner: str | None
