"""Frozen records that are constructed fast: only the type checker refuses changes.

Python constructs a frozen dataclass of twelve fields in 2 microseconds, and one that is not frozen in 0.3.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen, **options):
        """Return the decorator `dataclass` without `frozen`."""
        return dataclass(**options)


__all__ = ["record"]
