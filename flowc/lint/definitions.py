"""Names that are used and not defined."""

from __future__ import annotations

from collections.abc import Mapping

from flowc.diagnostics.findings import Related
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import nearest


def probably_meant(name: str, known: Mapping[str, object], unused: Mapping[str, NodeRef]) -> tuple[Related, ...]:
    """Return the definition with a similar name, if nothing uses it: both are ends of one mistake."""
    near = nearest(name, known)
    return (Related(unused[near], "nothing else uses this"),) if near in unused else ()
