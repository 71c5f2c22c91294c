"""Entries of the phone book that a call to the carrier's API names: only their number is used."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.values import Callee
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS

#: Fields of an entry by the name under which the phone book has them; the name of `auth` is that of its first part.
_AUTH = ("username", "password", "status_on")


def check(context: LintContext) -> Iterator[Finding]:
    """Report an entry with more than a number (FC376)."""
    for request in context.flow.requests:
        for callee in request.to:
            more = _fields(callee)
            if more:
                message = f"{callee.name} has {listing(more, 'and')} in the phone book, but a call uses only its number"
                help_ = "Write the number here; the call itself accepts send_digits and sip_headers."
                yield Finding("FC376", callee.at, message, help_)


def _fields(callee: Callee) -> list[str]:
    """Return the fields that the phone book adds to an address."""
    names = [setting.name for setting in callee.settings]
    return [
        *(name for name in names if name not in _AUTH),
        *(["auth"] if _AUTH[0] in names else []),
        *(callback.name for callback in callee.callbacks),
        *(["confirm"] if callee.confirm else []),
        *(["whisper"] if callee.whisper else []),
        *(block.target for block in callee.blocks),
    ]
