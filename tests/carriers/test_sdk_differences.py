"""The words of contracts and tables against the carriers' SDKs: every difference is listed, with its reason.

`pytest -s tests/carriers/test_sdk_differences.py` prints the differences. With another version of an SDK than the
listed one they are reported, and are not a failure.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version

import pytest
from plivo.resources.applications import Applications
from plivo.resources.calls import Calls
from twilio.rest.api.v2010.account.application import ApplicationList
from twilio.rest.api.v2010.account.call import CallList
from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberList
from twilio.twiml.voice_response import VoiceResponse

from flowc.profiles.rows import NodeRow, Spelling
from tests.carriers.contract_grammar import contract_path, read_grammar
from tests.carriers.sdk_differences import listed, vocabulary
from tests.carriers.test_plivo_sdk import CLASSES, PARAMETERS, XML_LANG
from tests.carriers.test_targets import ROWS
from tests.carriers.test_twilio_sdk import ways
from tests.samples.built_flows import targets

TARGETS = ("plivo", "twiml")
#: The methods of an SDK that make a request to the carrier's API, by the kind of node that is its body.
REQUESTS: Mapping[str, Mapping[str, Sequence[Callable[..., object]]]] = {
    "plivo": {"call": [Calls.create], "application": [Applications.create]},
    "twiml": {"call": [CallList.create], "application": [IncomingPhoneNumberList.create, ApplicationList.create]},
}


def _plivo() -> Iterator[str]:
    for name, parameters in PARAMETERS.items():
        yield from (f"{name}@{'xml:lang' if key == XML_LANG else key}" for key in parameters)
        yield from (f"{name}/{child}" for child in CLASSES[name]._nestable)


def _twiml() -> Iterator[str]:
    waiting, met = [("Response", VoiceResponse)], set()
    while waiting:
        name, kind = waiting.pop()
        for child, way in ways(kind).items():
            yield f"{name}/{child}"
            yield from (f"{child}@{attribute}" for attribute in way.parameters)
            if way.kind not in met:
                met.add(way.kind)
                waiting.append((child, way.kind))


SDKS = {"plivo": _plivo, "twiml": _twiml}


def _of_contract(target: str) -> set[str]:
    grammar = read_grammar(contract_path(target))
    attributes = {f"{name}@{key}" for name, row in grammar.attributes.items() for key in row}
    return attributes | {f"{name}/{child}" for name, row in grammar.children.items() for child in row}


def _of_table(target: str) -> set[str]:
    """The attributes that rows of a table write, those of tags in texts too, and the elements that have a row."""
    found = set()
    for row in ROWS:
        if row.target == target:
            found |= {row.element, *(f"{row.element}@{key}" for key, _ in row.keys())}
            for spelling in row.spelled.fields.values():
                if isinstance(spelling, Spelling):
                    found |= {f"{row.element}@{one}" for one in (spelling.attribute, spelling.method) if one}
                    tags = (spelling.markup.tags or {}) if spelling.markup else {}
                    found |= {*tags, *(f"{name}@{key}" for name, tag in tags.items() for key in tag.attributes)}
    return found


def _without_row(target: str) -> set[str]:
    """The attributes that no row writes; of an element without a row, its name alone."""
    written = _of_table(target)
    found = set()
    for name, row in read_grammar(contract_path(target)).attributes.items():
        if name in written:
            found |= {f"{name}@{key}" for key in row} - written
        elif name not in ("Response", *_AROUND):
            found.add(name)
    return found


#: Elements that a template puts around another one, which has the row.
_AROUND = ("Start", "Connect")


def _table_request(target: str, kind: str) -> set[str]:
    row = targets().profiles[target].nodes[kind]
    assert isinstance(row, NodeRow)
    spelled = [field for field in row.fields.values() if isinstance(field, Spelling)]
    return {name for one in spelled for name in (one.attribute, one.method) if name} | set(row.block)


def _sdk_request(target: str, kind: str) -> set[str]:
    parameters = [name for create in REQUESTS[target][kind] for name in inspect.signature(create).parameters]
    names = {name.removesuffix("_") for name in parameters if name != "self"}
    return {"".join(word.title() for word in name.split("_")) for name in names} if target == "twiml" else names


def _beyond(these: set[str], those: set[str]) -> set[str]:
    """What these have and those have not; of an element that those do not have, only where it may stand."""
    known = {re.split("[@/]", name)[-1 if "/" in name else 0] for name in those} | {"Response"}
    return {name for name in these - those if re.split("[@/]", name)[0] in known}


@cache
def differences(target: str) -> Mapping[str, frozenset[str]]:
    """Every difference between a target and its SDK, by kind."""
    contract, sdk = _of_contract(target), set(SDKS[target]())
    found = {
        "contract_only": _beyond(contract, sdk),
        "sdk_only": _beyond(sdk, contract),
        "no_row": _without_row(target),
    }
    table_alone, sdk_alone = set(), set()
    for kind in REQUESTS[target]:
        ours, theirs = _table_request(target, kind), _sdk_request(target, kind)
        table_alone |= {f"{kind} {name}" for name in ours - theirs}
        sdk_alone |= {f"{kind} {name}" for name in theirs - ours}
    found |= {"request_only": table_alone, "sdk_request_only": sdk_alone}
    return {kind: frozenset(names) for kind, names in found.items()}


KINDS = ("contract_only", "sdk_only", "no_row", "request_only", "sdk_request_only")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", TARGETS)
def test_every_difference_from_the_sdk_is_listed_and_still_there(target: str, kind: str) -> None:
    found, known = differences(target)[kind], listed(target, kind)
    for name in sorted(found):
        print(f"{target} {kind}: {name}: {known.get(name, 'NOT LISTED')}")
    sdk, locked = vocabulary()[target]["sdk"], vocabulary()[target]["version"]
    if found != known.keys() and version(sdk) != locked:
        pytest.xfail(f"{sdk} {version(sdk)}, not {locked}: {sorted(found ^ known.keys())}")
    assert found - known.keys() == set(), "in no list: add them to contract and table, or to sdk_differences.yaml"
    assert known.keys() - found == set(), "no difference any more: take them out of sdk_differences.yaml"


@pytest.mark.parametrize("target", TARGETS)
def test_the_lists_are_whole(target: str) -> None:
    assert vocabulary()[target].keys() == {"sdk", "version", *KINDS}
    assert all(why for kind in KINDS for why in listed(target, kind).values())
