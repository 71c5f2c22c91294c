"""How much slower a route is than a plain file on the same server, asked by wrk on loopback.

The servers get the configuration that flowc writes for the examples, and for two years of hours.
Each figure is the median of several rounds; the plain file is asked before and after the route, since the machine has
other things to do.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Measured
from flowc import bundle, compile_flows
from flowc.project.options import Options
from tests.hosts.servers import SERVERS, folder, program, serving

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
#: What has the routes; not every server can notify, as the reminders do.
FLOWS = {
    "value": [path.parent for path in sorted(EXAMPLES.glob("*/README.md")) if path.parent.name != "reminders"],
    "hours": [ROOT / "tests/hosts/hours.flow.yaml"],
}
#: Servers, and the least share of the plain file's speed that a route should have.
LEAST = {"nginx": 0.8, "caddy": 0.8, "haproxy": 0.8, "asgi": 0.7}
_ROUNDS = 7
_SECONDS = 1
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses|Socket errors")


def measured(rounds: int | None) -> Iterator[Measured]:
    """Requests a second for a route, divided by those for a plain file that it leads to."""
    for name, least in LEAST.items():
        for kind, flows in FLOWS.items():
            values = shares(name, flows, rounds or _ROUNDS)
            yield Measured("hosts", f"route by {kind} / file", name, values, least, least=True)


def shares(name: str, flows: list[Path], rounds: int) -> tuple[float, ...]:
    """The share of each round."""
    server = SERVERS[name]
    with folder() as root:
        options = Options(base_url="https://ivr.example.com", host=server.host, root=str(root / "srv"))
        made = compile_flows(flows, options)
        assert made.files is not None
        assert made.manifest is not None
        bundle.write(made.files, root / "srv")
        cases = [
            (route, case)
            for route in made.manifest.routes
            if route.hours or flows == FLOWS["value"]
            for case in route.cases
            if case.document != route.default
        ]
        route, case = cases[len(cases) // 2]
        parameter = f"{route.parameter}={case.value}" if route.parameter else "a=b"
        query = f"CallUUID=9a1b&From=%2B12025550143&To=%2B12025550100&{parameter}&Direction=inbound"
        with serving(server, root / "srv", "/") as url:
            file, routed = f"{url}/{case.document}", f"{url}/{route.path}?{query}"
            turns = [(_speed(file), _speed(routed), _speed(file)) for _ in range(rounds)]
    return tuple(2 * middle / (before + after) for before, middle, after in turns)


def _speed(url: str) -> float:
    command = [program("wrk"), "-t1", "-c16", f"-d{_SECONDS}s", url]
    said = subprocess.run(command, capture_output=True, text=True, timeout=10 * _SECONDS, check=True).stdout
    found = _RATE.search(said)
    assert found and not _FAILED.search(said), said
    return float(found[1])
