"""Keys that are sent when the other side listens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.flow.values import Setting
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

_WAITS = ("w", "W")


def check(context: LintContext) -> Iterator[Finding]:
    """Report send_digits that begins with a key, which is sent as soon as the call is answered (FC390).

    Keys that are sent before the answer (send_on_preanswer) are accepted.
    """
    for entry in context.entries:
        yield from _keys(entry.settings)
    for request in context.flow.requests:
        yield from _keys(request.settings)


def _keys(settings: Iterable[Setting]) -> Iterator[Finding]:
    given = {setting.name: setting for setting in settings}
    keys, early = given.get("send_digits"), given.get("send_on_preanswer")
    if keys is None or str(keys.value).startswith(_WAITS) or (early is not None and early.value is True):
        return
    message = f"{shown(keys.value)} is sent as soon as the call is answered, before the other side listens for keys"
    help_ = f'Begin with a pause: w is half a second, W a second, such as send_digits: "ww{keys.value}".'
    yield Finding("FC390", keys.at, message, help_)
