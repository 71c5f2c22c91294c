"""An index of the keys in a schema, to find the right place of a misplaced key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from flowc.diagnostics.wording import listing

_Schema = Mapping[str, Any]
_Path = tuple[str | int, ...]
#: Keywords whose schemas apply to the same value.
_SAME = ("then", "else")
_SINGLE = frozenset({"string", "integer", "number", "boolean"})
_REF = re.compile(r"[^/]+")
#: Limit for verbs that a message names.
_MOST_NAMED = 4


class SchemaIndex:
    """The keys that a schema allows at each path of a document."""

    def __init__(self, schema: _Schema) -> None:
        """Index a schema with its definitions."""
        self._schema = schema
        self._at: dict[_Path, list[_Schema]] = {(): [schema]}

    @cached_property
    def verbs(self) -> frozenset[str]:
        """The verbs of actions; none if the schema is not that of flows."""
        action = self._schema.get("$defs", {}).get("action")
        return frozenset(self.keys([action])) if action else frozenset()

    def keys(self, fragments: list[_Schema]) -> dict[str, _Schema]:
        """Return the keys that schemas allow in a mapping."""
        return {
            key: row for fragment in fragments for part in self._parts(fragment) for key, row in _keys(part).items()
        }

    def at(self, path: _Path) -> list[_Schema]:
        """Return the schemas that apply to the value at a path."""
        # The same schemas apply to all items of a list.
        path = tuple(0 if isinstance(step, int) else step for step in path)
        if path not in self._at:
            parts = [part for fragment in self.at(path[:-1]) for part in self._parts(fragment)]
            self._at[path] = [below for part in parts if (below := _below(part, path[-1])) is not None]
        return self._at[path]

    def accepts_scalar(self, row: _Schema) -> bool:
        """Return whether a field accepts a scalar."""
        types = [part.get("type", ()) for part in self._parts(row)]
        named = {name for one in types for name in ([one] if isinstance(one, str) else one)}
        return bool(named & _SINGLE) or any("enum" in part for part in self._parts(row))

    def further_in(self, path: _Path, key: str, mapping: Mapping[str, Any]) -> str:
        """Return help for a key that belongs into a field of the mapping at a path; empty if there is none."""
        known = self.keys(self.at(path))
        holders, blocks = [], []
        for name, row in known.items():
            if key not in self.keys([row]):
                continue
            if row.get("x-flowc", {}).get("kind") == "block":
                blocks.append(name)
                continue
            if isinstance(mapping.get(name), dict):
                return f"It belongs below {name}:, not next to it."
            holders.append(name)
        if len(blocks) == 1:
            return f"Only {blocks[0]} has it: write it below {blocks[0]}:."
        if blocks:
            return f"Only {listing(blocks, 'and')} have it: write it below the name of your target."
        return f"It belongs below {holders[0]}:." if len(holders) == 1 and holders[0] not in self.verbs else ""

    def further_out(self, path: _Path, key: str) -> str:
        """Return help for a key that belongs outside of the mapping at a path; empty if it is unknown there."""
        if not path or isinstance(path[-1], int):
            return self._of_verbs(path, key)
        for size in range(len(path) - 1, -1, -1):
            holder = path[size]
            if isinstance(holder, int) or key not in self.keys(self.at(path[:size])) or holder == key:
                continue
            if size and isinstance(path[size - 1], int):
                return f"It is an action, not a field of {holder}: begin a line with - {key}:."
            return (
                f"It belongs next to {holder}:, not below it." if size else "It belongs at the top level of the file."
            )
        return ""

    def _of_verbs(self, path: _Path, key: str) -> str:
        """Return help for a field in place of an action."""
        known = self.keys(self.at(path))
        verbs = [verb for verb, row in known.items() if verb in self.verbs and key in self.keys([row])]
        if not verbs:
            return ""
        named = listing(verbs) if len(verbs) <= _MOST_NAMED else "an action"
        return f"It is a field of {named}: indent it below the action that it belongs to."

    def _parts(self, fragment: _Schema) -> Iterator[_Schema]:
        """Yield a schema and all schemas that apply to the same value."""
        yield fragment
        if isinstance(reference := fragment.get("$ref"), str):
            yield from self._parts(self._resolved(reference))
        for keyword in _SAME:
            if isinstance(fragment.get(keyword), dict):
                yield from self._parts(fragment[keyword])
        for other in fragment.get("allOf", ()):
            yield from self._parts(other)

    def _resolved(self, reference: str) -> _Schema:
        found: Any = self._schema
        for step in _REF.findall(reference.removeprefix("#")):
            found = found[step]
        result: _Schema = found
        return result


def _keys(part: _Schema) -> Mapping[str, _Schema]:
    properties: Mapping[str, _Schema] = part.get("properties", {})
    return properties


def _below(part: _Schema, step: str | int) -> _Schema | None:
    if isinstance(step, int):
        items = part.get("items")
        return items if isinstance(items, dict) else None
    if step in _keys(part):
        return _keys(part)[step]
    for pattern, row in part.get("patternProperties", {}).items():
        if re.search(pattern, step):
            found: _Schema = row
            return found
    rest = part.get("additionalProperties")
    return rest if isinstance(rest, dict) else None
