"""How an audio file is converted to what all targets of a flow play."""

from __future__ import annotations

from flowc.flow.audio import AudioFile, converting
from flowc.lint.context import LintContext
from flowc.profiles.files import bundled_formats

#: The rate of telephone networks, which every carrier plays.
_TELEPHONE_RATE = 8000


def converted(context: LintContext, file: AudioFile, verb: str = "Convert") -> str:
    """Return a sentence with the command that converts a file for all targets."""
    audio = [profile.audio for profile in context.profiles if profile.audio.formats]
    common = [name for name in bundled_formats() if all(name in one.formats for one in audio)]
    form = file.form if file.form in common else next(iter(common), "wav")
    rate = file.info.rate if all(not one.rates or file.info.rate in one.rates for one in audio) else _TELEPHONE_RATE
    channels = min((one.channels or file.info.channels for one in audio), default=1)
    return f"{verb} it: {converting(file.name, form, rate, min(channels, file.info.channels))}"
