"""Our named tuples are those of `typing`."""

from __future__ import annotations

import pickle
import typing
from typing import Any

import pytest

from flowc.diagnostics import records


class Ours(records.NamedTuple):
    """A point."""

    x: int
    y: int = 2

    @property
    def both(self) -> int:
        """Their sum."""
        return self.x + self.y


class Theirs(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2

    @property
    def both(self) -> int:
        """Their sum."""
        return self.x + self.y


def test_a_record_behaves_like_one_of_typing() -> None:
    ours: Any = Ours(1)
    theirs: Any = Theirs(x=1)
    assert ours == theirs == (1, 2)
    assert (ours.both, ours._fields, ours._field_defaults) == (theirs.both, theirs._fields, theirs._field_defaults)
    assert repr(ours._replace(y=5)).removeprefix("Ours") == repr(theirs._replace(y=5)).removeprefix("Theirs")
    assert isinstance(pickle.loads(pickle.dumps(ours)), Ours)
    assert (Ours.__doc__, Ours.__bases__, Ours.__module__) == (Theirs.__doc__, Theirs.__bases__, __name__)
    assert typing.get_type_hints(Ours) == typing.get_type_hints(Theirs)
    assert not hasattr(ours, "__dict__")
    with pytest.raises(AttributeError):
        ours.x = 3
