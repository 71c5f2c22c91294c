"""Reads a YAML file as plain data that knows where it came from."""

from flowc.syntax.comment import Comment, comments
from flowc.syntax.data import Data, Map, Seq, copied
from flowc.syntax.loader import load
from flowc.syntax.text import NOT_XML
from flowc.syntax.where import locate, locate_all

__all__ = ["NOT_XML", "Comment", "Data", "Map", "Seq", "comments", "copied", "load", "locate", "locate_all"]
