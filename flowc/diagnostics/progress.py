"""Progress reporting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

_Item = TypeVar("_Item")


class Progress(Protocol):
    """Yields items one by one, and may show the progress."""

    def __call__(self, items: Sequence[_Item], label: str, /) -> Iterable[_Item]:
        """Yield the items; `label` names the work."""


def no_progress(items: Sequence[_Item], _: str) -> Iterable[_Item]:
    """Return the items without showing progress."""
    return items
