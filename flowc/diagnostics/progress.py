"""Progress reporting of long runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

_Item = TypeVar("_Item")


class Watch(Protocol):
    """Yields items one by one, and may show the progress."""

    def __call__(self, items: Sequence[_Item], label: str, /) -> Iterable[_Item]:
        """Yield the items; `label` says what is done with them."""


def unwatched(items: Sequence[_Item], _: str) -> Iterable[_Item]:
    """Return the items, and show nothing."""
    return items
