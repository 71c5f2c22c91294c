"""Checks values by the schema fragments of a target, each compiled once."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from flowc.diagnostics.records import NamedTuple
from flowc.flow.values import Duration, Setting
from flowc.lower.ir import NextSetting
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Conflict, Fragment, NodeRow, Spelling, Unsupported
from flowc.schema.validator import Validator

#: A value as JSON Schema sees it.
Plain = str | int | float | bool | None
#: A field of a row, and how it is written.
Cell = tuple[str, Spelling | Unsupported]


class _CompiledFragment(NamedTuple):
    """A compiled fragment; its validator is hashed by identity."""

    validator: Validator


@lru_cache(maxsize=4096, typed=True)
def _takes(row: _CompiledFragment, value: Plain) -> bool:
    return row.validator.takes(value)


class RowUse(NamedTuple):
    """What a row says about nodes with some fields.

    `fields` are those of the row, in its order, that are given or have a default, `elements` those that become
    elements, `unknown` those that are not in the row. `conflicts` are those that can apply.
    """

    fields: tuple[Cell, ...]
    elements: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


class Checks:
    """The compiled fragments of one profile."""

    def __init__(self) -> None:
        """Start without compiled fragments; each is compiled when it is first needed."""
        self._rows: dict[int, _CompiledFragment] = {}
        self._uses: dict[tuple[object, ...], RowUse] = {}

    def takes(self, fragment: Fragment, value: Plain) -> bool:
        """Whether a fragment of the profile accepts a value."""
        return _takes(self._row(fragment), value)

    def use(self, row: NodeRow, given: Collection[str]) -> RowUse:
        """Return what a row says about nodes with these fields."""
        key = (id(row), *given)
        known = self._uses.get(key)
        if known is None:
            fields = [(name, cell) for name, cell in row.fields.items() if name in given or _is_written(cell)]
            known = self._uses[key] = RowUse(
                fields=tuple(fields),
                elements=tuple((name, element) for name in given if (element := _element(row.fields.get(name)))),
                unknown=tuple(name for name in given if name not in row.fields),
                conflicts=tuple(conflict for conflict in row.conflicts if self._needed(conflict).issubset(given)),
            )
        return known

    def _needed(self, conflict: Conflict) -> set[str]:
        """Return the fields without which a conflict cannot apply."""
        return {
            name for name in conflict.when if not self.applies(conflict._replace(when={name: conflict.when[name]}), {})
        }

    def applies(self, conflict: Conflict, values: dict[str, Setting | NextSetting]) -> bool:
        """Whether these values conflict."""
        for name, fragment in conflict.when.items():
            value = _plain(values.get(name))
            if isinstance(value, list):
                taken = self._row(fragment).validator.takes(value)
            else:
                taken = value in fragment["enum"] if "enum" in fragment else self.takes(fragment, value)
            if not taken:
                return False
        return True

    def _row(self, fragment: Fragment) -> _CompiledFragment:
        row = self._rows.get(id(fragment))
        if row is None:
            row = self._rows[id(fragment)] = _CompiledFragment(Validator(fragment))
        return row


@lru_cache(maxsize=64)
def checks_of(_: Profile) -> Checks:
    """Return the checks of a profile; the cache keeps the profile alive, whose fragments they know by identity."""
    return Checks()


def _is_written(cell: Spelling | Unsupported) -> bool:
    """Whether a field is written where it is not given."""
    return isinstance(cell, Spelling) and cell.default is not None


def _element(cell: Spelling | Unsupported | None) -> str:
    """Return the kind of the elements that a field becomes; empty if it becomes none."""
    return cell.element if isinstance(cell, Spelling) else ""


def _plain(field: Setting | NextSetting | None) -> Plain | list[str]:
    if field is None:
        return None
    if isinstance(field, NextSetting):
        return "URL"
    value = field.value
    if isinstance(value, Duration):
        return value.ms
    return [str(item.value) for item in value] if isinstance(value, tuple) else value
