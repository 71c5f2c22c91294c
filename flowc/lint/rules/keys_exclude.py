"""Fields that exclude each other: those about keys and `input: speech`, a confirmation and a whisper."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Dial, Gather
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report such fields where the schema does not see both (FC208).

    These are keys where only speech is taken, and a callee of the phone book that is to hear something else than the
    dial says.
    """
    for gather in context.of(Gather):
        if not gather.takes_keys:
            yield from _about_keys(gather)
    for dial in context.of(Dial):
        yield from _about_callees(dial)


def _about_callees(dial: Dial) -> Iterator[Finding]:
    for callee in dial.to:
        own, of_dial = callee.whisper or callee.confirm, dial.confirm or dial.whisper
        if own is None or of_dial is None or (callee.whisper is None) is (dial.whisper is None):
            continue
        fields = ("whisper:", "confirm:") if callee.whisper else ("confirm:", "whisper:")
        message = (
            f"{callee.name or callee.address} has {fields[0]} and this dial has {fields[1]}, which exclude each other"
        )
        help_ = "Remove one of them; the prompt of confirm: can say the words of whisper:."
        yield Finding("FC208", callee.at, message, help_, (Related(own.at, f"its {fields[0]}"),))


def _about_keys(gather: Gather) -> Iterator[Finding]:
    given = gather.setting("input")
    if given is None:
        return
    # Values of a default have other places than the gather's own fields.
    own = gather.then.at if gather.then else given.at
    for name, at in (("digits", gather.digits_at), ("finish_on", gather.finish_on.at)):
        if at == own.of(name):
            help_ = f"Write input: dtmf-speech, or remove {name}:."
            yield Finding("FC208", at, f"{name}: applies to keys, but only speech is taken", help_)
