"""Reads a YAML file as plain data that knows where it came from."""

from flowc.load.data import Data, Map, Seq
from flowc.load.loader import load, locate
from flowc.load.text import MAX_BYTES

__all__ = ["MAX_BYTES", "Data", "Map", "Seq", "load", "locate"]
