"""`NamedTuple`, whose classes are made in half the time of those of `typing`.

flowc has 300 of them. `typing.NamedTuple` compiles the annotation of each field, which only type checkers read here.
A module with such a class needs `from __future__ import annotations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    class _Maker(type):
        """Makes a subclass of NamedTuple a named tuple with the methods and properties of its body."""

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.get("__annotations__", ())
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            for key, value in body.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """A tuple with named fields: annotations in the body of a subclass, with defaults."""
