"""How much later a document is answered if the host notifies a server that is slow, asked on loopback.

Run by `make bench`. Each figure is the median of several requests, in turn for a document without a notification and
for one with it, each on a connection of its own.
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from flowc import bundle, compile_flows
from flowc.project.options import Options
from tests.hosts.receiver import receiving
from tests.hosts.servers import SERVERS, folder, serving

SERVER_NAMES = ("nginx", "asgi", "wsgi", "cloudflare", "deno", "vercel")
#: The most milliseconds that a notification may add.
MOST = 50
_REQUESTS = 50


def main() -> None:
    """Print the figures."""
    print(f"{'server':10} {'without':>8} {'with':>8} {'added ms':>9} {'wanted':>7}")
    for name in SERVER_NAMES:
        without, notifying = measure(name)
        print(f"{name:10} {without:8.2f} {notifying:8.2f} {notifying - without:9.2f} {MOST:7}")


def measure(name: str) -> tuple[float, float]:
    """Milliseconds to the whole answer, without a notification and with one."""
    server = SERVERS[name]
    with folder() as root, receiving() as receiver:
        options = Options(base_url="https://ivr.example.com", host=server.host, root=str(root / "srv"))
        made = compile_flows([_flow(root, f"{receiver.url}/slow")], options)
        assert made.files is not None
        bundle.write(made.files, root / "srv")
        with serving(server, root / "srv", "/") as url:
            took = [(_time(url, "/rcml/line/start.xml"), _time(url, "/rcml/line/told.xml")) for _ in range(_REQUESTS)]
            receiver.may_answer.set()
    without, notifying = zip(*took, strict=True)
    return statistics.median(without), statistics.median(notifying)


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


if __name__ == "__main__":
    main()
