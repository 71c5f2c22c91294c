"""How a call begins: the URLs of an application, or of the request that makes a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flowc.diagnostics.records import NamedTuple
from flowc.simulate.rules import Does, Rules

#: The name of incoming calls, among those of the calls that are made.
INCOMING = ""


class CallUrl(StrEnum):
    """The URLs of a call, by their names under `openings` in carrier.yaml; most are also names of contracts."""

    RING = "ring"
    ANSWER = "answer"
    FALLBACK = "fallback"
    HANGUP = "hangup"
    MACHINE = "machine"


class EntryPoint(NamedTuple):
    """A URL, and the method of its requests."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Opening:
    """The URLs of a call: `fallback` replaces an unusable answer, `hangup` gets a request when the call ends.

    `ring` gets a request when a call that was made rings, `machine` when a machine has answered; `machine_ends` means
    that the call is over then. `contract` names the request for the answer.
    """

    answer: EntryPoint
    fallback: EntryPoint | None = None
    hangup: EntryPoint | None = None
    machine: EntryPoint | None = None
    ring: EntryPoint | None = None
    machine_ends: bool = False
    contract: str = CallUrl.ANSWER


def read_opening(rules: Rules, kind: str, body: Mapping[str, object]) -> Opening:
    """Read the opening in a body for the carrier's API (`application` or `call`). Raises KeyError without an answer."""
    urls: dict[str, EntryPoint] = {}
    for name, where in rules.openings[kind].items():
        url = body.get(where.url) or (urls[where.instead].url if where.instead in urls else None)
        if url:
            urls[name] = EntryPoint(str(url), str(body.get(where.method) or "POST"))
    detects = rules.openings[kind].get(CallUrl.MACHINE)
    ends = detects is not None and body.get(detects.ends) == Does.HANGUP
    return Opening(
        answer=urls[CallUrl.ANSWER],
        fallback=urls.get(CallUrl.FALLBACK),
        hangup=urls.get(CallUrl.HANGUP),
        machine=urls.get(CallUrl.MACHINE),
        ring=urls.get(CallUrl.RING),
        machine_ends=ends,
    )
