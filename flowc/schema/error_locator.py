"""Map the path of a schema error to nodes of a file."""

from __future__ import annotations

from typing import Any

from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.schema.schema_index import SchemaIndex
from flowc.syntax import Data, Map, Seq


class ErrorLocator:
    """Maps the path of an error to nodes of a file. `index` is that of the schema, `document` the whole file."""

    def __init__(self, file: SourceFile, document: Data, path: tuple[str | int, ...], index: SchemaIndex) -> None:
        """Locate a path in a document."""
        holder: Any = None
        value: Any = document
        for step in path:
            holder, value = value, value[step]
        self.path = path
        self.index = index
        self.document = document
        self._file = file
        self._holder = holder
        self._value = value

    @property
    def value(self) -> NodeRef:
        """The value with the error."""
        if isinstance(self._holder, (Map, Seq)):
            return NodeRef(self._file, self._holder.node, self.path[-1])
        return NodeRef(self._file, self._value.node if isinstance(self._value, (Map, Seq)) else 0)

    @property
    def owner(self) -> NodeRef:
        """The key of the value, such as `dial:` above a mapping; else the value."""
        if isinstance(self._holder, Map) and isinstance(self.path[-1], str):
            return NodeRef(self._file, self._holder.node, self.path[-1], "key")
        return self.value

    def key(self, name: str) -> NodeRef:
        """Return a key of the value, which is a mapping."""
        assert isinstance(self._value, Map)
        return NodeRef(self._file, self._value.node, name, "key")

    def item(self, index: int) -> NodeRef:
        """Return an item of the value, which is a list."""
        assert isinstance(self._value, Seq)
        return NodeRef(self._file, self._value.node, index)
