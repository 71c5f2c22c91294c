"""Checks values by the schema fragments of a target, each compiled once."""

from __future__ import annotations

from functools import lru_cache

from flowc.diagnostics.records import NamedTuple
from flowc.flow.values import Duration, Setting
from flowc.lower.ir import NextSetting
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Conflict, Fragment, NodeRow
from flowc.schema.validator import Validator

#: A value as JSON Schema sees it.
Plain = str | int | float | bool | None


class _CompiledFragment(NamedTuple):
    """A compiled fragment; its validator is hashed by identity."""

    validator: Validator


@lru_cache(maxsize=4096, typed=True)
def _takes(row: _CompiledFragment, value: Plain) -> bool:
    return row.validator.takes(value)


class Checks:
    """The compiled fragments of one profile."""

    def __init__(self) -> None:
        """Start without compiled fragments; each is compiled when it is first needed."""
        self._rows: dict[int, _CompiledFragment] = {}
        self._conflicts: dict[int, tuple[tuple[frozenset[str], Conflict], ...]] = {}

    def takes(self, fragment: Fragment, value: Plain) -> bool:
        """Whether a fragment of the profile accepts a value."""
        return _takes(self._row(fragment), value)

    def conflicts(self, row: NodeRow) -> tuple[tuple[frozenset[str], Conflict], ...]:
        """Return the conflicts of a row, each with the fields without which it cannot apply."""
        known = self._conflicts.get(id(row))
        if known is None:
            known = self._conflicts[id(row)] = tuple((self._needed(conflict), conflict) for conflict in row.conflicts)
        return known

    def _needed(self, conflict: Conflict) -> frozenset[str]:
        return frozenset(
            name for name in conflict.when if not self.applies(conflict._replace(when={name: conflict.when[name]}), {})
        )

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


def _plain(field: Setting | NextSetting | None) -> Plain | list[str]:
    if field is None:
        return None
    if isinstance(field, NextSetting):
        return "URL"
    value = field.value
    if isinstance(value, Duration):
        return value.ms
    return [str(item.value) for item in value] if isinstance(value, tuple) else value
