"""Audio files of the project that a target does not play."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing, shown
from flowc.lint.audio import converted
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT
_MEGABYTE = 1_000_000


def check(context: LintContext) -> Iterator[Finding]:
    """Report a file of a format that a target does not play, or one that is too large for it (FC422)."""
    for file in context.flow.audio:
        refusing = [one.name for one in context.profiles if one.audio.formats and file.form not in one.audio.formats]
        if refusing:
            do = "does" if len(refusing) == 1 else "do"
            message = f"{listing(refusing, 'and')} {do} not play {file.form} files"
            yield Finding("FC422", file.at, message, converted(context, file))
            continue
        for profile in context.profiles:
            most = profile.audio.bytes
            if most is not None and len(file.data) > most:
                size = f"{len(file.data) / _MEGABYTE:.1f} MB"
                message = f"{profile.name} plays files of at most {most // _MEGABYTE} MB; {shown(file.name)} has {size}"
                yield Finding("FC422", file.at, message, f"Shorten the file, or {converted(context, file, 'convert')}")
