"""Prefixes of numbers: the values that a configuration numbers decide as the manifest says, and each has a sample."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from flowc.bundle.manifest import CaseEntry, Manifest, RouteEntry
from flowc.bundle.routing import Request, answer, case_of, sample
from flowc.emit.author_text import pattern
from flowc.emit.host_config import _view
from flowc.profiles.hosts import host_profiles
from tests.hosts.routing_bundle import CALLER_ROUTE, FOLDER, manifest
from tests.samples.built_flows import targets

BASE = "https://calls.example.com"
numbers = st.text("+12", min_size=1, max_size=4)
cases = st.builds(
    lambda value, name, prefix: CaseEntry(value, f"{FOLDER}/{name}.xml", prefix),
    numbers,
    st.sampled_from(("one", "twelve", "star")),
    st.booleans(),
)
bundles = st.lists(st.tuples(st.lists(cases, max_size=6), st.booleans()), min_size=1, max_size=3)


def made(routes: list[tuple[list[CaseEntry], bool]]) -> Manifest:
    """A bundle of routes with these cases; each ignores case or not."""
    usual = next(route for route in manifest(BASE).routes if route.path == CALLER_ROUTE)
    entries = (
        usual._replace(
            path=f"{FOLDER}/menu/switch/{number}",
            cases=tuple(own),
            ignore_case=ignores,
            default=f"{FOLDER}/one.xml",
        )
        for number, (own, ignores) in enumerate(routes, 2)
    )
    return replace(manifest(BASE), routes=tuple(entries))


def decided(bundle: Manifest, route: RouteEntry, sent: str) -> str:
    """What a configuration makes of a value: its number among all values, and what the route says of the number."""
    host = host_profiles(targets())["nginx"]
    view = _view(bundle, {entry.path: b"" for entry in bundle.documents}, host, "/srv")
    number = next((value.number for value in view["values"] if re.fullmatch(pattern(value.words), sent)), 0)
    decision = next(one for one in view["routes"] if one.path == route.path)
    led: list[str] = [case.document for case in decision.cases if number in case.numbers]
    assert len(led) <= 1
    return led[0] if led else decision.default


@given(bundles, numbers)
def test_values_are_numbered_as_the_manifest_decides(routes: list[tuple[list[CaseEntry], bool]], value: str) -> None:
    bundle = made(routes)
    for route in bundle.routes:
        sent = quote(value)
        meant = answer(bundle, Request("GET", f"/{route.path}?From={sent}")).document
        assert meant is not None
        assert decided(bundle, route, sent) == meant.path


@given(st.lists(cases, max_size=6))
def test_a_sample_leads_to_its_case(own: list[CaseEntry]) -> None:
    (route,) = made([(own, True)]).routes
    for case in own:
        value = sample(route, case)
        if case.prefix and value is not None:
            assert case_of(route, value) is case
            assert value.startswith(case.value)


def test_a_prefix_within_others_has_a_sample() -> None:
    own = [CaseEntry("+49", f"{FOLDER}/one.xml", True)]
    own += [CaseEntry(f"+49{digit}", f"{FOLDER}/star.xml", True) for digit in range(10)]
    (route,) = made([(own, True)]).routes
    assert sample(route, own[0]) == "+49"
    (route,) = made([([*own, CaseEntry("+49", f"{FOLDER}/one.xml")], True)]).routes
    assert sample(route, own[0]) is None
