"""What a bundle with calendars answers at a time: by `routing.answer`, by a server, and to the probe."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from flowc.bundle.hours_table import read_hours_entry
from flowc.bundle.manifest import Manifest
from flowc.bundle.manifest_reader import read_manifest
from flowc.bundle.routing import Request, answer
from flowc.cli import commands
from flowc.driver.results import Bundle
from flowc.serve.responses import reply, served
from tests.conftest import ROOT
from tests.samples.built_flows import compiled

FLOW = ROOT / "tests/meaning/hours.flow.yaml"
#: The documents that the first route leads to, by times in UTC.
ANSWERS = {
    "2026-12-13 12:00:00": "bye",  # before the first change, its word counts
    "2026-12-14 13:29:59": "bye",
    "2026-12-14 13:30:00": "menu",
    "2026-12-14 21:59:59": "menu",
    "2026-12-14 22:00:00": "bye",
    "2026-12-25 15:00:00": "bye",
    "2026-12-28 15:00:00": "menu",
    "2027-06-01 15:00:00": "_",
}


def _bundle() -> tuple[Bundle, Manifest]:
    bundle = compiled(FLOW)
    assert bundle.manifest is not None
    return bundle, bundle.manifest


def _at(text: str) -> float:
    return datetime.fromisoformat(f"{text}+00:00").timestamp()


@pytest.mark.parametrize("time", ANSWERS)
def test_an_answer(time: str) -> None:
    bundle, manifest = _bundle()
    assert bundle.files is not None
    for entry in manifest.flows:
        found = answer(manifest, Request("GET", f"{entry.answer_url}?From=1&hours=x"), _at(time))
        assert found.document is not None
        assert found.document.path.split("/")[2].removesuffix(".xml") == ANSWERS[time]
        assert (found.parameter, found.by_hours) == ("office", True)
        made = served(manifest, bundle.files)
        request = Request("GET", urlsplit(entry.answer_url).path)
        assert reply(made, request, {}, None, lambda: _at(time)).body == bundle.files[found.document.path]


def test_a_bundle_with_calendars_needs_the_time() -> None:
    _, manifest = _bundle()
    with pytest.raises(ValueError, match="give at"):
        answer(manifest, Request("GET", manifest.flows[0].answer_url))
    assert answer(manifest, Request("GET", f"{manifest.base_url}/nothing")).status == 404
    assert answer(manifest, Request("PUT", manifest.flows[0].answer_url)).status == 405


def test_calendars_are_once_in_a_manifest_and_can_be_read_again() -> None:
    _, manifest = _bundle()
    assert [entry.name for entry in manifest.hours] == ["lunch", "office"]
    assert {route.hours for route in manifest.routes} == set(manifest.calendars)
    assert read_manifest(manifest.to_json()) == manifest
    for entry in manifest.hours:
        assert list(entry.changes) == sorted(entry.changes)
        first = datetime.fromtimestamp(entry.changes[0][0], UTC)
        assert (first.year, first.month, first.minute) == (2026, 12, 0)


@pytest.mark.parametrize("changes", [[], [[2, 0], [1, 1]], [[1, 2]], [[1, -1]], [["x", 0]]])
def test_a_table_that_is_not_one(changes: list[list[object]]) -> None:
    with pytest.raises(ValueError):
        read_hours_entry({"id": "a-1", "name": "a", "tzdata": "2026f", "words": ["b", "c"], "changes": changes})


def test_calendar_files_need_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests/cases/ok/hours-of-files")
    monkeypatch.setitem(sys.modules, "recurring_ical_events", None)
    found = CliRunner().invoke(commands, ["lint", "shop.flow.yaml"]).output.splitlines()
    assert found[0] == "shop.flow.yaml:11:20: error[FC392] iCalendar files need the extra ical of flowc"
    assert found[-1] == "  help: Run: pip install 'flowc[ical]'"
