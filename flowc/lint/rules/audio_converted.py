"""Audio files of the project that a carrier must convert, or may not play as they are."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.lint.audio import converted
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.audio import AudioInfo
from flowc.profiles.profile import Profile

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a file with a rate, channels or samples that a target does not document (FC423)."""
    for file in context.flow.audio:
        playing = [one for one in context.profiles if file.form in one.audio.formats]
        info = file.info
        if info.odd and playing:
            message = f"this file contains {info.odd} samples, which carriers do not document"
            yield Finding("FC423", file.at, message, converted(context, file))
            continue
        documented = [f"{one.name} documents {_usual(one)}" for one in playing if not _fits(one, info)]
        if documented:
            has = f"{info.rate} Hz {'mono' if info.channels == 1 else 'stereo'}"
            yield Finding(
                "FC423", file.at, f"this file has {has}; {listing(documented, 'and')}", converted(context, file)
            )


def _fits(profile: Profile, info: AudioInfo) -> bool:
    audio = profile.audio
    return (not audio.rates or info.rate in audio.rates) and info.channels <= (audio.channels or info.channels)


def _usual(profile: Profile) -> str:
    rates = f"{listing(map(str, profile.audio.rates))} Hz" if profile.audio.rates else ""
    return " ".join(filter(None, (rates, "mono" if profile.audio.channels == 1 else "")))
