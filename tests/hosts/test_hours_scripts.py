"""Hosts that decide by the time in a script or in Apache's rules: at every time they answer what the manifest says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from flowc import bundle
from flowc.bundle.hours_table import HoursEntry, hours_entry
from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import Request, answer
from flowc.driver.results import Bundle
from flowc.emit.host_hours import DIGITS, calendar
from flowc.project.options import Options
from tests.conftest import PATIENCE
from tests.hosts.node_packages import node
from tests.hosts.servers import HERE, SERVERS, Server, folder, serving
from tests.samples.built_flows import compiled

BASE_URL = "https://ivr.example.com/calls"
#: The days on which the clocks change in New York, in the years of the calendar.
CLOCKS_CHANGE = ("2026-11-01", "2027-03-14", "2027-11-07", "2028-03-12")
UNTIL = "2028-09-30"
FRONTS = ("cloudflare", "deno", "netlify", "vercel")
LIBRARIES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")

FLOW = """
flowc: 1
name: line
targets: [plivo]
hours:
  office:
    zone: America/New_York
    weekly:
      - {days: mon-fri, from: 08:30, to: 12:00}
      - {days: mon-fri, from: 12:00, to: 13:00, is: lunch}
      - {days: mon-fri, from: 13:00, to: 17:00}
      - {days: fri-sat, from: 22:00, to: 03:00, is: night}
    dates:
      - {on: 2026-11-26..2026-11-27, is: holiday}
      - {on: 2026-12-24, from: 09:00, to: 12:00}
      - {on: 2026-12-25, is: holiday}
      - {on: 2027-07-05, is: holiday}
    since: 2026-10-01
    until: 2028-09-30
    after: holiday
  rota:
    zone: Europe/Berlin
    weekly: [{days: mon-wed, from: 00:00, to: 24:00, is: amy}]
    else: bob
    since: 2026-10-01
    until: 2028-09-30
entry: start
steps:
  start: [{switch: {hours: office, then: {open: menu, night: night, lunch: lunch, holiday: holiday, else: closed}}}]
  menu: [{say: Open.}, hangup]
  lunch: [{say: Lunch.}, hangup]
  night: [{say: One moment.}, {switch: {hours: rota, then: {amy: menu, bob: lunch}}}]
  holiday: [{say: Holiday.}, hangup]
  closed: [{say: Closed.}, hangup]
"""


def made(host: str, source: Path, root: str = "/srv/flowc", until: str = UNTIL) -> Bundle:
    """A bundle of the flow for a host, whose calendars end then."""
    path = source / "line.flow.yaml"
    path.write_text(FLOW.replace(UNTIL, until), "utf-8")
    return compiled(path, Options(base_url=BASE_URL, host=host, root=root))


def instants(manifest: Manifest) -> list[float]:
    """Every change and the seconds around it, days on which the clocks change, and the far past and future."""
    around = {at + second for entry in manifest.hours for at, _ in entry.changes for second in (-1, 0, 1)}
    for day in CLOCKS_CHANGE:
        first = datetime.fromisoformat(day).replace(tzinfo=UTC)
        around |= {int((first + timedelta(minutes=minute)).timestamp()) for minute in range(0, 36 * 60, 5)}
    return sorted(around | {946_684_800, 4_102_444_800})


def meant(manifest: Manifest, path: str, times: Iterable[float]) -> list[str]:
    """The paths of the documents that answer at these times."""
    found = (answer(manifest, Request("GET", f"{BASE_URL}/{path}"), at).document for at in times)
    return [document.path if document else "" for document in found]


def run(kind: str, script: Path, path: str, times: Iterable[float]) -> list[str]:
    """What a script answers at these times."""
    asked = {"url": f"{BASE_URL}/{path}", "times": [round(at * 1000) for at in times]}
    command = [node(), str(HERE / "runners" / "hours.mjs"), kind, str(script)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answers: list[str] = json.loads(done.stdout)
    return answers


@pytest.mark.foreign
@pytest.mark.parametrize("front", FRONTS)
def test_edge_functions_decide_by_the_time(front: str, tmp_path: Path) -> None:
    found = made("edge", tmp_path)
    assert found.files is not None, found.diagnostics
    assert found.manifest is not None
    bundle.write(found.files, tmp_path / "dist")
    script = tmp_path / "dist" / "host" / "edge" / f"{front}.js"
    (script.parent / "package.json").write_text('{"type": "module"}', "utf-8")
    times = instants(found.manifest)
    assert len(times) > 6_000
    if front != FRONTS[0]:
        times = times[::7]  # they share the handler
    for route in found.manifest.routes:
        wanted = [found.files[path].decode() for path in meant(found.manifest, route.path, times)]
        assert run("edge", script, route.path, times) == wanted


@pytest.mark.foreign
def test_a_function_decides_by_the_time(tmp_path: Path) -> None:
    """Calendars of a year and a half fit into the function for CloudFront, but not those of two years."""
    refused = made("cloudfront", tmp_path)
    assert [one.code for one in refused.diagnostics] == ["FC505"]
    assert refused.diagnostics[0].help.endswith("Or let calendars end sooner (until:).")
    found = made("cloudfront", tmp_path, until="2028-03-31")
    assert found.files is not None, found.diagnostics
    assert found.manifest is not None
    bundle.write(found.files, tmp_path / "dist")
    times = instants(found.manifest)
    times += [at + 0.999 for at in times[::5]]
    for route in found.manifest.routes:
        wanted = [f"/calls/{path}" for path in meant(found.manifest, route.path, times)]
        assert run("cloudfront", tmp_path / "dist/host/cloudfront/function.js", route.path, times) == wanted


def test_a_calendar_without_changes_is_packed() -> None:
    one = calendar(hours_entry("a", "2026f", ("open", "closed"), ((1_798_723_800, 1),)))
    assert one.packed == (1_798_723_800, 1, 1, "1")
    entry = HoursEntry("a-1", "a", "2026f", ("b", "c"), ((0, 0), (3600, 1), (9000, 0), (90_000, 1)))
    packed = calendar(entry).packed
    assert (packed.first, packed.step, packed.width) == (0, 1800, 2)
    numbers = [packed.text[at : at + 2] for at in range(0, 8, 2)]
    found = [DIGITS.index(high) * 64 + DIGITS.index(low) for high, low in numbers]
    assert [(number // 2 * packed.step, number % 2) for number in found] == list(entry.changes)


def _clock() -> str:
    """The library that gives a program another time. Leaves the test out if it is nowhere."""
    for place in LIBRARIES:
        if (library := Path(place) / "libfaketimeMT.so.1").exists():
            return str(library)
    pytest.skip("left out: faketime is not installed; tests/install-servers.sh does that")


def _at_any_time(server: Server, clock: Path) -> Server:
    """A server, far from UTC, whose time is in a file."""
    program = {
        "LD_PRELOAD": _clock(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FMT": "%s",
        "TZ": "Asia/Kathmandu",
    }
    return server._replace(environment=lambda _: program)


@pytest.mark.foreign
@pytest.mark.parametrize("name", ["apache", "apache-htaccess"])
def test_apache_decides_by_the_time(name: str) -> None:
    """In any time zone of the server, as its rules compare the seconds since 1970."""
    with folder() as root:
        found = made("apache", root, str(root / "srv"))
        assert found.files is not None
        assert found.manifest is not None
        bundle.write(found.files, root / "srv")
        clock = root / "clock"
        _set(clock, 1_798_723_800)
        times = instants(found.manifest)[::4]
        assert len(times) > 2_000
        with serving(_at_any_time(SERVERS[name], clock), root / "srv", "/calls/") as url:
            for route in found.manifest.routes:
                wrong = dict(_wrong(found, clock, route.path, url, times))
                assert wrong == {}


def _wrong(found: Bundle, clock: Path, path: str, url: str, times: list[float]) -> Iterator[tuple[float, bytes]]:
    assert found.files is not None
    assert found.manifest is not None
    for at, wanted in zip(times, meant(found.manifest, path, times), strict=True):
        _set(clock, int(at))
        with urlopen(f"{url}/{path}?From=1", timeout=PATIENCE) as response:
            data = response.read()
        if data != found.files[wanted]:
            yield at, data


def _set(clock: Path, at: int) -> None:
    """Write the time in one piece: the server reads the file whenever it asks."""
    part = clock.with_suffix(".part")
    part.write_text(str(at), "utf-8")
    part.chmod(0o644)
    shutil.move(part, clock)
