"""How a carrier runs a document: a frozen view of a target's carrier.yaml.

The table is written from the carrier's documentation and never from target.yaml, so that running what was compiled
tests the compiler as much as the flow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jsonschema_rs

from flowc.targets import SCHEMAS, TargetError, TargetFolder, merged, read_table

_TABLE = "carrier.yaml"


class RulesError(Exception):
    """A target has no usable carrier.yaml; the message says which and why."""


class Word(NamedTuple):
    """Where an element says something: the attribute (empty: its text), and what holds when it is left out."""

    attribute: str
    default: str


class Verb(NamedTuple):
    """What an element makes the carrier do, and where it says the details, by their names."""

    does: str
    words: Mapping[str, Word]


class Failure(NamedTuple):
    """The carrier's own code and name for why a call ended."""

    code: str
    name: str


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

    `names` are the request parameters of the facts of a call, `requests` those that a request has besides. `outcomes`
    are the carrier's words for how a dial ended. `ends` says why a call ended, and `events` what a URL of events is
    told, by what happened. `switches` are the named behaviours in which carriers differ. `words` are the carrier's
    for the values of facts, where it has its own (none: it says nothing), and `openings` says where the bodies for its
    API have the URLs of a call.
    """

    root: str
    verbs: Mapping[str, Verb]
    names: Mapping[str, str]
    requests: Mapping[str, Mapping[str, str]]
    outcomes: Mapping[str, str]
    ends: Mapping[str, Failure]
    events: Mapping[str, tuple[str, ...]]
    switches: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    openings: Mapping[str, Mapping[str, Where]]
    largest: int | None


def read_rules(layers: Sequence[TargetFolder]) -> Rules:
    """The rules of a target, over those of the targets that it extends. Raises RulesError if there are none."""
    paths = [folder.path / _TABLE for folder in reversed(layers) if (folder.path / _TABLE).is_file()]
    if not paths:
        raise RulesError(f"{layers[0].path} has no {_TABLE}, so calls of this target cannot be simulated")
    data: dict[str, Any] = {}
    try:
        for path in paths:
            data = merged(data, read_table(path))
    except TargetError as error:
        raise RulesError(str(error)) from error
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / "carrier.schema.json").read_text("utf-8")))
    for fault in validator.iter_errors(data):
        where = "/".join(str(part) for part in fault.instance_path)
        raise RulesError(f"{paths[-1]}: {where}: {fault.message}")
    return _rules(data)


def _rules(data: Mapping[str, Any]) -> Rules:
    return Rules(
        data["root"],
        {name: _verb(row) for name, row in data["elements"].items()},
        data["names"],
        data["requests"],
        data["outcomes"],
        {what: Failure(str(row[0]), row[1]) for what, row in data["ends"].items()},
        {what: tuple(names) for what, names in data.get("events", {}).items()},
        data["switches"],
        data.get("words", {}),
        {kind: {name: Where(**row) for name, row in own.items()} for kind, own in data.get("openings", {}).items()},
        data.get("largest"),
    )


def _verb(row: Mapping[str, Any]) -> Verb:
    words = {name: word for name, word in row.items() if name != "does"}
    return Verb(
        row["does"],
        {name: Word(word.get("attribute", ""), str(word.get("default", ""))) for name, word in words.items()},
    )
