"""Voices that a target has."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import one_slip
from flowc.flow.actions import Action
from flowc.flow.verbs import SPEECH
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile, stem_of

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a voice whose name is nearly that of a known one (FC356)."""
    for say in context.with_verbs(SPEECH):
        for profile in context.profiles if say.blocks else ():
            yield from _voice(say, profile)


def _voice(say: Action, profile: Profile) -> Iterator[Finding]:
    known = profile.speech.stems
    for setting in say.block(profile.name) if known else ():
        stem = stem_of(str(setting.value))
        if setting.name in ("voice", "language") and stem not in known and (near := one_slip(stem, known)):
            message = f"{profile.name} has no known voice {setting.value}"
            meant = f"{near}{str(setting.value)[len(stem) :]}"
            yield Finding("FC356", setting.at, message, f"Did you mean {meant}?")
