"""Values against a target's schema fragments, each compiled once."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from flowc.flow.values import Duration, Setting
from flowc.lower.ir import NextSetting
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Fragment, NodeRow, Refusal
from flowc.schema.validate import Validator

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
        """Nothing is compiled before it is asked for."""
        self._rows: dict[int, _CompiledFragment] = {}
        self._refusals: dict[int, tuple[tuple[frozenset[str], Refusal], ...]] = {}

    def takes(self, fragment: Fragment, value: Plain) -> bool:
        """Whether a fragment of the profile takes a value."""
        return _takes(self._row(fragment), value)

    def refusals(self, row: NodeRow) -> tuple[tuple[frozenset[str], Refusal], ...]:
        """The refusals of a row, each with the fields without which it refuses nothing."""
        known = self._refusals.get(id(row))
        if known is None:
            known = self._refusals[id(row)] = tuple((self._needed(refusal), refusal) for refusal in row.refuses)
        return known

    def _needed(self, refusal: Refusal) -> frozenset[str]:
        return frozenset(
            name for name in refusal.when if not self.refuses(refusal._replace(when={name: refusal.when[name]}), {})
        )

    def refuses(self, refusal: Refusal, values: dict[str, Setting | NextSetting]) -> bool:
        """Whether these values are those that a carrier does not take together."""
        for name, fragment in refusal.when.items():
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
    """The checks of a profile, which the cache keeps alive as long as they."""
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
