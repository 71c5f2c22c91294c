"""What a construct around a dial adds to its node and to everyone who is called."""

from __future__ import annotations

from typing import NamedTuple

from flowc.ir import NextSetting
from flowc.model import Setting

Field = Setting | NextSetting


class Extras(NamedTuple):
    """Fields for the dial's node, and fields for each callee's."""

    dial: tuple[Field, ...] = ()
    callee: tuple[Field, ...] = ()

    def plus(self, other: Extras) -> Extras:
        """Both."""
        return Extras(self.dial + other.dial, self.callee + other.callee)
