"""Stamps: what the file system notes of a file, which show without reading that its content is the same.

A change within the same tick of the clock may leave all times as they are. A stamp is therefore only kept of a file
whose times were older than a tick when it was read; any other file is read again.
"""

from __future__ import annotations

import os

#: The longest tick in nanoseconds: 16 ms on Windows, 10 ms on Linux; 2 s in a file system that counts in seconds.
_TICK = 20_000_000
_COARSE_TICK = 2_000_000_000
_MILLISECOND = 1_000_000


def stamp(info: os.stat_result) -> str:
    """Return the stamp of a file. The time of the last change of its inode is part of it: no program can set it."""
    return f"{info.st_size} {info.st_mtime_ns} {info.st_ctime_ns} {info.st_ino} {info.st_dev}"


def is_settled(time: int, now: int) -> bool:
    """Return whether a change from now on has another time than this one, both in nanoseconds."""
    return time < now - (_TICK if time % _MILLISECOND else _COARSE_TICK)
