"""Progress: how a long run lets somebody look on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

_Item = TypeVar("_Item")


class Progress(Protocol):
    """Hands out items one by one, and may show how far it is."""

    def __call__(self, items: Sequence[_Item], label: str, /) -> Iterable[_Item]:
        """The items; `label` says what is done with them."""


def no_progress(items: Sequence[_Item], _: str) -> Iterable[_Item]:
    """Shows nothing."""
    return items
