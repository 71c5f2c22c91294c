"""The findings of spelling: what a target does not support or accept, by the names that authors know."""

from __future__ import annotations

from collections.abc import Iterable

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import lasting, listing, meant, one, shown, suggestion, taken
from flowc.emit.spell.checks import Checks
from flowc.flow.values import Duration, Setting
from flowc.lower.ir import Node
from flowc.profiles.profile import Profile
from flowc.profiles.rows import UNITS, Fragment, Spelling, Unsupported

_TWO_DAYS = 48 * 3600
#: The author's names of fields that have another name here.
AUTHORS = {"next": "action", "confirm_document": "prompt", "status_on": "on"}
#: Kinds of node that are a field to the author, not an action.
_FIELDS = {"retry"}


class Report:
    """Collects the findings of one program."""

    def __init__(self, profile: Profile, checks: Checks) -> None:
        """Start without findings."""
        self.findings: list[Finding] = []
        self._profile = profile
        self._checks = checks

    def add(self, code: str, at: NodeRef, what: str, help_: str) -> None:
        """Add a finding; `what` follows the target's name."""
        self.findings.append(Finding(code, at, f"{self._profile.name} {what}", help_))

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add findings as they are."""
        self.findings += findings

    def unsupported(self, at: NodeRef, what: str, row: Unsupported) -> None:
        """Add FC401 with the reason from the target's table."""
        self.add("FC401", at, f"{what}: {row.reason}", row.help)

    def named(self, node: Node) -> str:
        """Return the author's name of a kind of node."""
        return "SIP address" if node.kind == "sip" else self._profile.variants.get(node.kind, node.kind)

    def one(self, node: Node) -> str:
        """Return the author's name of a kind of node, with an article."""
        return one(self.named(node))

    def what(self, node: Node, name: str) -> str:
        """Return the author's name of a field; the fields that a confirmation adds to a dial belong to `confirm:`."""
        own = AUTHORS.get(name, name.removeprefix("confirm_"))
        if node.kind in _FIELDS:
            return f"{own} of {node.kind}"
        return f"{own} of {one('confirm') if name.startswith('confirm_') else self.one(node)}"

    def unknown(self, node: Node, field: Setting, spelling: Spelling, known: Iterable[str]) -> None:
        """Add FC402 for a value that is not one of the known values."""
        near = suggestion(str(field.value), known)
        help_ = near or spelling.help or f"Write {listing(known)}."
        self.add("FC402", field.at, f"does not take {shown(field.value)} as {self.what(node, field.name)}", help_)

    def out_of_range(self, node: Node, field: Setting, schema: Fragment, spelling: Spelling, value: object) -> None:
        """Add FC402 for a value that a schema refuses; `value` is the field's as it is written."""
        if "enum" in schema:
            self.unknown(node, field, spelling, schema["enum"])
            return
        unit = f" {UNITS[spelling.unit][1]}" if spelling.unit else ""
        what, bounds = self.what(node, field.name), f"{taken(schema)}{unit}"
        too_long = isinstance(value, str) and len(value) > schema.get("maxLength", len(value))
        if "pattern" in schema and not too_long:
            message, bounds = f"does not take {shown(value)} as {what}", meant(schema)
        elif isinstance(value, str):
            message = f"takes {bounds} as {what}; this has {len(value)}"
        else:
            message = f"takes {bounds} as {what}; this is {value}"
        help_ = spelling.help or f"Write {bounds}."
        if isinstance(field.value, Duration) and self._in_milliseconds(schema, value):
            help_ += f" If {value} means milliseconds, write {lasting(field.value.ms // 1000)}."
        self.add("FC402", field.at, message, help_)

    def _in_milliseconds(self, schema: Fragment, seconds: object) -> bool:
        """Whether refused seconds may be milliseconds; whole hours below two days are hours."""
        if not isinstance(seconds, int) or seconds % 1000 or (seconds % 3600 == 0 and seconds < _TWO_DAYS):
            return False
        return seconds > 0 and self._checks.takes(schema, seconds // 1000)
