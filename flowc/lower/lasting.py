"""How long the sounds of a document last, and the times that its elements set."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flowc.flow.values import Duration
from flowc.flow.verbs import VERBS
from flowc.lower.ir import NextSetting, Node
from flowc.lower.measures import Measures, file_ms
from flowc.profiles.speech import spoken_ms

#: How long a call lasts that stays in a room, or hears a sound that repeats without end, in milliseconds.
DAY = 86_400_000
_TAG = re.compile(r"<[^>]*>")


def heard(nodes: Iterable[Node]) -> Measures:
    """Return what it takes to say, play and wait for these in a row."""
    time, prompts = 0.0, 0
    for node in nodes:
        fields = {field.name: field.value for field in node.fields if not isinstance(field, NextSetting)}
        loop = fields.get("loop", 1)
        often = loop if isinstance(loop, int) else 1
        takes = VERBS[node.kind].timing
        if endless(node):
            time += DAY
        elif takes == "speech":
            time += often * spoken_ms(f"{fields.get('text', '')} {_TAG.sub(' ', str(fields.get('ssml', '')))}")
        elif takes == "file":
            time += file_ms(fields.get("url")) * often
        elif takes == "silence":
            time += time_of(node, "length")
        prompts += takes in ("speech", "file")
    return Measures(time=time, prompts=prompts)


def endless(node: Node) -> bool:
    """Whether a sound repeats until the call ends."""
    return any(field.name == "loop" and field.value == 0 for field in node.fields)


def time_of(node: Node, name: str) -> int:
    """Return a field of a node in milliseconds; 0 where it is left out."""
    value = next((field.value for field in node.fields if field.name == name), None)
    return value.ms if isinstance(value, Duration) else 0
