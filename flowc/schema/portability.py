"""The parts of the language that each target supports, from the tables of targets."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flowc.diagnostics.records import NamedTuple
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling, Unsupported
from flowc.schema.schemas import CALLEES

#: How a target expresses a word of the language, why it does not support it, or None.
Cell = str | Unsupported | None


class PortabilityRow(NamedTuple):
    """A word of the language and a cell for each target. `kind` is a verb or a kind of callee.

    `word` is a field, an outcome, or empty for the verb itself.
    """

    kind: str
    word: str
    cells: Mapping[str, Cell]


def portability(profiles: Mapping[str, Profile], language: Mapping[str, Collection[str]]) -> list[PortabilityRow]:
    """Return a row for every verb and callee, and for all their fields and outcomes.

    `language` contains the fields of every verb, and those of a `number` in the phone book.
    """
    rows = []
    variants = {kind for profile in profiles.values() for kind in profile.variants}
    for kind in dict.fromkeys(kind for profile in profiles.values() for kind in profile.nodes):
        if kind in variants or kind not in {*language, *CALLEES}:
            continue
        nodes = {name: profile.row(kind) for name, profile in profiles.items()}
        rows.append(
            PortabilityRow(
                kind, "", {name: "yes" if isinstance(node, NodeRow) else node for name, node in nodes.items()}
            )
        )
        for field in language["number" if kind in CALLEES else kind]:
            cells = {name: _field(profile, kind, field) for name, profile in profiles.items()}
            if any(cell is not None for cell in cells.values()):
                rows.append(PortabilityRow(kind, field, cells))
        for outcome in _outcomes(profiles, kind):
            cells = {name: _outcome(profile, kind, outcome) for name, profile in profiles.items()}
            rows.append(PortabilityRow(kind, f"then: {outcome}", cells))
    return rows


def _field(profile: Profile, kind: str, field: str) -> Cell:
    # The target's strategy decides how this field is expressed.
    if field == "confirm":
        return profile.strategies.confirm if kind == "dial" else None
    if kind == "dial" and field in profile.strategies.per_callee:
        return "on each number"
    if kind in CALLEES and field == "whisper" and field not in profile.strategies.per_callee:
        return "on the dial" if isinstance(profile.row(kind), NodeRow) else None
    row = _row(profile, kind, field)
    for variant, base in profile.variants.items():
        other = _row(profile, variant, field)
        if base == kind and not isinstance(row, Spelling) and isinstance(other, Spelling):
            return f"{other.place} ({variant})"
    return row.place if isinstance(row, Spelling) else row


def _row(profile: Profile, kind: str, field: str) -> Spelling | Unsupported | None:
    node = profile.row(kind)
    return node.fields.get(field) if isinstance(node, NodeRow) else None


def _outcomes(profiles: Mapping[str, Profile], kind: str) -> dict[str, None]:
    results = [profile.results[kind] for profile in profiles.values() if kind in profile.results]
    return dict.fromkeys(outcome for result in results for outcome in (*result.values, *result.reported_as))


def _outcome(profile: Profile, kind: str, outcome: str) -> Cell:
    result = profile.result(kind)
    if outcome in result.reported_as:
        return f"as {result.reported_as[outcome]}"
    return ", ".join(result.values.get(outcome, ())) or None
