"""Reads the fields of a mapping that its schema has accepted: given, from `defaults:`, or the language's default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from typing import cast

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.flow.convert import CONVERT
from flowc.flow.values import Block, Destination, Setting, SoundUrl, ToStep, Value, destination_named
from flowc.project.variables import LoadedFile
from flowc.schema.schemas import Field
from flowc.syntax import Data, Map, Seq

#: Kinds of fields with several values.
_ITEMS = {"texts", "digit-patterns", "headers", "parameters"}


#: The most steps in all `returns` of a flow.
MOST_RETURNED = 50_000


class Given(NamedTuple):
    """A field as it is in the file."""

    value: Data
    at: NodeRef


Fields = Mapping[str, Given]


class _Simple(NamedTuple):
    """A field that is only converted: its name and converter, its value in `defaults:`, the language's default."""

    name: str
    convert: Callable[[Data], Value]
    usual: Setting | None
    own: Value | None


class VerbFields(NamedTuple):
    """The fields of a verb: those that are only converted, the kinds of others, those of several values, the blocks."""

    kinds: Mapping[str, str]
    simple: Sequence[_Simple]
    several: Sequence[str]
    blocks: Sequence[str]


class _Verbs(dict[str, VerbFields]):
    """How the fields of each verb are read; computed once, for the verbs that a flow uses."""

    def __init__(self, flow: LoadedFile, project: LoadedFile | None, fields: Mapping[str, tuple[Field, ...]]) -> None:
        super().__init__()
        blocks = ((document, document.data.get("defaults")) for document in (flow, project) if document)
        self._defaults = [(document, block) for document, block in blocks if isinstance(block, Map)]
        self._rows = fields

    def __missing__(self, verb: str) -> VerbFields:
        known = _verb_fields(self._rows[verb])
        defaults = _merged((document, block.get(verb)) for document, block in self._defaults)
        if defaults:
            known = known._replace(simple=[_with_default(row, defaults.get(row.name)) for row in known.simple])
        self[verb] = known
        return known


class Returned:
    """How many steps the servers of one flow may return calls to, and the first place (`at`) that is too much."""

    def __init__(self) -> None:
        """Begin with none."""
        self.at: NodeRef | None = None
        self._number = 0

    def fits(self, number: int, at: NodeRef) -> bool:
        """Count so many further steps; False if they are too many."""
        self._number += number
        if self._number > MOST_RETURNED:
            self.at = self.at or at
        return self.at is None


class FieldReader:
    """Reads the fields of one file."""

    def __init__(self, flow: LoadedFile, project: LoadedFile | None, fields: Mapping[str, tuple[Field, ...]]) -> None:
        """`fields` is `schemas.verb_fields` of the schema that accepted the file.

        `audio` returns the URL in place of the path of an audio file.
        """
        self.file: SourceFile = flow.file
        self._documents = (flow, project)
        self._flow = str(flow.data.get("name", ""))
        self.verbs: Mapping[str, VerbFields] = _Verbs(flow, project, fields)
        self.audio: Callable[[Setting], Setting] = lambda setting: setting
        self.prefix = ""
        self.exits: Mapping[str, Destination] = {}
        self.given: Mapping[str, Destination] = {}
        self.led: set[str] = set()  # the names of destinations
        self.steps: tuple[str, ...] = ()  # the names of the steps of the file
        self.returned = Returned()

    def within(
        self, file: SourceFile, prefix: str, exits: Mapping[str, Destination], given: Mapping[str, Destination]
    ) -> FieldReader:
        """Return a reader of a part for one use; the defaults are those of the flow.

        `prefix` precedes the names of the part's steps, `exits` are the destinations that its exits mean there, and
        `given` those that inputs mean; the latter keep their places.
        """
        reader = copy(self)
        reader.file, reader.prefix, reader.exits, reader.given, reader.led = file, prefix, exits, given, set()
        return reader

    def destination(self, name: str, at: NodeRef) -> Destination:
        """Return the destination that a name means in this file."""
        self.led.add(name)
        if name in self.given:
            return self.given[name]
        to = self.exits.get(name)
        if isinstance(to, ToStep):
            return to._replace(at=at, named=to.named or to.at)
        if to is not None:
            return to._replace(at=at)
        flow, _, step = name.rpartition("/")
        if flow:
            return ToStep(step if flow == self._flow else name, at)
        return destination_named(name, at, self.prefix)

    def fields(self, data: Data) -> dict[str, Given]:
        """Return the entries of a mapping with their places; empty for other values."""
        if not isinstance(data, Map):
            return {}
        file, node = self.file, data.node
        return {name: Given(value, NodeRef(file, node, name)) for name, value in data.items()}

    def settings(self, verb: str, fields: Fields, owner: NodeRef) -> dict[str, Setting]:
        """Return the fields that are only converted: given here, else in `defaults:`, else the language's default.

        The language's default has the place of the action, `owner`.
        """
        settings = {}
        row = self.verbs[verb]
        for name, convert, usual, own in row.simple:
            given = fields.get(name)
            if given is not None:
                value = Setting(name, convert(given.value), given.at)
                settings[name] = self.audio(value) if isinstance(value.value, SoundUrl) else value
            elif usual is not None:
                settings[name] = usual
            elif own is not None:
                settings[name] = Setting(name, own, owner)
        for name in row.several:
            if name in fields:
                settings[name] = Setting(name, self.items(fields[name]), fields[name].at)
        return settings

    def limits(self, owner: NodeRef) -> tuple[Setting, ...]:
        """Return the author's own limits; each is the flow's, or else the project's."""
        blocks = ((document, document.data.get("limits")) for document in self._documents if document)
        return tuple(self.settings("limits", _merged(blocks), owner).values())

    def items(self, given: Given) -> tuple[Setting, ...]:
        """Return the values of a list, of one value, or of a mapping, with its names."""
        if isinstance(given.value, Map):
            return tuple(Setting(name, str(item.value), item.at) for name, item in self.fields(given.value).items())
        if isinstance(given.value, Seq):
            where = NodeRef(self.file, given.value.node)
            return tuple(Setting("", str(value), where.of(index)) for index, value in enumerate(given.value))
        return (Setting("", str(given.value), given.at),)

    def entries(self, given: Given) -> list[Given]:
        """Return the items of a list, or the only one."""
        if not isinstance(given.value, Seq):
            return [given]
        file, node = self.file, given.value.node
        return [Given(value, NodeRef(file, node, index)) for index, value in enumerate(given.value)]

    def blocks(self, verb: str, fields: Fields) -> tuple[Block, ...]:
        """Return the targets' own blocks."""
        blocks = [(name, self.fields(fields[name].value)) for name in self.verbs[verb].blocks if name in fields]
        return tuple(
            Block(name, tuple(Setting(key, cast(Value, given.value), given.at) for key, given in block.items()))
            for name, block in blocks
        )


@cache
def _verb_fields(rows: tuple[Field, ...]) -> VerbFields:
    """Return how the fields of a verb are read where no file has `defaults:`; the same for all flows of a schema."""
    simple = [(row, convert) for row in rows if (convert := CONVERT.get(row.kind)) is not None]
    return VerbFields(
        {row.name: row.kind for row in rows if row.kind not in CONVERT},
        [
            _Simple(row.name, convert, None, None if row.default is None else convert(row.default))
            for row, convert in simple
        ],
        [row.name for row in rows if row.kind in _ITEMS],
        [row.name for row in rows if row.kind == "block"],
    )


def _with_default(row: _Simple, given: Given | None) -> _Simple:
    return row if given is None else row._replace(usual=Setting(row.name, row.convert(given.value), given.at))


def _merged(blocks: Iterable[tuple[LoadedFile, Data]]) -> dict[str, Given]:
    """Return the entries of several mappings; the first one that has a key counts."""
    merged: dict[str, Given] = {}
    for document, values in blocks:
        if isinstance(values, Map):
            where = NodeRef(document.file, values.node)
            merged = {**{name: Given(value, where.of(name)) for name, value in values.items()}, **merged}
    return merged
