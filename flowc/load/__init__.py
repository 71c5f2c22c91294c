"""Reads a YAML file as plain data that knows where it came from."""

from flowc.load.data import Data, Map, Seq
from flowc.load.loader import load, locate
from flowc.load.text import MAX_BYTES, NOT_XML

__all__ = ["MAX_BYTES", "NOT_XML", "Data", "Map", "Seq", "load", "locate"]
