"""How much slower a route is than a plain file on the same server, asked by wrk on loopback.

Run by `make bench`. The servers get the configuration that flowc writes for the examples. Each figure is the median of
several rounds; the plain file is asked before and after the route, since the machine has other things to do.
"""

from __future__ import annotations

import re
import statistics
import subprocess
from pathlib import Path

from flowc import bundle, compile_flows
from flowc.project.options import Options
from tests.hosts.servers import SERVERS, folder, program, serving

EXAMPLES = Path(__file__).parent.parent / "examples"
#: Servers, and the least share of the plain file's speed that a route should have.
LEAST = {"nginx": 0.8, "caddy": 0.8, "haproxy": 0.8, "asgi": 0.7}
_ROUNDS = 7
_SECONDS = 1
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses|Socket errors")


def main() -> None:
    """Print the figures."""
    print(f"{'server':8} {'file/s':>9} {'route/s':>9} {'share':>6} {'wanted':>7}")
    for name, least in LEAST.items():
        file, route, share = measure(name)
        print(f"{name:8} {file:9.0f} {route:9.0f} {share:6.2f} {least:7.2f}")


def measure(name: str) -> tuple[float, float, float]:
    """Requests a second for a plain file and for a route that leads to it, and the share."""
    server = SERVERS[name]
    with folder() as root:
        options = Options(base_url="https://ivr.example.com", host=server.host, root=str(root / "srv"))
        made = compile_flows([EXAMPLES], options)
        assert made.files is not None
        assert made.manifest is not None
        bundle.write(made.files, root / "srv")
        route = made.manifest.routes[len(made.manifest.routes) // 2]
        case = next(case for case in route.cases if case.document != route.default)
        query = f"CallUUID=9a1b&From=%2B12025550143&To=%2B12025550100&{route.parameter}={case.value}&Direction=inbound"
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
    routes = [middle for _, middle, _ in rounds]
    shares = [route / file for file, route in zip(files, routes, strict=True)]
    return statistics.median(files), statistics.median(routes), statistics.median(shares)


def _speed(url: str) -> float:
    command = [program("wrk"), "-t1", "-c16", f"-d{_SECONDS}s", url]
    said = subprocess.run(command, capture_output=True, text=True, timeout=10 * _SECONDS, check=True).stdout
    found = _RATE.search(said)
    assert found and not _FAILED.search(said), said
    return float(found[1])


if __name__ == "__main__":
    main()
