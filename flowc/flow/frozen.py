"""Frozen records that are constructed fast: only the type checker refuses changes.

Python constructs a frozen dataclass of twelve fields in 2 microseconds, and one that is not frozen in 0.3.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as fast_record
else:
    from dataclasses import dataclass

    def fast_record(*, frozen, **options):
        """Return the decorator `dataclass` without `frozen`."""
        return dataclass(**options)


__all__ = ["fast_record"]
