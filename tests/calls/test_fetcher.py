"""The simulator gets the documents that every host returns: it does without the form that carriers send."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from flowc.bundle.manifest import Manifest, RouteEntry
from flowc.bundle.routing import Request, answer, sample
from flowc.simulate import trials
from flowc.simulate.documents import CarrierRequest, Fetcher, Page, Purpose
from tests.conftest import ROOT
from tests.samples.built_flows import compiled, targets

#: Values that no case has, and that a form encodes.
_ODD = ("", " ", "+", "%2B", "a&b=c", "1;2", "é", "☎", "\n", "+1\x00", "ANONYMOUS", "1" * 40)


def _compare(manifest: Manifest, fetch: Fetcher, route: RouteEntry, value: str) -> str:
    """Return the document for a value, the same in both ways."""
    form = {"First": "1", route.parameter: value, "Last": value}
    page = fetch(CarrierRequest(Purpose.ACTION, route.method, route.url, form))
    sent = urlencode(form)
    if route.method == "POST":
        answered = answer(manifest, Request("POST", route.url, sent.encode()))
    else:
        answered = answer(manifest, Request(route.method, f"{route.url}?{sent}"))
    assert isinstance(page, Page)
    assert answered.document is not None
    assert page.name == answered.document.path, (route.path, value)
    return page.name


@pytest.mark.parametrize("flow", ["tests/meaning/prefixes.flow.yaml", "examples/block-list/block-list.flow.yaml"])
def test_a_value_leads_to_the_same_document_as_its_form(flow: str) -> None:
    bundle = compiled(ROOT / flow)
    manifest = bundle.manifest
    assert manifest is not None
    fetch = next(trials(bundle, targets())).player.fetch
    for route in manifest.routes:
        cases = {case.value for case in route.cases} | {sample(route, case) or "" for case in route.cases}
        values = [*_ODD, *sorted(cases), *sorted(value.upper() for value in cases)]
        reached = {_compare(manifest, fetch, route, value) for value in values}
        assert reached == {route.default, route.empty, *(case.document for case in route.cases)}
