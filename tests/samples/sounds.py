"""Small audio files for tests: tones as WAV, silence as MP3, and files that are not what their names say."""

from __future__ import annotations

import math
import wave
from io import BytesIO
from pathlib import Path

#: A frame of MPEG 2.5, layer III, with 8 kbit/s, 8 kHz and one channel: 72 ms of silence.
_FRAME = bytes((0xFF, 0xE3, 0x18, 0xC4)) + bytes(68)


def wav(ms: int, rate: int = 8000, channels: int = 1, width: int = 1) -> bytes:
    """A tone of 440 Hz; samples of one byte, or (`width` 2) of two."""
    made = BytesIO()
    half, middle = (60, 128) if width == 1 else (8000, 0)
    values = (middle + int(half * math.sin(math.tau * 440 * number / rate)) for number in range(rate * ms // 1000))
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(b"".join(value.to_bytes(width, "little", signed=width > 1) * channels for value in values))
    return made.getvalue()


def mp3(frames: int) -> bytes:
    """Silence of so many frames."""
    return _FRAME * frames


def write_sounds(folder: Path) -> None:
    """Write the files that the texts of the codes name."""
    files = {
        "welcome.wav": wav(500),
        "studio.wav": wav(200, 44_100, 2, 2),
        "opening-hours.wav": wav(2500),
        "renamed.mp3": wav(500),
        "welcome.gsm": (b"\xd0" + bytes(32)) * 10,
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
