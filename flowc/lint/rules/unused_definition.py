"""Entries of the phone book that the flow uses."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import nearest
from flowc.flow.model import Flow
from flowc.flow.values import Callee
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report an entry that nothing uses (FC332); variables are checked where they are resolved."""
    unused = [entry for entry in context.flow.numbers if _is_unused(entry, context.flow)]
    if not unused:
        return
    book = [entry.name for entry in context.flow.numbers]
    unknown = {callee.name for callee in context.parties if not callee.kind}
    unknown |= {callee.name for cases in context.compared.values() for callee, _ in cases if not callee.kind}
    unknown |= {str(field.value) for field in context.number_fields}
    # An entry that an unknown name probably means is reported together with that name.
    meant = {nearest(name, book) for name in unknown}
    for entry in unused:
        if entry.name not in meant:
            help_ = "Use it, such as in to: or caller_id:, or remove it."
            yield Finding("FC332", entry.at._replace(part="key"), f"nothing uses the number {entry.name}", help_)


def _is_unused(entry: Callee, flow: Flow) -> bool:
    """Whether nothing uses an entry of the flow's own; those of the project file are for other flows, too."""
    return entry.name not in flow.named and entry.at.file is flow.file
