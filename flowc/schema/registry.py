"""The schemas of flows, project files and scenarios, composed from the tables of targets and hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import SourceFile
from flowc.profiles.hosts import Host, host_profiles
from flowc.profiles.profile import Profile
from flowc.profiles.targets import Targets
from flowc.schema.schemas import Field, Schema, flow_schema, verb_fields
from flowc.schema.validator import Validator
from flowc.syntax import Map

#: Composes a schema from the profiles of targets and hosts.
Composer = Callable[[Mapping[str, Profile], Mapping[str, Host]], Schema]

_Named = TypeVar("_Named")


@dataclass(frozen=True, eq=False)
class _Composed:
    """A schema, compiled on first use."""

    schema: Schema

    @cached_property
    def validator(self) -> Validator:
        return Validator(self.schema)

    @cached_property
    def fields(self) -> Mapping[str, tuple[Field, ...]]:
        return verb_fields(self.schema)


class SchemaRegistry:
    """The schemas that validate the files of one run.

    Most files mention one target and no host, and reading all tables takes longer than compiling a small flow. A file
    is therefore first validated with a schema for the mentioned names, and after an error with the complete schema.
    """

    def __init__(self, targets: Targets) -> None:
        """Use all targets and hosts."""
        self._profiles = targets.profiles
        self._hosts = host_profiles(targets)
        self._names = {name: name.encode() for name in (*self._profiles, *self._hosts)}
        self._known = _known(targets)
        self._found: dict[SourceFile, frozenset[str]] = {}

    def findings(self, compose: Composer, file: SourceFile, data: Map) -> list[Finding]:
        """Validate a loaded file and return the findings."""
        if self._composed(compose, self._mentioned(file)).validator.takes(data):
            return []
        return self._composed(compose, frozenset(self._names)).validator.findings(file, data)

    def fields(self, *files: SourceFile) -> Mapping[str, tuple[Field, ...]]:
        """Return the fields of every verb, for a flow with these files."""
        return self._composed(flow_schema, self._mentioned(*files)).fields

    def _mentioned(self, *files: SourceFile) -> frozenset[str]:
        """Return the names that files mention."""
        return frozenset().union(*map(self._mentioned_in, files))

    def _mentioned_in(self, file: SourceFile) -> frozenset[str]:
        """Return the names that a file mentions: all of them if it has an escape. Each file is searched once."""
        if file not in self._found:
            data = file.data
            escaped = b"\\" in data
            self._found[file] = frozenset([name for name, word in self._names.items() if escaped or word in data])
        return self._found[file]

    def _composed(self, compose: Composer, names: frozenset[str]) -> _Composed:
        key = (compose, names)
        if key not in self._known:
            self._known[key] = _Composed(compose(_some(self._profiles, names), _some(self._hosts, names)))
        return self._known[key]


@lru_cache(maxsize=4)
def _known(_targets: Targets) -> dict[tuple[Composer, frozenset[str]], _Composed]:
    """Return where the schemas of targets are kept for further runs of the process."""
    return {}


def _some(values: Mapping[str, _Named], names: frozenset[str]) -> dict[str, _Named]:
    return {name: values[name] for name in values if name in names}
