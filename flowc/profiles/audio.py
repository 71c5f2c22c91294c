"""What an audio file contains: its length, its rate, its channels, and how its samples are coded."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any

from flowc.diagnostics.records import NamedTuple

#: Codes of samples in WAV files, by their numbers.
_CODECS = {1: "PCM", 3: "floating-point", 6: "A-law", 7: "mu-law", 0x55: "mp3"}
_EXTENSIBLE = 0xFFFE
_PCM_BITS = (8, 16)
_MOST_CHUNKS = 1000
_TELEPHONE_RATE = 8000
#: Bytes and milliseconds of a frame of GSM 06.10.
_GSM_FRAME, _GSM_FRAME_MS = 33, 20


class AudioInfo(NamedTuple):
    """What an audio file contains; `odd` is a code of samples that telephone carriers do not document."""

    ms: int
    rate: int
    channels: int
    odd: str = ""


class DamagedAudio(Exception):
    """The contents of a file are not what its format requires; the message describes them."""


class MissingExtra(Exception):
    """The extra `audio` is not installed."""


def read_audio(form: str, data: bytes) -> AudioInfo:
    """Return what a file of a format contains. Raise DamagedAudio, or MissingExtra for formats of the extra."""
    info = _READERS[form](data)
    if not (info.ms and info.rate and info.channels):
        raise DamagedAudio("it contains no sound")
    return info


def _wav(data: bytes) -> AudioInfo:
    coding, channels, rate, block, bits, size, at = 0, 0, 0, 0, 0, 0, 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt " and length >= 16 and at + 24 <= len(data):
            coding, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            if coding == _EXTENSIBLE and length >= 26:
                coding = int.from_bytes(data[at + 32 : at + 34], "little")
        elif name == b"data":
            size = min(length, len(data) - at - 8)  # a program that writes to a pipe does not know the length
        at += 8 + length + length % 2
    if not block or not rate:
        raise DamagedAudio("its header is damaged")
    codec = _CODECS.get(coding, f"code {coding}")
    odd = f"{bits}-bit {codec}" if codec == "PCM" and bits not in _PCM_BITS else codec
    return AudioInfo(size * 1000 // (block * rate), rate, channels, "" if odd in ("PCM", "A-law", "mu-law") else odd)


def _tagged(data: bytes) -> AudioInfo:
    try:
        from mutagen import MutagenError
        from mutagen.aiff import AIFF
        from mutagen.mp3 import MP3
    except ImportError as error:
        raise MissingExtra from error
    try:
        found: Any = (AIFF if data.startswith(b"FORM") else MP3)(BytesIO(data)).info
    except MutagenError as error:
        raise DamagedAudio("its header is damaged") from error
    return AudioInfo(int(found.length * 1000), found.sample_rate, found.channels)


def _gsm(data: bytes) -> AudioInfo:
    return AudioInfo(len(data) // _GSM_FRAME * _GSM_FRAME_MS, _TELEPHONE_RATE, 1)


def _ulaw(data: bytes) -> AudioInfo:
    return AudioInfo(len(data) * 1000 // _TELEPHONE_RATE, _TELEPHONE_RATE, 1)


_READERS: dict[str, Callable[[bytes], AudioInfo]] = {
    "wav": _wav,
    "mp3": _tagged,
    "aiff": _tagged,
    "gsm": _gsm,
    "ulaw": _ulaw,
}
