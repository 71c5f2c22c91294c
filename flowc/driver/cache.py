"""The cache directory: named lists of values, each in its own file.

A user who can write these files controls the result of later builds. A folder is therefore only used if no other user
can write to it. A file begins with the SHA-256 of its content and is created by a rename: a file that is truncated or
damaged counts as missing, and two builds can write the same file. The checksum does not prove who wrote the file. A
value is a line of JSON, so that reading it executes nothing. If the disk fails, nothing is cached and the build
continues.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from flowc.diagnostics.digest import sha256_hex

#: Size limits of the cache in bytes and files. The least recently used files are removed first.
_MOST_BYTES = 256 * 1024 * 1024
_MOST_FILES = 64
#: Seconds after which a temporary file is considered abandoned.
_ABANDONED = 3600
#: The folder of flowc inside of the cache directory. The number changes with the format of the files.
_OWN = "flowc-1"
_SUFFIX = ".jsonl"
#: The length of the SHA-256 at the beginning of a file, with its line end.
_HEAD = 65
_KEPT = re.compile(r"[0-9a-f]{64}(?:-whole)?\.jsonl")
_STAGED = re.compile(rf"{_KEPT.pattern}\.[a-z0-9_]{{8}}\.new")
_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def line(value: Any) -> str:
    """Return a value as a line of a cache file."""
    return json.dumps(value, separators=(",", ":"))  # in ASCII: file names can have surrogates


def value_of(kind: Any, text: str) -> Any:
    """Return the value of a line, converted to a type as by `reader`. Raise ValueError for another line."""
    try:
        return reader(kind)(json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class DecodedLater(Mapping[str, str]):
    """The texts in a line of a cache file, which is decoded when one is asked for; then a ValueError is possible."""

    def __init__(self, text: str) -> None:
        """Keep the line."""
        self._text = text

    @cached_property
    def _decoded(self) -> Mapping[str, str]:
        decoded: Mapping[str, str] = value_of(Mapping[str, str], self._text)
        return decoded

    def __getitem__(self, name: str) -> str:
        """Return a text by its name."""
        return self._decoded[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._decoded)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._decoded)


@cache
def reader(kind: Any) -> Callable[[Any], Any]:
    """Return a function that converts JSON data to a value of this type, and raises ValueError for other data.

    The type consists of named tuples, tuples, sequences (read as tuples), mappings with string keys, enumerations and
    the types of JSON; each of these may be optional.
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
    """Return the default cache directory (in XDG_CACHE_HOME or ~/.cache), or None if the user has no home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    return Path(base, "flowc") if os.path.isabs(base) else None


class Store:
    """The lists in one cache directory. Other files in the directory are never touched."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; it is created, accessible by its owner only, when the first value is saved."""
        self._given = folder
        self._folder = folder / _OWN

    def fault(self) -> str:
        """Return why the folder cannot be used, for example because another user can write to it; empty if it can."""
        for folder in (self._given, self._folder):
            try:
                info = os.lstat(folder)
            except OSError:
                return ""  # it does not exist yet, or cannot be read
            if stat.S_ISLNK(info.st_mode):
                return f"{folder} is a symbolic link: name the folder itself"
            if not stat.S_ISDIR(info.st_mode):
                return f"{folder} is not a folder: choose another one with --cache"
            if sys.platform != "win32" and info.st_uid != os.geteuid():
                return f"{folder} belongs to another user: choose another folder with --cache"
            if sys.platform != "win32" and info.st_mode & _OTHERS:
                return f"other users can write to {folder}: run chmod go-w {folder}, or choose another with --cache"
        return ""

    def load(self, name: str) -> list[str]:
        """Return the lines of a list by name; empty if it is missing, damaged or not owned by this user."""
        path = self._folder / f"{name}{_SUFFIX}"
        try:
            with open(os.open(path, os.O_RDONLY | _FLAGS), "rb") as file:
                if not _own(os.fstat(file.fileno())):
                    return []
                data = file.read()
            body = memoryview(data)[_HEAD:]  # without a copy: there may be 256 MiB
            if data[:_HEAD] != sha256_hex(body).encode() + b"\n":
                return []
            os.utime(path)
            return str(body, "ascii").split("\n")
        except (OSError, ValueError):
            return []

    def save(self, name: str, lines: Iterable[str]) -> None:
        """Save a list under a name, unless the disk fails."""
        import tempfile  # late because it is slow to import, and most builds find everything done

        body = "\n".join(lines).encode("ascii")
        with suppress(OSError):
            for folder in (self._given, self._folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if self.fault():
                    return  # another user has created it meanwhile
            number, staged = tempfile.mkstemp(dir=self._folder, prefix=f"{name}{_SUFFIX}.", suffix=".new")
            try:
                with open(number, "wb") as file:
                    file.writelines((sha256_hex(body).encode(), b"\n", body))
                os.replace(staged, self._folder / f"{name}{_SUFFIX}")
            except BaseException:
                os.unlink(staged)
                raise
            self._evict()

    def _evict(self) -> None:
        """Remove files beyond the size limits, and abandoned temporary files. Files with other names are kept."""
        kept = []
        for entry in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # another build evicts files too
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
    """Return whether only this user can have written the file."""
    ours = sys.platform == "win32" or (info.st_uid == os.geteuid() and not info.st_mode & _OTHERS)
    return stat.S_ISREG(info.st_mode) and ours
