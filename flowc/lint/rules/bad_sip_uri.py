"""SIP addresses, names of clients, and names that are shown to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.flow.actions import Dial
from flowc.flow.callees import is_caller_name
from flowc.lint.addresses import bad_address, bad_compared_addresses
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

#: The characters of a caller ID that is a name: carriers document no others.
_NAME = re.compile(r"anonymous\Z|name:[A-Za-z0-9+._-]+\Z")


def check(context: LintContext) -> Iterator[Finding]:
    """Report a malformed SIP address, name of a client, or name as caller ID (FC312)."""
    for entry in context.flow.numbers:
        yield from bad_address(entry)
    for callee in context.parties:
        if callee.kind and not callee.name:
            yield from bad_address(callee)
    for dial in context.of(Dial):
        caller = dial.setting("caller_id")
        if caller is not None and is_caller_name(str(caller.value)) and not _NAME.match(str(caller.value)):
            message = f"{shown(caller.value)} is not a name that SIP phones accept as caller ID"
            help_ = "Use letters, digits and + - . _ without spaces, such as name:front-desk; caller_name: is a text."
            yield Finding("FC312", caller.at, message, help_)
    for cases in context.compared.values():
        yield from bad_compared_addresses(cases)
