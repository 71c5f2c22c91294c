"""Fields about keys, which exclude `input: speech`."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Gather
from flowc.lint.context import LintContext
from flowc.lint.gathers import gathers
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a field about keys where only speech is taken (FC208); other exclusions are checked by the schema."""
    for gather in context.cached(gathers):
        if not gather.takes_keys:
            yield from _about_keys(gather)


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
