"""Audio files in a bundle: their places, which change with their contents, and their entries in the manifest."""

from __future__ import annotations

import re

from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.records import NamedTuple

#: The Cache-Control of audio files: other contents have another path.
FOREVER = "public, max-age=31536000, immutable"
_FOLDER = "audio"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME, _DIGITS = 40, 12


class AudioEntry(NamedTuple):
    """An audio file of the project: its path there (`file`), its place in the bundle, and its length in milliseconds.

    Files with the same name and contents have one place.
    """

    path: str
    file: str
    url: str
    content_type: str
    sha256: str
    size: int
    length: int


def audio_path(name: str, data: bytes) -> str:
    """Return the place of a file with this name and these contents."""
    stem, _, extension = name.lower().rpartition(".")
    stem = _NOT_IN_A_NAME.sub("-", stem).strip("-")[:_LONGEST_NAME] or _FOLDER
    return f"{_FOLDER}/{stem}.{_digits(data)}.{extension}"


def is_at(path: str, data: bytes) -> bool:
    """Return whether a place is that of these contents."""
    return path.split(".")[1] == _digits(data)


def _digits(data: bytes) -> str:
    return sha256_hex(data)[:_DIGITS]
