"""Converts the values of simple fields: durations to milliseconds, keys and texts to text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from flowc.flow.values import Duration, SoundUrl, Url, Value
from flowc.syntax import Data

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")
_MILLISECONDS = (3_600_000, 60_000, 1000, 1)


def _duration(value: Data) -> Duration:
    if isinstance(value, int):
        return Duration(value * 1000)
    match = _DURATION.fullmatch(str(value))
    parts = match.groups() if match else ()
    return Duration(sum(int(part) * unit for part, unit in zip(parts, _MILLISECONDS, strict=False) if part))


def _text(value: Data) -> str:
    return str(value)


def _word(value: Data) -> str:
    return "true" if value is True else str(value)


def _url(value: Data) -> Url:
    return Url(value)


def _sound_url(value: Data) -> SoundUrl:
    return SoundUrl(value)


def _as_it_is(value: Data) -> Value:
    return cast(Value, value)


#: The converter of a simple field, by its definition in the schema. `flow.read` reads the other kinds.
CONVERT: dict[str, Callable[[Data], Value]] = {
    "text": _text,
    "url": _url,
    "sound-url": _sound_url,
    "stream-url": _text,
    "tones": _text,
    "keys": _text,
    "markup": _text,
    "language": _text,
    "step-name": _text,
    "key": _text,
    "finish-key": _text,
    "finish-keys": _text,
    "method": _text,
    "word": _word,
    "duration": _duration,
    "flag": _as_it_is,
    "count": _as_it_is,
    "integer": _as_it_is,
}
