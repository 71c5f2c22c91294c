"""The rows of a target.yaml: how a node and its fields are written, and what the carrier refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowc.diagnostics.records import NamedTuple

#: A JSON Schema fragment, kept as data; only `flowc.schema.validator` reads it.
Fragment = Mapping[str, Any]
#: The units in which carriers count time: the milliseconds of one, and its name in messages.
UNITS: Mapping[str, tuple[int, str]] = {"s": (1000, "seconds"), "ms": (1, "milliseconds")}


class Unsupported(NamedTuple):
    """Something that the target does not support: why, and the nearest alternative (a sentence)."""

    reason: str
    help: str


class Conflict(NamedTuple):
    """Values that the carrier does not accept together, per field (null: it is left out), why, and what to do.

    `undocumented` means that the carrier may accept them, but does not document it, or its sources contradict each
    other.
    """

    when: Mapping[str, Fragment]
    reason: str
    help: str
    undocumented: bool = False


class TagRules(NamedTuple):
    """A tag of a markup: the tags that are allowed in it, whether text is (or is `required`), and its attributes.

    `needs` are the attributes that it must have, `one_of` those of which it must have at least one.
    """

    allowed_children: tuple[str, ...]
    text: bool | str
    needs: tuple[str, ...]
    one_of: tuple[str, ...]
    attributes: Mapping[str, Fragment]
    conflicts: tuple[Conflict, ...]


class MarkupRules(NamedTuple):
    """The tags that the carrier knows inside a text, by name (None: any), and those that are allowed at the top."""

    allowed_children: tuple[str, ...]
    tags: Mapping[str, TagRules] | None


class Header(NamedTuple):
    """How the name of a SIP header is written.

    `prefix` is written before a name that does not begin with it; `added` is what the carrier itself puts before every
    name, so it is not written. `bare` are the standard headers that the carrier sends under their own names, `standard`
    those that authors use and the carrier can send only under another name. `documented` judges names as they are
    written: other names get a warning with `reason` and `help`.
    """

    prefix: str = ""
    added: str = ""
    bare: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()
    documented: Fragment | None = None
    reason: str = ""
    help: str = ""

    @property
    def before(self) -> str:
        """The text before a name when the carrier sends it."""
        return f"{self.added}{self.prefix}"

    def written(self, name: str) -> str:
        """Return a name as it is written for the carrier. The name of a SIP header is case-insensitive."""
        known = next((bare for bare in self.bare if bare.casefold() == name.casefold()), None)
        if known is not None:
            return known
        begins = self.before.casefold()
        own = name[len(begins) :] if begins and name.casefold().startswith(begins) else name
        return f"{self.prefix}{own}"

    def key(self, name: str) -> str:
        """Return what two names have in common that are one header."""
        return self.written(name).casefold()

    def renames(self, name: str) -> bool:
        """Whether this is a standard header that the carrier sends under another name."""
        return name.casefold() in {standard.casefold() for standard in self.standard} - {
            bare.casefold() for bare in self.bare
        }


class Items(NamedTuple):
    """How a list is written: the separators of its items, and of a name and its value.

    `element` is the kind of the element that each name and value becomes (empty: they are joined). `lead` is written
    before the first item of a list that is appended to the element's text, or to a parameter of a request (empty: it
    is not). `header` is for the names of SIP headers; None: names are written as they are. `values` are the carrier's
    terms if it accepts no others; `schema` judges each item as it is written, `most` is the largest number of items,
    and `beyond` says what to do with more.
    """

    join: str = ","
    lead: str = ""
    pair: str = "="
    header: Header | None = None
    values: Mapping[str, str] | None = None
    schema: Fragment | None = None
    most: int | None = None
    element: str = ""
    beyond: str = "Leave some out."


class Spelling(NamedTuple):
    """How one field is written on its element.

    `attribute` is None for the element's text. `method` names the attribute for a URL's HTTP method, `fetched_by` is
    the method if the carrier always uses the same one, and `retry` says that the URL accepts options of the kind retry.
    `values` are the carrier's terms if it accepts no others, `overrides` the few values that are not written as they
    are given (None: left out). `unit` is the unit of a duration. `schema` is what the carrier accepts, applied to the
    value as it is written; `help` says what to do if it is not accepted. `default` is written if the flow does not give
    the field, and only together with `default_requires`, another field; `implied` is the time that the carrier assumes
    if nothing is written. `items` is for lists, `markup` for texts with tags.
    """

    attribute: str | None
    method: str | None = None
    fetched_by: str | None = None
    retry: bool = False
    values: Mapping[str, str] | None = None
    overrides: Mapping[str, str | None] | None = None
    unit: str | None = None
    schema: Fragment | None = None
    help: str = ""
    default: str | None = None
    default_requires: str | None = None
    implied: int | None = None
    items: Items | None = None
    markup: MarkupRules | None = None

    @property
    def place(self) -> str:
        """Where the value is written: the name of the attribute, the kind of the elements, or text."""
        return self.attribute or self.element or "text"

    @property
    def element(self) -> str:
        """The kind of the elements that the names and values of a list become; empty if they are one text."""
        return self.items.element if self.items else ""

    @property
    def longest(self) -> int | None:
        """The longest time that the carrier accepts, in milliseconds; None if its table has no maximum."""
        most = (self.schema or {}).get("maximum")
        return None if most is None else self._ms(int(most))

    @property
    def assumed(self) -> int | None:
        """The time that the carrier assumes, in milliseconds; None if its table has none."""
        return None if self.implied is None else self._ms(self.implied)

    def _ms(self, number: int) -> int:
        return number * UNITS[self.unit or "s"][0]


class CallbackRow(NamedTuple):
    """The request that a URL in the target's own block causes.

    `kind` is that of the webhook, `method` the key that names the HTTP method (None: it is always POST), and
    `followed` says that the call continues with the answer.
    """

    kind: str
    method: str | None
    followed: bool


class BlockKey(NamedTuple):
    """A key of the target's own block: what the carrier accepts, and its meaning for the author, as a sentence.

    `callback` is for the URL of the author's server, `items` for a list in one text: spaces around its separator are
    removed.
    """

    schema: Fragment
    meaning: str
    callback: CallbackRow | None
    items: Items | None


class NodeRow(NamedTuple):
    """How a kind of node is written: its fields in the order of their attributes, conflicts, and the block.

    `child_element` is the kind of an element inside this one, which gets the fields that are in its own row.
    """

    fields: Mapping[str, Spelling | Unsupported]
    conflicts: tuple[Conflict, ...]
    block: Mapping[str, BlockKey]
    child_element: str | None
