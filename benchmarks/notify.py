"""How much later a document is answered if the host notifies a server that is slow, asked on loopback.

Each request is asked in turn for a document without a notification and for one with it, each on a connection of its
own.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import Measured
from flowc import bundle, compile_flows
from flowc.project.options import Options
from tests.hosts.receiver import receiving
from tests.hosts.servers import SERVERS, folder, serving

SERVER_NAMES = ("nginx", "asgi", "wsgi", "cloudflare", "deno", "vercel")
#: The most milliseconds that a notification may add.
MOST = 50
_REQUESTS = 50


def measured(rounds: int | None) -> Iterator[Measured]:
    """The milliseconds that a notification adds."""
    for name in SERVER_NAMES:
        yield Measured("notify", "notification, ms", name, added(name, rounds or _REQUESTS), MOST)


def added(name: str, rounds: int) -> tuple[float, ...]:
    """Milliseconds to the whole answer with a notification, less those without one."""
    server = SERVERS[name]
    with folder() as root, receiving() as receiver:
        options = Options(base_url="https://ivr.example.com", host=server.host, root=str(root / "srv"))
        made = compile_flows([_flow(root, f"{receiver.url}/slow")], options)
        assert made.files is not None
        bundle.write(made.files, root / "srv")
        with serving(server, root / "srv", "/") as url:
            took = [(_time(url, "/rcml/line/start.xml"), _time(url, "/rcml/line/told.xml")) for _ in range(rounds)]
            receiver.may_answer.set()
    return tuple(notifying - without for without, notifying in took)


def _flow(root: Path, url: str) -> Path:
    steps = {
        "start": [{"gather": {"digits": 1, "prompt": [{"say": "Press 1."}], "then": {"1": "told", "else": "end"}}}],
        "told": [{"notify": url}, {"say": "Thank you."}, "hangup"],
    }
    path = root / "line.flow.yaml"
    flow = {"flowc": 1, "name": "line", "targets": ["rcml"], "entry": "start", "steps": steps}
    path.write_text(json.dumps(flow), "utf-8")
    return path


def _time(url: str, path: str) -> float:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
        begun = time.perf_counter()
        connection.request("GET", f"{path}?CallSid=CA1&From=%2B12025550143")
        answered = connection.getresponse()
        answered.read()
        assert answered.status == 200
        return (time.perf_counter() - begun) * 1000
