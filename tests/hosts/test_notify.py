"""Hosts that notify: the author's server gets each request once, and the carrier's answer never waits for it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest

from flowc import bundle
from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import Request, answer, notification
from flowc.driver.pipeline import build_bundle
from flowc.profiles.hosts import Host, host_profiles
from flowc.profiles.signature import TOKEN
from flowc.profiles.targets import find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.serve.probe import probe
from tests.conftest import PATIENCE
from tests.hosts.receiver import Received, Receiver, receiving
from tests.hosts.servers import SERVERS, Server, folder, free_port, rows, serving

TARGETS = find_targets()
HOSTS = host_profiles(TARGETS)
PREFIX = "/ivr-1.0/our_calls~"
FOLDER = f"{PREFIX}/rcml/line"
#: `flowc serve`, which is no host of its own.
OWN = Server("asgi", "flowc", lambda _: {}, lambda it, on: [it, "serve", f"{on.root}", "--port", f"{on.port}"])
NOTIFYING = {**{name: one for name, one in SERVERS.items() if HOSTS[one.host].notifies}, "serve": OWN}
#: What carriers sign with, and what proxies add; none of it is for another server.
PRIVATE = {
    "X-Twilio-Signature": "secret",
    "X-Plivo-Signature-V3": "secret",
    "Cookie": "secret=1",
    "Authorization": "Basic secret",
    "X-Forwarded-For": "192.0.2.1",
}
#: Headers of any request with a form; edge runtimes add some of their own.
USUAL = {
    *("host", "connection", "content-type", "content-length", "accept", "accept-encoding", "accept-language"),
    *("user-agent", "sec-fetch-mode", "cache-control", "pragma", "transfer-encoding"),
}


class Notifying(NamedTuple):
    """A host, what it serves, and the server that it notifies."""

    host: Host
    url: str
    manifest: Manifest
    documents: dict[str, bytes]
    receiver: Receiver

    def said(self, method: str, target: str, form: str = "") -> tuple[int, bytes]:
        """Status and body of an answer."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        connection.request(method, target, form.encode() if method == "POST" else None, {**kind, **PRIVATE})
        answered = connection.getresponse()
        said = answered.status, answered.read()
        connection.close()
        return said

    def wanted(self, request: Request) -> tuple[int, bytes]:
        """What the manifest promises."""
        document = answer(self.manifest, request).document
        assert document is not None
        return 200, self.documents[document.path]

    def notified(self, request: Request) -> list[Request]:
        """The requests that the manifest promises the author's server."""
        return [notification(one, request) for one in answer(self.manifest, request).notify]


def flow(receiver: Receiver) -> dict[str, object]:
    """A menu whose choices notify servers: one that is up, one that is slow, one that fails, and one that is down."""
    own, down = receiver.url, f"http://127.0.0.1:{free_port()}"
    choices: dict[str, list[object]] = {
        "1": [{"notify": {"url": f"{own}/pressed?$a=it's", "with": {"choice": 'big "sales" & more $1', "n": 4}}}],
        "2": [{"notify": {"url": f"{own}/asked", "method": "GET"}}],
        "3": [{"notify": f"{own}/first"}, {"notify": {"url": f"{own}?x=1", "method": "GET", "with": {"y": "é"}}}],
        "4": [{"notify": f"{own}/slow"}],
        "5": [{"notify": f"{own}/failing"}],
        "6": [{"notify": f"{down}/pressed"}, {"notify": f"{own}/next"}],
    }
    then = {**{key: f"choice-{key}" for key in choices}, "else": "bye"}
    chosen = {f"choice-{key}": [*actions, {"say": f"You chose {key}."}] for key, actions in choices.items()}
    return {
        **{"flowc": 1, "name": "line", "targets": ["rcml", "twiml"], "entry": "start"},
        "base_url": f"https://ivr.example.com{PREFIX}",
        "steps": {
            "start": [{"gather": {"digits": 1, "prompt": [{"say": "Choose."}], "then": then}}],
            **{name: [*actions, {"goto": "bye"}] for name, actions in chosen.items()},
            "bye": [{"say": "Goodbye."}, {"notify": f"{own}/ended"}, {"pause": "1s"}, "hangup"],
        },
    }


@pytest.fixture(scope="module", params=[*rows(name for name in NOTIFYING if name != "serve"), "serve"])
def notifying(request: pytest.FixtureRequest) -> Iterator[Notifying]:
    server = NOTIFYING[request.param]
    with folder() as root, receiving() as receiver, pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN, "an auth token of nobody")  # rcml signs nothing
        source = root / "line.flow.yaml"
        source.write_text(json.dumps(flow(receiver)), "utf-8")
        made = build_bundle(find_flows([source]), TARGETS, Options(host=server.host, root=str(root / "srv")))
        assert made.files is not None, made.diagnostics
        assert made.manifest is not None
        bundle.write(made.files, root / "srv")
        documents = {entry.path: made.files[entry.path] for entry in made.manifest.documents}
        with serving(server, root / "srv", PREFIX, root / "log") as url:
            yield Notifying(HOSTS[server.host], url, made.manifest, documents, receiver)
            assert "Traceback" not in Path(root / "log").read_text("utf-8")


def same(received: Received) -> tuple[str, str, list[tuple[str, str]], list[tuple[str, str]]]:
    """A request as the author's server reads it: an & at the end makes no difference."""
    url = urlsplit(received.target)
    form = parse_qsl(received.body.decode(), keep_blank_values=True)
    return received.method, url.path, parse_qsl(url.query, keep_blank_values=True), form


def expected(request: Request) -> tuple[str, str, list[tuple[str, str]], list[tuple[str, str]]]:
    return same(Received(request.method, "/" + request.url.split("/", 3)[3], request.body, frozenset()))


FORM = "CallSid=CA1&From=%2B12025550143&To=&Name=Gr%C3%B6%C3%9Fe+%26+S%C3%B6hne&Digits="
KEYS = ("1", "2", "3", "5")
#: Requests of a carrier by method, target and form.
ASKED = [
    *(("GET", f"{FOLDER}/start/gather?{FORM}{key}", "") for key in KEYS),
    *(("POST", f"{FOLDER}/start/gather", f"{FORM}{key}") for key in KEYS),
    *(("GET", f"{FOLDER}/choice-{key}.xml?{FORM}", "") for key in KEYS),
    *(("POST", f"{FOLDER}/choice-{key}.xml", FORM) for key in KEYS),
    *(("GET", f"{FOLDER}/choice-{key}.xml", "") for key in KEYS),
]


@pytest.mark.parametrize(("method", "target", "form"), ASKED)
def test_a_server_is_notified_once_with_what_the_carrier_sent(
    notifying: Notifying, method: str, target: str, form: str
) -> None:
    request = Request(method, target, form.encode())
    wanted = notifying.notified(request)
    assert wanted
    assert notifying.said(method, target, form) == notifying.wanted(request)
    # A second request shows that the first was not sent twice.
    assert notifying.said(method, target, form) == notifying.wanted(request)
    received = notifying.receiver.all(2 * len(wanted))
    assert sorted(map(same, received)) == sorted(map(expected, 2 * wanted))
    for one in received:
        assert one.headers <= USUAL, one.headers - USUAL


@pytest.mark.parametrize(
    ("method", "target"),
    [
        *(("HEAD", f"{FOLDER}/choice-1.xml"), ("HEAD", f"{FOLDER}/start/gather?Digits=1")),
        *(("GET", f"{FOLDER}/start.xml"), ("PUT", f"{FOLDER}/choice-1.xml"), ("GET", f"{FOLDER}/choice-1")),
        *(("GET", f"{FOLDER}/start/gather?Digits=9"), ("GET", f"{FOLDER}/start/gather?Digits=")),
    ],
)
def test_no_other_request_notifies(notifying: Notifying, method: str, target: str) -> None:
    notifying.said(method, target)
    notifying.said("GET", f"{FOLDER}/choice-1.xml?last=1")
    assert [one.body for one in notifying.receiver.all(1)] == [b"last=1"]


def test_an_unsigned_request_notifies_no_server(notifying: Notifying, request: pytest.FixtureRequest) -> None:
    """A host that verifies nothing answers it, and so does `flowc serve` without --verify."""
    verifies = notifying.host.signatures and not request.node.name.endswith("[serve]")
    target, status = f"{PREFIX}/twiml/line/choice-1.xml", 403 if verifies else 200
    assert notifying.said("GET", target)[0] == status
    assert notifying.said("POST", target, FORM)[0] == status
    notifying.said("GET", f"{FOLDER}/choice-1.xml?last=1")
    sent = [b"last=1"] if verifies else [b"", FORM.encode(), b"last=1"]
    assert sorted(one.body for one in notifying.receiver.all(len(sent))) == sent


def test_the_answer_does_not_wait_for_a_slow_server(notifying: Notifying) -> None:
    """The carrier has the answer while the server still holds the notification, which the host has not given up."""
    notifying.receiver.may_answer.clear()
    request = Request("GET", f"{FOLDER}/start/gather?Digits=4")
    for _ in range(10):
        assert notifying.said(request.method, request.url) == notifying.wanted(request)
        assert len(notifying.receiver.all(1)) == 1
        if not notifying.receiver.lost_one():
            break  # else this machine may have stood still for seconds
    else:
        pytest.fail("the host gave up the notification before it answered")
    notifying.receiver.may_answer.set()


def test_a_next_request_of_a_client_does_not_wait_either(notifying: Notifying) -> None:
    """A client may keep its connection; where that would wait, the host closes it with the answer."""
    notifying.receiver.may_answer.clear()
    with closing(http.client.HTTPConnection(urlsplit(notifying.url).netloc, timeout=PATIENCE)) as connection:
        for _ in range(10):
            for request in (Request("GET", f"{FOLDER}/choice-4.xml"), Request("GET", f"{FOLDER}/start.xml")):
                connection.request(request.method, request.url)
                answered = connection.getresponse()
                assert (answered.status, answered.read()) == notifying.wanted(request)
            assert len(notifying.receiver.all(1)) == 1
            if not notifying.receiver.lost_one():
                break
        else:
            pytest.fail("the host gave up the notification before it answered again")
    notifying.receiver.may_answer.set()


def test_a_probe_notifies_nobody_unless_it_is_told_to(notifying: Notifying) -> None:
    """It leaves out documents that notify, and routes that lead to them."""
    documents = tuple(entry for entry in notifying.manifest.documents if entry.target == "rcml")
    routes = tuple(entry for entry in notifying.manifest.routes if entry.target == "rcml")
    unsigned = replace(notifying.manifest, documents=documents, routes=routes)
    host = notifying.host
    quiet = probe(unsigned, notifying.url, methods=host.routes, leniencies=host.leniencies, timeout=PATIENCE)
    assert quiet.faults == ()
    assert quiet.left_out == sum(1 for entry in documents if entry.notify) + len(routes)
    notifying.said("GET", f"{FOLDER}/choice-1.xml?last=1")
    assert [one.body for one in notifying.receiver.all(1)] == [b"last=1"]


def test_a_server_that_is_down_changes_nothing(notifying: Notifying) -> None:
    request = Request("GET", f"{FOLDER}/start/gather?Digits=6")
    for _ in range(3):
        assert notifying.said(request.method, request.url) == notifying.wanted(request)
    assert [urlsplit(one.target).path for one in notifying.receiver.all(3)] == ["/next"] * 3


@pytest.mark.parametrize(
    "form",
    [
        "a=1 HTTP/1.1\r\nHost: other.example.com\r\n\r\nGET /pressed HTTP/1.1\r\n\r\n",
        "a=1#b\0\n\té \U0001f4de %zz ?& =",
        "a=${flowc_raw} $request_uri {x} \"quoted\" 'quoted' \\",
    ],
)
def test_a_form_stays_in_the_query_of_a_get(notifying: Notifying, form: str) -> None:
    """What no carrier sends makes no request of its own, and does not change where it goes."""
    target = f"{FOLDER}/choice-2.xml"
    assert notifying.said("POST", target, form) == notifying.wanted(Request("POST", target, form.encode()))
    notifying.said("GET", f"{FOLDER}/choice-1.xml?last=1")
    paths = sorted((one.method, urlsplit(one.target).path, one.body) for one in notifying.receiver.all(2))
    assert paths == [("GET", "/asked", b""), ("POST", "/pressed", b"last=1")]


def test_every_choice_of_a_step_is_a_document_of_its_own(notifying: Notifying) -> None:
    """A notification that follows something else begins the rest of the step."""
    rests = [entry for entry in notifying.manifest.documents if entry.role == "rest" and entry.target == "rcml"]
    assert [urlsplit(one.url).path for entry in rests for one in entry.notify] == ["/ended"]
    for entry in rests:
        request = Request("GET", f"{PREFIX}/{entry.path}?{FORM}")
        assert notifying.said("GET", request.url) == notifying.wanted(request)
        assert list(map(same, notifying.receiver.all(1))) == list(map(expected, notifying.notified(request)))
