"""How much slower a route is than a plain file on the same server, asked by wrk on loopback.

Run by `make bench`. The servers get the configuration that flowc writes for the examples, and for two years of hours.
Each figure is the median of several rounds; the plain file is asked before and after the route, since the machine has
other things to do.
"""

from __future__ import annotations

import re
import statistics
import subprocess
from pathlib import Path

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


def main() -> None:
    """Print the figures."""
    print(f"{'server':8} {'route':6} {'file/s':>9} {'route/s':>9} {'share':>6} {'wanted':>7}")
    for kind, flows in FLOWS.items():
        for name, least in LEAST.items():
            file, route, share = measure(name, flows)
            print(f"{name:8} {kind:6} {file:9.0f} {route:9.0f} {share:6.2f} {least:7.2f}")


def measure(name: str, flows: list[Path]) -> tuple[float, float, float]:
    """Requests a second for a plain file and for a route that leads to it, and the share."""
    server = SERVERS[name]
    with folder() as root:
        options = Options(base_url="https://ivr.example.com", host=server.host, root=str(root / "srv"))
        made = compile_flows(flows, options)
        assert made.files is not None
        assert made.manifest is not None
        bundle.write(made.files, root / "srv")
        routes = [route for route in made.manifest.routes if route.hours or flows == FLOWS["value"]]
        route = routes[len(routes) // 2]
        case = next(case for case in route.cases if case.document != route.default)
        parameter = f"{route.parameter}={case.value}" if route.parameter else "a=b"
        query = f"CallUUID=9a1b&From=%2B12025550143&To=%2B12025550100&{parameter}&Direction=inbound"
        with serving(server, root / "srv", "/") as url:
            rounds = [
                (
                    _speed(f"{url}/{case.document}"),
                    _speed(f"{url}/{route.path}?{query}"),
                    _speed(f"{url}/{case.document}"),
                )
                for _ in range(_ROUNDS)
            ]
    files = [(before + after) / 2 for before, _, after in rounds]
    speeds = [middle for _, middle, _ in rounds]
    shares = [speed / file for file, speed in zip(files, speeds, strict=True)]
    return statistics.median(files), statistics.median(speeds), statistics.median(shares)


def _speed(url: str) -> float:
    command = [program("wrk"), "-t1", "-c16", f"-d{_SECONDS}s", url]
    said = subprocess.run(command, capture_output=True, text=True, timeout=10 * _SECONDS, check=True).stdout
    found = _RATE.search(said)
    assert found and not _FAILED.search(said), said
    return float(found[1])


if __name__ == "__main__":
    main()
