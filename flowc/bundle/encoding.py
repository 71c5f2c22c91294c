"""The JSON of a manifest's records: sorted keys, one line. The general encoder takes ten times as long for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any


def encode(value: Any) -> str:
    """Encode a value of the manifest as JSON. A field is omitted if it has its default."""
    kind: Any = type(value)
    if isinstance(value, tuple) and kind is not tuple:
        usual = kind._field_defaults
        form, fields = _form(kind, tuple([name for name, one in usual.items() if getattr(value, name) == one]))
        return form % tuple([encode_basestring(one) if type(one) is str else encode(one) for one in fields(value)])
    if kind is tuple:
        if value and type(value[0]) is tuple:
            return json.dumps(value, separators=(",", ":"))  # a long table
        return f"[{', '.join(map(encode, value))}]"
    if kind is int:
        return str(value)
    return encode_basestring(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


@cache
def _form(record: Any, omitted: tuple[str, ...]) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    """Return the JSON format string of a record, with fields sorted by name, and a getter of these fields."""
    names = sorted(set(record._fields) - set(omitted))
    return f"{{{', '.join(f'{encode_basestring(name)}: %s' for name in names)}}}", attrgetter(*names)
