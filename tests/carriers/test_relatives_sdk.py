"""Twilio's SDK as a reader of the documents of TwiML's relatives: they differ from TwiML in the listed names alone.

SignalWire's own SDK hands out Twilio's classes (signalwire 2.1.1, which needs an older twilio), and Telnyx has none.
"""

from __future__ import annotations

import copy
from functools import cache

import pytest
from lxml import etree

from tests.carriers.contract_grammar import reference
from tests.carriers.test_twilio_sdk import sdk_fault
from tests.conftest import TESTS
from tests.samples.built_flows import walk, walked

#: What flowc writes for a relative that TwiML does not have: attributes of elements.
OWN = {
    "texml": {
        "Gather": {"minDigits", "maxDigits", "transcriptionEngine", "useEnhanced", "apiKeyRef", "region"},
        "Dial": {"fromDisplayName", "recordingChannels", "recordMaxLength", "sendRecordingUrl"},
        "Number": {"detectionMode"},
        "Sip": {"detectionMode", "sendDigits"},
        "Record": {"channels", "transcription", "transcriptionCallback", "transcriptionEngine"},
        "Conference": {"recordBeep", "recordingTimeout", "sendRecordingUrl"},
        "Stream": {"codec", "bidirectionalMode", "bidirectionalCodec", "bidirectionalSamplingRate"},
    },
    "cxml": {
        "Dial": {"callerName", "recordingStorageUrl", "recordingStorageUrlMethod"},
        "Record": {"storageUrl", "storageUrlMethod"},
        "Stream": {"authBearerToken", "codec", "realtime"},
    },
}
every_relative = pytest.mark.parametrize("target", OWN)


@cache
def _documents(target: str) -> frozenset[bytes]:
    """The documents of the golden bundles, and of the walk through all attributes."""
    golden = {path.read_bytes() for path in (TESTS / "golden").glob(f"*/{target}/**/*.xml")}
    files = [item for cell in walk(target).written for item in (walked(target, cell).files or {}).items()]
    return frozenset(golden | {data for path, data in files if path.endswith(".xml")})


@every_relative
def test_the_sdk_writes_the_same_without_the_own_names(target: str) -> None:
    met: dict[str, set[str]] = {}
    for data in _documents(target):
        root = etree.fromstring(data)
        for element in root.iter("*"):
            for name in OWN[target].get(element.tag, set()) & set(element.keys()):
                met.setdefault(element.tag, set()).add(name)
                del element.attrib[name]
        assert sdk_fault(etree.tostring(root)) == ""
    assert met == OWN[target]


@every_relative
def test_an_own_name_is_one_that_the_sdk_does_not_have(target: str) -> None:
    tried = set()
    for data in _documents(target):
        root = etree.fromstring(data)
        for element in root.iter("*"):
            for name in OWN[target].get(element.tag, set()) & set(element.keys()):
                if (element.tag, name) not in tried:
                    tried.add((element.tag, name))
                    alone = copy.deepcopy(root)
                    for other in alone.iter("*"):
                        for key in OWN[target].get(other.tag, set()) & set(other.keys()) - {name}:
                            del other.attrib[key]
                    assert sdk_fault(etree.tostring(alone)), (element.tag, name)


@every_relative
def test_the_own_names_are_of_the_carrier_s_table(target: str) -> None:
    for element, names in OWN[target].items():
        assert names <= reference(target)[element].attributes.keys()
