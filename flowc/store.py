"""A folder for what can be made again: named lists of values, each in a file of its own, which nobody has to trust.

A value is a line of JSON, so reading one runs nothing, whoever wrote it. A file begins with the SHA-256 of the rest,
and is put in place by a rename: one that was cut short, damaged, or is being written by two builds at once is either
whole or none. Whatever goes wrong with the disk, there is merely nothing kept.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

#: How much is kept in all, in bytes and files; what was not used for the longest time goes first.
_MOST_BYTES = 256 * 1024 * 1024
_MOST_FILES = 64
_SUFFIX = ".jsonl"


class Line(NamedTuple):
    """A value, and the text it is kept as: one that stays the same is not made anew."""

    text: str
    value: Any


def line(value: Any) -> Line:
    """A value to be kept."""
    return Line(json.dumps(value, separators=(",", ":")), value)  # in ASCII: a file's name may be no text


def usual_folder() -> Path:
    """Where caches of the user's programs stand (XDG_CACHE_HOME, ~/.cache)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "flowc")


class Store:
    """The lists in one folder."""

    def __init__(self, folder: Path) -> None:
        """The folder is made, for its owner alone, when the first value is kept."""
        self._folder = folder

    def load(self, name: str) -> list[Line]:
        """The list of that name; empty where there is none that is whole."""
        path = self._folder / f"{name}{_SUFFIX}"
        try:
            data = path.read_bytes()
            digest, _, body = data.partition(b"\n")
            if sha256(body).hexdigest().encode() != digest:
                return []
            os.utime(path)
            return [Line(text, json.loads(text)) for text in body.decode("ascii").split("\n")]
        except (OSError, ValueError, RecursionError):
            return []

    def save(self, name: str, lines: Iterable[Line]) -> None:
        """Keep a list in place of that of the same name, if the disk lets it."""
        body = "\n".join(text for text, _ in lines).encode("ascii")
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, staged = tempfile.mkstemp(dir=self._folder, suffix=".new")
            try:
                with open(number, "wb") as file:
                    file.write(sha256(body).hexdigest().encode() + b"\n" + body)
                os.replace(staged, self._folder / f"{name}{_SUFFIX}")
            except BaseException:
                os.unlink(staged)
                raise
            self._tidy()

    def _tidy(self) -> None:
        """Remove what is too much."""
        found = []
        for entry in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # another build tidies too
                found.append((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path))
        room = _MOST_BYTES
        for number, (_, size, path) in enumerate(sorted(found, reverse=True)):
            room -= size
            if number and (room < 0 or number >= _MOST_FILES):
                with suppress(FileNotFoundError):
                    os.unlink(path)
