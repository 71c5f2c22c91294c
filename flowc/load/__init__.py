"""Reads a YAML file as plain data that knows where it came from."""

from flowc.load.comment import Comment, comments
from flowc.load.data import Data, Map, Seq
from flowc.load.loader import load
from flowc.load.text import NOT_XML
from flowc.load.where import locate, locate_all

__all__ = ["NOT_XML", "Comment", "Data", "Map", "Seq", "comments", "load", "locate", "locate_all"]
