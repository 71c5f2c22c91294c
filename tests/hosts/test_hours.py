"""Real servers decide by calendars as the manifest does, at each change and around it, whatever day it is.

A server is asked under libfaketime, with a clock that stands where it is put before each request. `flowc probe` asks
it at the present time, by its own clock.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flowc import bundle
from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import Request, answer
from flowc.driver.results import Bundle
from flowc.project.options import Options
from flowc.serve import probe as probing
from flowc.serve.probe.requests import ProbeRequest, probe_requests
from flowc.simulate.client import Client, HttpResponse
from tests.hosts.routing_bundle import asked as exchange
from tests.hosts.servers import SERVERS, folder, rows, serving
from tests.hosts.test_hosts import BASE_URL, HOSTS, PREFIX, asked, recorded, served, shown
from tests.samples.built_flows import compiled

FLOW = Path(__file__).with_name("hours.flow.yaml")
#: Days on which the clocks of its zones change; they are asked every five minutes, from the day before.
DAYS = ("2026-03-08", "2026-04-04", "2026-10-03", "2026-11-01", "2027-03-14", "2027-11-07")
_FIVE_MINUTES = 300
#: The suite asks at every so manieth instant, the proof at all.
_STEP = 10
#: Forms that mean nothing to a calendar.
FORMS = ("", "CallUUID=9a1b&From=%2B12025550143", "word=open&=1&Digits=1&%zz")
#: The header that gives the time to a server that libfaketime cannot reach.
_CLOCK = "X-Flowc-Now"
#: Servers that compare digits, and our own application; test_hours_scripts.py has the others.
TIMED = [name for name, server in SERVERS.items() if HOSTS[server.host].hours == "digits" or not server.foreign]
#: gunicorn takes a clock that jumps for a worker that hangs; its application is the one that uvicorn serves.
AT_ANY_TIME = [name for name in TIMED if name != "wsgi"]


def instants(manifest: Manifest) -> list[int]:
    """Every change of every calendar, one second before and after, and the days on which clocks change."""
    changes = {at + step for entry in manifest.hours for at, _ in entry.changes for step in (-1, 0, 1)}
    for day in DAYS:
        midnight = int((datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)).timestamp())
        changes.update(range(midnight, midnight + 3 * 86_400, _FIVE_MINUTES))
    return sorted(changes)


def _made(name: str, root: Path) -> Bundle:
    made = compiled(FLOW, Options(base_url=BASE_URL, host=SERVERS[name].host, root=str(root / "srv")))
    assert made.files is not None, made.diagnostics
    return made


def _with_header(made: Bundle, clock: str) -> Bundle:
    """The bundle with a configuration that takes the time from a header, and is the same but for that word."""
    assert made.files is not None
    word, header = clock.encode(), f"{{http.request.header.{_CLOCK}}}".encode()
    files = {path: data.replace(word, header) for path, data in made.files.items()}
    assert files != made.files
    return made._replace(files=files)


def _wrong(manifest: Manifest, url: str, methods: tuple[str, ...], moments: list[int], clock: Path) -> Iterator[str]:
    """What a server answers otherwise than the manifest, one line each."""
    port = urlsplit(url).port
    assert port is not None
    paths = {entry.sha256: entry.path for entry in manifest.documents}
    routes = [route for route in manifest.routes if route.hours]
    ways = cycle((method, form) for method in methods for form in FORMS)
    new = clock.with_suffix(".new")
    for at in moments:
        new.write_text(f"{at}\n", "utf-8")
        new.replace(clock)
        for route in routes:
            method, form = next(ways)
            target = f"{PREFIX}{route.path}"
            body = form.encode() if method == "POST" else b""
            if method == "GET" and form:
                target = f"{target}?{form}"
            got = exchange(port, method, target, body, {_CLOCK: str(at), "Host": f"127.0.0.1:{port}"})
            digest = hashlib.sha256(got.body).hexdigest()
            wanted = answer(manifest, Request(method, target, body), at).document
            assert wanted is not None
            if got.status != 200 or paths.get(digest) != wanted.path:
                yield f"{at} {method} {target}: {got.status} {paths.get(digest)}, not {wanted.path}"


def _asked_at(name: str, step: int) -> int:
    """Ask a server at every so manieth instant, and return at how many."""
    with folder() as root:
        made = _made(name, root)
        server = SERVERS[name]
        if server.clock:
            made = _with_header(made, server.clock)
        assert made.files is not None
        assert made.manifest is not None
        bundle.write(made.files, root / "srv")
        moments = instants(made.manifest)[::step]
        clock = root / "clock"
        clock.write_text(f"{moments[0]}\n", "utf-8")
        with serving(server, root / "srv", PREFIX, clock=None if server.clock else clock) as url:
            found = list(_wrong(made.manifest, url, HOSTS[server.host].routes, moments, clock))
    assert found[:5] == []
    return len(moments)


@pytest.mark.foreign
@pytest.mark.parametrize("name", AT_ANY_TIME)
def test_around_some_changes(name: str) -> None:
    assert _asked_at(name, _STEP) > 200


@pytest.mark.foreign
@pytest.mark.proof
@pytest.mark.parametrize("name", AT_ANY_TIME)
def test_around_every_change(name: str, regenerate: bool) -> None:
    recorded(name, {"instants": _asked_at(name, 1)}, regenerate)


@pytest.mark.parametrize("name", rows(TIMED))
def test_at_the_present_time(name: str) -> None:
    """By the server's own clock, and with its configuration as it is."""
    with folder() as root:
        made = _made(name, root)
        with served(name, made, root) as url:
            assert shown(asked(name, made, url)) == []


@pytest.mark.foreign
def test_two_years_are_a_small_configuration() -> None:
    with folder() as root:
        files = _made("nginx", root).files
    assert files is not None
    assert sum(len(data) for path, data in files.items() if path.startswith("host/")) <= 300_000


class _Clock:
    """What the probe takes for the module `time`, begun shortly before an instant; it passes only when it is read."""

    def __init__(self, now: float) -> None:
        self.now, self.monotonic = now, time.monotonic

    def time(self) -> float:
        self.now += 0.5
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("behind", [0, 1, -1, None])
def test_the_probe_asks_again_while_a_calendar_changes(behind: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host's clock may differ by a second; one that does not (None) change at all is noticed."""
    made = compiled(FLOW, Options(base_url=BASE_URL))
    manifest, files = made.manifest, made.files
    assert manifest is not None
    assert files is not None
    change = manifest.hours[1].changes[100][0]
    clock = _Clock(change - 3)
    by_time = [one for one in probe_requests(manifest) if one.variant == "hours"]
    asked: list[float] = []

    def ask(_: Client, request: ProbeRequest) -> HttpResponse:
        asked.append(clock.now)
        at = change - 60 if behind is None else clock.now - behind
        document = answer(manifest, Request(request.method, request.target, request.body), at).document
        assert document is not None
        headers = Message()
        headers["Content-Type"], headers["Cache-Control"] = document.content_type, "no-store"
        return HttpResponse(200, headers, files[document.path])

    monkeypatch.setattr(probing, "time", clock)
    monkeypatch.setattr(probing, "_ask", ask)
    monkeypatch.setattr(probing, "probe_requests", lambda *_: by_time)
    found = probing.probe(manifest, BASE_URL)
    assert len(asked) == len(by_time) + 1
    assert bool(found.faults) is (behind is None)
