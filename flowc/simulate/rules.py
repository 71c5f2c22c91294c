"""How a carrier runs a document: a frozen view of a target's carrier.yaml.

The table is written from the carrier's documentation and never from target.yaml, so that running what was compiled
tests the compiler as much as the flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flowc.profiles.targets import TargetError, TargetFolder, layered
from flowc.profiles.webhooks import RequestContract, read_webhooks

_TABLE = "carrier.yaml"


class RulesError(Exception):
    """A target has no usable carrier.yaml; the message says which and why."""


class Word(NamedTuple):
    """Where an element says something: the attribute (empty: its text), and what holds when it is left out."""

    attribute: str
    default: str


class ElementRule(NamedTuple):
    """What an element makes the carrier do, and where it says the details, by their names.

    `called` begins the names of the contracts of its requests: `dial` has a dial-action and dial-events.
    """

    does: str
    called: str
    words: Mapping[str, Word]


class CallFailure(NamedTuple):
    """The carrier's own code and name for why a call ended, and who ended it, in its words."""

    code: str
    name: str
    by: str = ""


class Option(NamedTuple):
    """An option in the fragment of a URL, and what holds where it is left out."""

    option: str
    default: str = ""


class Sent(NamedTuple):
    """A parameter of a request: which fact of the call it tells (empty: one that nobody knows here, so the example).

    `given` are the facts by which it is sent; None means that it is sent where there is something to tell.
    """

    name: str
    fact: str
    example: str
    given: Mapping[str, str] | None


class Where(NamedTuple):
    """Where a body for the carrier's API says a URL: the names of the URL, of its method, and of what else it says.

    `instead` is the URL that is asked where this one is left out; `ends`, if it says "hangup", has the call ended.
    """

    url: str
    method: str
    instead: str = ""
    ends: str = ""


@dataclass(frozen=True, eq=False)
class Rules:
    """How one carrier runs documents.

    `ringing` are the elements that run while the call still rings; every other one answers it. `names` are the request
    parameters of the facts of a call, `requests` what each request is sent, by the names of
    contracts (the empty name stands for every other). `outcomes` are the carrier's words for how a dial ended. `ends`
    says why a call ended, `order` which elements cannot follow an element in one document, and `events` what a URL of
    events is told, by what happened. `switches` are the named behaviours in which carriers differ. `words` are the
    carrier's for the values of facts, where it has its own (none: it says nothing), `openings` says where the bodies
    for its API have the URLs of a call. `retry` has the options in a URL's fragment: how often it is asked again
    (times), after which failures (after), how long is waited (wait, ms).
    """

    root: str
    verbs: Mapping[str, ElementRule]
    ringing: tuple[str, ...]
    names: Mapping[str, str]
    requests: Mapping[str, tuple[Sent, ...]]
    outcomes: Mapping[str, str]
    ends: Mapping[str, CallFailure]
    order: Mapping[str, frozenset[str]]
    events: Mapping[str, tuple[str, ...]]
    switches: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    openings: Mapping[str, Mapping[str, Where]]
    retry: Mapping[str, Option]
    largest: int | None

    def word(self, fact: str, value: str) -> str:
        """The carrier's word for the value of a fact."""
        return self.words.get(fact, {}).get(value, value)

    def parameters(self, contract: str, facts: Mapping[str, str]) -> dict[str, str]:
        """What a request says when these are the facts."""
        said = {}
        for one in self.requests.get(contract, self.requests[""]):
            value = facts.get(one.fact)
            told = self.words.get(one.fact, {}).get(value or "", value)
            if one.given is None:
                if told:
                    said[one.name] = told
            elif all(facts.get(fact) == needed for fact, needed in one.given.items()):
                said[one.name] = one.example if told is None else told
        return said


def read_rules(layers: Sequence[TargetFolder]) -> Rules:
    """The rules of a target, over those of the targets that it extends. Raises RulesError if there are none."""
    if not any(folder.has(_TABLE) for folder in layers):
        raise RulesError(f"{layers[0].path} has no {_TABLE}, so calls of this target cannot be simulated")
    try:
        return _rules(layered(layers, _TABLE, "carrier"), read_webhooks(layers).contracts)
    except TargetError as error:
        raise RulesError(str(error)) from error


def _rules(data: Mapping[str, Any], contracts: Mapping[str, RequestContract]) -> Rules:
    return Rules(
        root=data["root"],
        verbs={name: _verb(row) for name, row in data["elements"].items()},
        ringing=tuple(data["ringing"]),
        names=data["names"],
        requests={name: tuple(_sent(data, name, contracts.get(name))) for name in ("", *data["requests"], *contracts)},
        outcomes=data["outcomes"],
        ends={what: CallFailure(str(row[0]), *row[1:]) for what, row in data["ends"].items()},
        order={name: frozenset(refused) for name, refused in data.get("order", {}).items()},
        events={what: tuple(names) for what, names in data.get("events", {}).items()},
        switches=data["switches"],
        words=data.get("words", {}),
        openings={
            kind: {name: Where(**row) for name, row in own.items()} for kind, own in data.get("openings", {}).items()
        },
        retry={name: Option(**row) for name, row in data.get("retry", {}).items()},
        largest=data.get("largest"),
    )


def _sent(data: Mapping[str, Any], name: str, contract: RequestContract | None) -> Iterator[Sent]:
    """What a request is sent: what is known here is told, and the rest as the contract's examples have it."""
    facts = {parameter: fact for fact, parameter in data["names"].items()} | data["requests"].get(name, {})
    if contract is None:
        yield from (Sent(parameter, fact, "", None) for parameter, fact in facts.items())
        return
    for one in contract.parameters:
        given = data.get("when", {}).get(one.when) if one.when else {}
        yield Sent(one.name, facts.get(one.name, ""), one.example, given)


def _verb(row: Mapping[str, Any]) -> ElementRule:
    words = {name: word for name, word in row.items() if name not in ("does", "called")}
    return ElementRule(
        row["does"],
        row.get("called", row["does"]),
        {name: Word(word.get("attribute", ""), str(word.get("default", ""))) for name, word in words.items()},
    )
