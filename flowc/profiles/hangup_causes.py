"""The carriers' codes for hangup causes and errors: the targets' codes.yaml as frozen records."""

from __future__ import annotations

from collections.abc import Sequence

from flowc.diagnostics.records import NamedTuple
from flowc.profiles.targets import TargetFolder, Targets, layered

_TABLE = "codes.yaml"


class Cause(NamedTuple):
    """A code of a carrier: the carrier's name for it, what it means, and what to do (sentences)."""

    target: str
    code: str
    name: str
    about: str
    help: str


def read_causes(target: str, layers: Sequence[TargetFolder]) -> dict[str, Cause]:
    """Return the codes of a target, and those of the targets that it extends; none if no folder contains any.

    Raises TargetError if a codes.yaml cannot be read, or does not fit codes.schema.json.
    """
    return {code: Cause(target, code, **row) for code, row in layered(layers, _TABLE, "codes").get("codes", {}).items()}


def causes(targets: Targets) -> dict[str, tuple[Cause, ...]]:
    """Return the codes of all targets by their numbers: two carriers may use one number for different causes.

    Raises TargetError if a target's folder cannot be used.
    """
    found: dict[str, list[Cause]] = {}
    for name in sorted(targets.folders):
        for code, cause in read_causes(name, targets.layers(name)).items():
            found.setdefault(code, []).append(cause)
    return {code: tuple(found[code]) for code in sorted(found, key=int)}
