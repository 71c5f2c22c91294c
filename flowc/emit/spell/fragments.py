"""Checks retry options that an author wrote into the fragment of a URL, by the table that writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, suggestion, taken
from flowc.emit.spell.checks import Checks
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling

#: A fragment of options: carriers document names of one or two letters, such as `ct=2000&rc=2`.
_OPTIONS = re.compile(r"[a-z]{1,2}=[^&#]*(?:&[a-z]{1,2}=[^&#]*)*\Z")
_LARGEST = 9  # the most digits of a number


def fragment_faults(
    url: str, at: NodeRef, what: str, retries: bool, profile: Profile, checks: Checks
) -> Iterator[Finding]:
    """Find options of a target without any (FC401), unknown options, and values that are not accepted (FC402).

    `what` names the field, `retries` says that its URL accepts options. A fragment of another form is not checked: the
    carrier does not send it, and it changes nothing.
    """
    _, mark, fragment = url.partition("#")
    if not mark or not _OPTIONS.match(fragment):
        return
    name, table = profile.name, profile.row("retry")
    if not isinstance(table, NodeRow):
        if "retry" not in profile.strategies.handwritten:
            message = f"{name} knows no options in a URL: {table.reason}"
            yield Finding("FC401", at, message, "Leave out what follows #.")
        return
    if not retries:
        message = f"{name} has no retry options for the {what}"
        yield Finding("FC401", at, message, "Leave out what follows #.")
        return
    known = {
        spelling.attribute: (field, spelling)
        for field, spelling in table.fields.items()
        if isinstance(spelling, Spelling) and spelling.attribute is not None
    }
    for pair in fragment.split("&"):
        option, _, value = pair.partition("=")
        if option not in known:
            help_ = suggestion(option, known) or f"It knows {listing(known, 'and')}; retry: writes them."
            yield Finding("FC402", at, f'{name} knows no option "{option}" in a URL', help_)
        elif bounds := _bounds(value, known[option][1], checks):
            field = known[option][0]
            message = f"{name} does not take {option}={value} in a URL: {option} is {bounds}"
            yield Finding(
                "FC402", at, message, f"Write another value, or retry: with {field}: in place of the fragment."
            )


def _bounds(value: str, spelling: Spelling, checks: Checks) -> str:
    """Return what an option accepts, if that is not its value; else an empty text."""
    if spelling.items is not None and spelling.items.values is not None:
        known = spelling.items.values.values()
        parts = value.split(spelling.items.join)
        return "" if all(part in known for part in parts) else f"a list of {listing(known)}"
    if spelling.schema is None:
        return ""
    number = spelling.schema.get("type") == "integer"
    plain = int(value) if number and value.isascii() and value.isdigit() and len(value) <= _LARGEST else value
    return "" if checks.takes(spelling.schema, plain) else taken(spelling.schema)
