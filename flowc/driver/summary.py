"""The summary of a build: for each flow and target the number of files, the worst case, and the answer URL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flowc.bundle.manifest import Manifest
from flowc.diagnostics.wording import counted
from flowc.lower.measures import WorstCase


def summary(manifest: Manifest, worst: Mapping[tuple[str, str], WorstCase]) -> dict[str, str]:
    """Return the lines of each flow by its name; `worst` has the worst cases by flow and target."""
    documents = Counter((entry.flow, entry.target) for entry in manifest.documents)
    tries = Counter((one.flow, one.target) for one in manifest.documents if one.role in ("try", "silence"))
    routes = Counter((entry.flow, entry.target) for entry in manifest.routes)
    lines: dict[str, str] = {}
    for entry in manifest.flows:
        names = entry.flow, entry.target
        repeated = f" ({tries[names]} for repeated tries)" if tries[names] else ""
        made = f"{counted(documents[names], 'document')}{repeated}, {counted(routes[names], 'route')}"
        lines[entry.flow] = (
            f"{lines.get(entry.flow, '')}{entry.flow} for {entry.target}: {made}\n"
            f"  worst case: {worst[names].describe()}\n"
            f"  answer URL: {entry.answer_url} ({entry.answer_method})\n"
        )
    return lines
