"""The JSON of the manifest's records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, get_type_hints


def encode(value: Any) -> str:
    """Encode a value of the manifest as JSON. The general encoder takes ten times as long for small records.

    A field of a record is left out where it has its default.
    """
    kind: Any = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int:
        return str(value)
    if kind is tuple:
        item: Any = type(value[0]) if value else str
        if item is tuple:
            return json.dumps(value, separators=(",", ":"))  # a long table
        each = _encode_again if _is_plain(item) else encode
        return f"[{', '.join(map(each, value))}]"
    if hasattr(kind, "_fields"):
        without, usual = _defaults(kind)
        if value[len(value) - len(usual) :] != usual:
            without = tuple([name for name in without if getattr(value, name) == kind._field_defaults[name]])
        form, fields = _form(kind, without)
        return form % tuple([encode_basestring(one) if type(one) is str else encode(one) for one in fields(value)])
    if isinstance(value, Mapping):
        value = dict(value)
    return encode_basestring(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


#: Most routes lead to the same documents by the same values. `typed` separates records of two kinds with equal values.
_encode_again = lru_cache(maxsize=4096, typed=True)(encode)


@cache
def _is_plain(kind: Any) -> bool:
    """Whether a record has no records or mappings in it, so that equal ones have one encoding."""
    return hasattr(kind, "_fields") and {str, int, bool}.issuperset(get_type_hints(kind).values())


@cache
def _defaults(record: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the names of a record's last fields, which have defaults, and these."""
    return tuple(record._field_defaults), tuple(record._field_defaults.values())


@cache
def _form(record: Any, without: tuple[str, ...]) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    """Return the JSON format string of a record, with fields sorted by name, and a getter of these fields."""
    names = sorted(name for name in record._fields if name not in without)
    return f"{{{', '.join(f'{encode_basestring(name)}: %s' for name in names)}}}", attrgetter(*names)
