"""Names of the phone book that are used and have an entry."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import suggestion
from flowc.flow.values import is_name
from flowc.lint.context import LintContext
from flowc.lint.definitions import probably_meant
from flowc.lint.stage import Stage

STAGE = Stage.PATHS

#: The field that also accepts `caller`.
_CALLER_ID = "caller_id"


def check(context: LintContext) -> Iterator[Finding]:
    """Report a name that is dialled or shown and not in the phone book (FC302)."""
    flow = context.flow
    book = {callee.name: callee.at._replace(part="key") for callee in flow.numbers}
    unused = {name: at for name, at in book.items() if name not in flow.named}
    for callee in context.parties:
        if not callee.kind:
            help_ = suggestion(callee.name, book) or f"Add {callee.name}: to numbers:, or write a number."
            related = probably_meant(callee.name, book, unused)
            yield Finding("FC302", callee.at, f'there is no number "{callee.name}"', help_, related)
    for field in context.number_fields:
        text = str(field.value)
        if is_name(text) and text != "caller":
            own = f", caller for the caller's own, or name:{text} for SIP phones"
            own = own if field.name == _CALLER_ID else ""
            help_ = suggestion(text, book) or f"Write a number such as +12025550100{own}."
            related = probably_meant(text, book, unused)
            yield Finding("FC302", field.at, f'there is no number "{text}"', help_, related)
