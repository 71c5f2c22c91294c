"""Read YAML files as plain data whose nodes know their places, and fragments of XML."""

from flowc.syntax.comment import Comment, comments
from flowc.syntax.loader import load
from flowc.syntax.locations import locate, locate_all
from flowc.syntax.nodes import Data, Map, Seq, copied
from flowc.syntax.source_text import NOT_XML

__all__ = ["NOT_XML", "Comment", "Data", "Map", "Seq", "comments", "copied", "load", "locate", "locate_all"]
