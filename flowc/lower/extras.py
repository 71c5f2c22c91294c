"""What a construct around a dial adds to its node and to everyone who is called."""

from __future__ import annotations

from typing import NamedTuple

from flowc.ir import NextSetting
from flowc.model import Setting

Field = Setting | NextSetting


class Extras(NamedTuple):
    """Fields for the dial's node, and fields for everybody who is called."""

    dial: tuple[Field, ...] = ()
    callee: tuple[Field, ...] = ()
