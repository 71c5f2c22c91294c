"""SIP addresses and names of clients that carriers accept."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.lint.addresses import bad_address, bad_compared_addresses
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a malformed SIP address or name of a client (FC312)."""
    for entry in context.flow.numbers:
        yield from bad_address(entry)
    for callee in context.parties:
        if callee.kind and not callee.name:
            yield from bad_address(callee)
    for cases in context.compared.values():
        yield from bad_compared_addresses(cases)
