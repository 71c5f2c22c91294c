"""When a rule runs."""

from __future__ import annotations

from enum import Enum, auto


class Stage(Enum):
    """What a rule checks. Rules of GRAPH do not run if one of PATHS has found an error."""

    #: Where single actions lead.
    PATHS = auto()
    #: What is said, dialled, fetched and asked for.
    CONTENT = auto()
    #: Where calls lead as a whole.
    GRAPH = auto()
