"""How a call begins and what is told of its end: the URLs of an application, or of the request that makes a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flowc.simulate.rules import Rules

#: The name of a call that is not made, but comes in.
INCOMING = ""


class EntryPoint(NamedTuple):
    """A URL, and the method by which it is asked."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Opening:
    """The URLs of a call: `fallback` is asked where the answer cannot be used, `hangup` is told of the end of a call.

    `ring` is told that a call that was made rings, `machine` that a machine has answered; `machine_ends` says that the
    call is over then. `contract` names the request for the answer.
    """

    answer: EntryPoint
    fallback: EntryPoint | None = None
    hangup: EntryPoint | None = None
    machine: EntryPoint | None = None
    ring: EntryPoint | None = None
    machine_ends: bool = False
    contract: str = "answer"


def read_opening(rules: Rules, kind: str, body: Mapping[str, object]) -> Opening:
    """The opening in a body for the carrier's API: an application, or a call. Raises KeyError without an answer."""
    links: dict[str, EntryPoint] = {}
    for name, where in rules.openings[kind].items():
        url = body.get(where.url) or (links[where.instead].url if where.instead in links else None)
        if url:
            links[name] = EntryPoint(str(url), str(body.get(where.method) or "POST"))
    detects = rules.openings[kind].get("machine")
    ends = detects is not None and body.get(detects.ends) == "hangup"
    fallback, hangup, machine, ring = map(links.get, ("fallback", "hangup", "machine", "ring"))
    return Opening(
        answer=links["answer"], fallback=fallback, hangup=hangup, machine=machine, ring=ring, machine_ends=ends
    )
