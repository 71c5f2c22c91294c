"""How a carrier runs a document: a frozen view of a target's carrier.yaml.

The table is written from the carrier's documentation and never from target.yaml, so that running the compiled
documents tests the compiler as much as the flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from flowc.bundle.manifest import Manifest
from flowc.profiles.speech import FILE_MS
from flowc.profiles.targets import TargetError, TargetFolder, layered
from flowc.profiles.webhooks import RequestContract, read_webhooks

_TABLE = "carrier.yaml"


class RulesError(Exception):
    """A target has no usable carrier.yaml; the message says which target and why."""


class Does(StrEnum):
    """What an element makes the carrier do: `does:` in carrier.yaml.

    No element does SERVER: a call waits until the author's server continues the call.
    """

    SAY = "say"
    PLAY = "play"
    PAUSE = "pause"
    EARLY = "early"
    GATHER = "gather"
    DIAL = "dial"
    CALLEE = "callee"
    RECORD = "record"
    ROOM = "room"
    QUEUE = "enqueue"
    LEAVE = "leave"
    SERVE = "serve"
    REDIRECT = "redirect"
    HANGUP = "hangup"
    REJECT = "reject"
    SEND = "send"
    SERVER = "server"

    @property
    def is_prompt(self) -> bool:
        """Whether the caller hears it, or waits for it."""
        return self in _PROMPTS

    @property
    def is_refusal(self) -> bool:
        """Whether it ends a call that is ringing without answering it."""
        return self in (Does.HANGUP, Does.REJECT)


# Python 3.11 takes 0.2 us to look up a member of an enumeration, so sets and tables replace chains of comparisons.
_PROMPTS = frozenset({Does.SAY, Does.PLAY, Does.PAUSE})


class ElementSetting(NamedTuple):
    """Where an element gives a setting: the attribute (empty: its text), and the default where it is left out."""

    attribute: str
    default: str


class ElementRule(NamedTuple):
    """What an element makes the carrier do, and where it gives the settings, by their names.

    `called` is the first part of the names of the contracts of its requests: `dial` has a dial-action and dial-events.
    """

    does: Does
    called: str
    settings: Mapping[str, ElementSetting]


class CallFailure(NamedTuple):
    """The carrier's own code and name for why a call ended, and which party ended it, in the carrier's terms."""

    code: str
    name: str
    by: str = ""


class SoundFile(NamedTuple):
    """An audio file: its path in the project, or else its URL, and its length in milliseconds."""

    name: str
    ms: int


def sound_files(manifest: Manifest) -> dict[str, SoundFile]:
    """Return the audio files of a bundle by their URLs; files with the same name and contents have one URL."""
    names: dict[str, list[str]] = {}
    for entry in manifest.audio:
        names.setdefault(entry.url, []).append(entry.file)
    return {entry.url: SoundFile(" = ".join(names[entry.url]), entry.length) for entry in manifest.audio}


class Option(NamedTuple):
    """An option in the fragment of a URL, and the default where it is left out."""

    option: str
    default: str = ""


class Sent(NamedTuple):
    """A parameter of a request: the fact of the call that is its value (empty: an unknown one, so the example is sent).

    `given` are the facts under which it is sent; None means that it is sent if the fact has a value.
    """

    name: str
    fact: str
    example: str
    given: Mapping[str, str] | None


class Where(NamedTuple):
    """Where a body for the carrier's API gives a URL: the names of the URL, its method and its default.

    `ends` names the option that ends the call if its value is "hangup".
    """

    url: str
    method: str
    instead: str = ""
    ends: str = ""


@dataclass(frozen=True, eq=False)
class Rules:
    """How one carrier runs documents.

    `elements` are the rules of the elements by name. `ringing` are the elements that run while the call still rings;
    every other one answers it. `names` are the request parameters of the facts of a call, `requests` the parameters of
    each request, by the names of contracts (the empty name is for every other request) and by their own. `outcomes` are
    the carrier's values for how a dial ended. `ends` are its codes and names for why a call ended, `order` the elements
    that cannot follow an element in one document, and `events` the events that a URL of events gets, by what happened.
    `switches` are the named behaviours in which carriers differ. `values` are the carrier's own values of facts (empty:
    the parameter is not sent), and `openings` where the bodies for its API contain the URLs of a call. `retry` has the
    options in a URL's fragment: how often it is requested again (times), after which failures (after), and how long
    the carrier waits (wait, ms). `largest` is the largest document that the carrier accepts, in bytes. `audio` are the
    files of the bundle by their URLs.
    """

    root: str
    elements: Mapping[str, ElementRule]
    ringing: tuple[str, ...]
    names: Mapping[str, str]
    requests: Mapping[str, Mapping[str, Sent]]
    outcomes: Mapping[str, str]
    ends: Mapping[str, CallFailure]
    order: Mapping[str, frozenset[str]]
    events: Mapping[str, tuple[str, ...]]
    switches: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    openings: Mapping[str, Mapping[str, Where]]
    retry: Mapping[str, Option]
    largest: int | None
    audio: Mapping[str, SoundFile] = field(default_factory=dict)

    def file(self, url: str) -> SoundFile:
        """Return the audio file at a URL; an assumed length for one of another server."""
        return self.audio.get(url) or SoundFile(url, FILE_MS)

    def value_of(self, fact: str, value: str) -> str:
        """Return the carrier's value for the value of a fact."""
        return self.values.get(fact, {}).get(value, value)


def read_rules(layers: Sequence[TargetFolder]) -> Rules:
    """Read the rules of a target, over those of the targets that it extends. Raises RulesError if there are none."""
    if not any(folder.has(_TABLE) for folder in layers):
        raise RulesError(f"{layers[0].path} has no {_TABLE}, so calls of this target cannot be simulated")
    try:
        return _rules(layered(layers, _TABLE, "carrier"), read_webhooks(layers).contracts)
    except TargetError as error:
        raise RulesError(str(error)) from error


def _rules(data: Mapping[str, Any], contracts: Mapping[str, RequestContract]) -> Rules:
    return Rules(
        root=data["root"],
        elements={name: _element(row) for name, row in data["elements"].items()},
        ringing=tuple(data["ringing"]),
        names=data["names"],
        requests={
            name: {sent.name: sent for sent in _sent(data, name, contracts.get(name))}
            for name in ("", *data["requests"], *contracts)
        },
        outcomes=data["outcomes"],
        ends={what: CallFailure(str(row[0]), *row[1:]) for what, row in data["ends"].items()},
        order={name: frozenset(refused) for name, refused in data.get("order", {}).items()},
        events={what: tuple(names) for what, names in data.get("events", {}).items()},
        switches=data["switches"],
        values=data.get("words", {}),
        openings={
            kind: {name: Where(**row) for name, row in own.items()} for kind, own in data.get("openings", {}).items()
        },
        retry={name: Option(**row) for name, row in data.get("retry", {}).items()},
        largest=data.get("largest"),
    )


def _sent(data: Mapping[str, Any], name: str, contract: RequestContract | None) -> Iterator[Sent]:
    """Yield the parameters of a request: known facts, and the examples of the contract for the rest."""
    facts = {parameter: fact for fact, parameter in data["names"].items()} | data["requests"].get(name, {})
    if contract is None:
        yield from (Sent(parameter, fact, "", None) for parameter, fact in facts.items())
        return
    for one in contract.parameters:
        given = data.get("when", {}).get(one.when) if one.when else {}
        yield Sent(one.name, facts.get(one.name, ""), one.example, given)


def _element(row: Mapping[str, Any]) -> ElementRule:
    settings = {name: one for name, one in row.items() if name not in ("does", "called")}
    return ElementRule(
        Does(row["does"]),
        row.get("called", row["does"]),
        {name: ElementSetting(one.get("attribute", ""), str(one.get("default", ""))) for name, one in settings.items()},
    )
