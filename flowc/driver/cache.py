"""A folder for what can be made again: named lists of values, each in a file of its own.

A user who can write such a file decides what a later build makes of a flow. So a folder counts only where no other user
can write. A file begins with the SHA-256 of the rest and is put in place by a rename: one that was cut short, was
damaged, or is being written by two builds at once is either whole or counts as missing. The sum does not show who wrote
it. A value is a line of JSON, so reading one runs nothing. If the disk fails, nothing is kept, and the build goes on.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from flowc.diagnostics.digest import sha256_hex

#: How much is kept in all, in bytes and files; what was not used for the longest time goes first.
_MOST_BYTES = 256 * 1024 * 1024
_MOST_FILES = 64
#: Seconds after which a file that was never put in place is one that its build abandoned.
_ABANDONED = 3600
#: The folder that is flowc's own, inside of the one that is given. The number changes with the form of what is kept.
_OWN = "flowc-1"
_SUFFIX = ".jsonl"
_KEPT = re.compile(r"[0-9a-f]{64}(?:-whole)?\.jsonl")
_STAGED = re.compile(rf"{_KEPT.pattern}\.[a-z0-9_]{{8}}\.new")
_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class CacheLine(NamedTuple):
    """A value, and the text it is kept as: one that stays the same is not made anew."""

    text: str
    value: Any


def line(value: Any) -> CacheLine:
    """A value to be kept."""
    return CacheLine(json.dumps(value, separators=(",", ":")), value)  # in ASCII: a file's name may be no text


@cache
def reader(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of this type of the data that JSON has held; it raises ValueError for data of another form.

    The type consists of named tuples, tuples, sequences (read as tuples), mappings of texts, enumerations and what JSON
    has itself; any of these may be optional.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    each = [reader(one) for one in arguments if one is not Ellipsis]
    if origin is UnionType:
        return lambda data: None if data is None else each[0](data)
    if origin is Mapping:
        return lambda data: {name: each[1](one) for name, one in _of(dict, data).items()}
    if origin is Sequence or Ellipsis in arguments:
        return lambda data: tuple(map(each[0], _of(list, data)))
    if origin is tuple:
        return lambda data: tuple([read(one) for read, one in zip(each, _of(list, data), strict=True)])
    if not origin and issubclass(kind, tuple):
        fields = [reader(one) for one in get_type_hints(kind).values()]
        return lambda data: kind(*[read(one) for read, one in zip(fields, _of(list, data), strict=True)])
    if not origin and issubclass(kind, Enum):
        member: Callable[[Any], Any] = kind
        return member
    return lambda data: _of(origin or kind, data)


def _of(kind: type, data: Any) -> Any:
    if type(data) is not kind:
        raise ValueError(f"not of type {kind.__name__}")
    return data


def usual_folder() -> Path | None:
    """Where caches of the user's programs are kept (XDG_CACHE_HOME, ~/.cache); None where the user has no home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    return Path(base, "flowc") if os.path.isabs(base) else None


class Store:
    """The lists in one folder. They are in a folder of their own in there; nothing else in it is touched."""

    def __init__(self, folder: Path) -> None:
        """The folder is made, for its owner alone, when the first value is kept."""
        self._given = folder
        self._folder = folder / _OWN

    def fault(self) -> str:
        """Why the folder cannot be used: another user could have written what is there. Empty where it can be used."""
        for folder in (self._given, self._folder):
            try:
                info = os.lstat(folder)
            except OSError:
                return ""  # there is nothing yet, or nothing that can be read
            if stat.S_ISLNK(info.st_mode):
                return f"{folder} is a symbolic link: name the folder itself"
            if not stat.S_ISDIR(info.st_mode):
                return f"{folder} is not a folder: choose another one with --cache"
            if sys.platform != "win32" and info.st_uid != os.geteuid():
                return f"{folder} belongs to another user: choose another folder with --cache"
            if sys.platform != "win32" and info.st_mode & _OTHERS:
                return f"other users can write to {folder}: run chmod go-w {folder}, or choose another with --cache"
        return ""

    def load(self, name: str) -> list[CacheLine]:
        """The list of that name; empty where there is none that is whole and of this user."""
        path = self._folder / f"{name}{_SUFFIX}"
        try:
            with open(os.open(path, os.O_RDONLY | _FLAGS), "rb") as file:
                if not _own(os.fstat(file.fileno())):
                    return []
                data = file.read()
            digest, _, body = data.partition(b"\n")
            if sha256_hex(body).encode() != digest:
                return []
            os.utime(path)
            return [CacheLine(text, json.loads(text)) for text in body.decode("ascii").split("\n")]
        except (OSError, ValueError, RecursionError):
            return []

    def save(self, name: str, lines: Iterable[CacheLine]) -> None:
        """Keep a list in place of that of the same name, if the disk lets it."""
        body = "\n".join(text for text, _ in lines).encode("ascii")
        with suppress(OSError):
            for folder in (self._given, self._folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if self.fault():
                    return  # another user was faster
            number, staged = tempfile.mkstemp(dir=self._folder, prefix=f"{name}{_SUFFIX}.", suffix=".new")
            try:
                with open(number, "wb") as file:
                    file.write(sha256_hex(body).encode() + b"\n" + body)
                os.replace(staged, self._folder / f"{name}{_SUFFIX}")
            except BaseException:
                os.unlink(staged)
                raise
            self._tidy()

    def _tidy(self) -> None:
        """Remove what is too much, and what was abandoned; only files that are named as flowc names its own."""
        kept = []
        for entry in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # another build tidies too
                info = entry.stat(follow_symlinks=False)
                if not _own(info):
                    continue
                if _KEPT.fullmatch(entry.name):
                    kept.append((info.st_mtime_ns, info.st_size, entry.path))
                elif _STAGED.fullmatch(entry.name) and info.st_mtime < time.time() - _ABANDONED:
                    os.unlink(entry.path)
        room = _MOST_BYTES
        for number, (_, size, path) in enumerate(sorted(kept, reverse=True)):
            room -= size
            if number and (room < 0 or number >= _MOST_FILES):
                with suppress(FileNotFoundError):
                    os.unlink(path)


def _own(info: os.stat_result) -> bool:
    """Whether this is a file that only this user can have written."""
    ours = sys.platform == "win32" or (info.st_uid == os.geteuid() and not info.st_mode & _OTHERS)
    return stat.S_ISREG(info.st_mode) and ours
