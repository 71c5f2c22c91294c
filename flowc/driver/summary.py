"""What a build has made, as a person reads it: for each flow and target how much, the worst case, the answer URL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import inf

from flowc.bundle.manifest import Manifest
from flowc.diagnostics.wording import counted, lasting, listing
from flowc.lower.worst_case import WorstCase


def summary(manifest: Manifest, worst: Mapping[tuple[str, str], WorstCase]) -> dict[str, str]:
    """The lines of each flow, by its name; `worst` is the worst case by flow and target."""
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
            f"  worst case: {_worst(worst[names])}\n"
            f"  answer URL: {entry.answer_url} ({entry.answer_method})\n"
        )
    return lines


def _worst(worst: WorstCase) -> str:
    """The most that a call can take, and what of it has no bound."""
    most = worst.most
    measures = (
        ("length", most.time, lasting),
        ("ringing", most.ringing, lambda much: f"{lasting(much)} of ringing"),
        ("dials", most.dials, lambda much: counted(int(much), "dial")),
        ("prompts", most.prompts, lambda much: counted(int(much), "prompt")),
        ("fetches", most.fetches, lambda much: "1 fetch" if much == 1 else f"{int(much)} fetches"),
    )
    known = ", ".join(words(much) for _, much, words in measures if much < inf)
    endless = [name for name, much, _ in measures if much == inf]
    circle = f": {' -> '.join(worst.round)}" if worst.round else ""
    return "; ".join(filter(None, (known, f"no bound to {listing(endless, 'and')}{circle}" if endless else "")))
