"""Entries of the phone book that the flow uses."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import nearest
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report an entry that nothing uses (FC332); variables are checked where they are resolved."""
    book = [entry.name for entry in context.flow.numbers]
    unknown = {callee.name for callee in context.parties if not callee.kind}
    unknown |= {callee.name for cases in context.compared.values() for callee, _ in cases if not callee.kind}
    unknown |= {str(field.value) for action in context.actions for field in context.number_fields(action)}
    # An entry that an unknown name probably means is reported together with that name.
    meant = {nearest(name, book) for name in unknown}
    for entry in context.flow.numbers:
        # The entries of the project file are for other flows, too.
        own = entry.at.file is context.flow.file
        if own and entry.name not in context.flow.named and entry.name not in meant:
            help_ = "Use it, such as in to: or caller_id:, or remove it."
            yield Finding("FC332", entry.at._replace(part="key"), f"nothing uses the number {entry.name}", help_)
