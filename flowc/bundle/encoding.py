"""The JSON of the manifest's records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any


def encode(value: Any) -> str:
    """Encode a value of the manifest as JSON. The general encoder takes ten times as long for small records.

    A field of a record is left out where it has its default.
    """
    kind: Any = type(value)
    if (defaults := getattr(kind, "_field_defaults", None)) is not None:
        form, fields = _form(kind, *(name for name, usual in defaults.items() if getattr(value, name) == usual))
        return form % tuple([encode_basestring(one) if type(one) is str else encode(one) for one in fields(value)])
    if kind is tuple:
        if value and type(value[0]) is tuple:
            return json.dumps(value, separators=(",", ":"))  # a long table
        return f"[{', '.join(map(encode, value))}]"
    if isinstance(value, Mapping):
        value = dict(value)
    if kind is int:
        return str(value)
    return encode_basestring(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


@cache
def _form(record: Any, *without: str) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    """Return the JSON format string of a record, with fields sorted by name, and a getter of these fields."""
    names = sorted(name for name in record._fields if name not in without)
    return f"{{{', '.join(f'{encode_basestring(name)}: %s' for name in names)}}}", attrgetter(*names)
