"""Hosts that are given the account's token answer what the carrier signed, and nothing else; real servers again."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator

from flowc import bundle
from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import Request, answer
from flowc.driver.pipeline import build_bundle
from flowc.profiles.hosts import host_profiles
from flowc.profiles.signature import SHARED_KEY, TOKEN, schemes, sign, token_variables
from flowc.profiles.targets import find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.serve import MAX_BODY, Served, guard_of, reply, served
from tests.conftest import PATIENCE
from tests.hosts.node_packages import node
from tests.hosts.routing_bundle import asked as asked_raw
from tests.hosts.routing_bundle import exchanged
from tests.hosts.servers import HERE, SERVERS, folder, rows, serving

#: With targets of our own: one that signs in its own way, and one whose token is empty.
TARGETS = find_targets(HERE / "guarded")
HOSTS = host_profiles(TARGETS)
GUARDED = [name for name, server in SERVERS.items() if HOSTS[server.host].signatures]
ORIGIN = "https://ivr.example.com"
PREFIX = "/ivr-1.0/our_calls~"
SECRET = "an auth token of nobody"
#: By target, where it is not the same for all.
TOKENS = {"mine": "another auth token of nobody", "shut": ""}
#: What the environment has while keys are rotated.
SHARED = ("an-older-secret-of-nobody", "a-secret-of-nobody")
NONCE = "12345678901234567890"
FLOW = {
    **{
        "flowc": 1,
        "name": "line",
        "targets": ["plivo", "twiml", "rcml", "mine", "shut"],
        "base_url": ORIGIN + PREFIX,
        "entry": "start",
    },
    "steps": {
        "start": [{"gather": {"digits": 1, "prompt": [{"say": "Press 1."}], "then": {"1": "more", "else": "bye"}}}],
        "more": [{"say": "One."}, "hangup"],
        "bye": [{"say": "Goodbye."}, "hangup"],
    },
}
VALUES = ("1", "2", "", "no-answer", "+12025550143", "a b", "x=y&z", "100%", "Größe", "日本", "\U0001f4de", "\uff5e")


class Asked(NamedTuple):
    """A request of a carrier: method, path and query, the parameters of the body (or what is no form), and headers."""

    method: str
    url: str
    form: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    data: bytes = b""

    @property
    def body(self) -> bytes:
        if self.data:
            return self.data
        return urlencode(self.form).encode() if self.method == "POST" else b""


class Guarded(NamedTuple):
    """A host that knows the token, and what it serves."""

    url: str
    manifest: Manifest
    documents: dict[str, bytes]
    log: Path

    @property
    def port(self) -> int:
        """Where it listens."""
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def said(self, asked: Asked) -> tuple[int, bytes]:
        """Status and body of an answer."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        kind = "application/json" if asked.data else "application/x-www-form-urlencoded"
        headers = {**asked.headers, "Content-Type": kind}
        connection.request(asked.method, asked.url, asked.body, headers)
        answered = connection.getresponse()
        said = answered.status, answered.read()
        connection.close()
        return said

    def wanted(self, asked: Asked) -> tuple[int, bytes]:
        """What the manifest promises."""
        document = answer(self.manifest, Request(asked.method, asked.url, asked.body)).document
        assert document is not None
        return 200, self.documents[document.path]


@pytest.fixture(scope="module", params=rows(GUARDED))
def guarded(request: pytest.FixtureRequest) -> Iterator[Guarded]:
    server = SERVERS[request.param]
    with folder() as root, pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN, SECRET)
        patch.setenv(SHARED_KEY, " ".join(SHARED))
        for target, token in TOKENS.items():
            patch.setenv(token_variables(target)[0], token)
        source = root / "line.flow.yaml"
        source.write_text(json.dumps(FLOW), "utf-8")
        made = build_bundle(find_flows([source]), TARGETS, Options(host=server.host, root=str(root / "srv")))
        assert made.files is not None
        assert made.manifest is not None
        assert not any(secret.encode() in data for secret in (SECRET, *SHARED) for data in made.files.values())
        bundle.write(made.files, root / "srv")
        documents = {entry.path: made.files[entry.path] for entry in made.manifest.documents}
        with serving(server, root / "srv", PREFIX, root / "log") as url:
            yield Guarded(url, made.manifest, documents, root / "log")


def requests(target: str) -> Iterator[Asked]:
    """Requests for a document and for a route, with and without a query, a form, or both; always the same ones."""
    dice = random.Random(11)
    for number in range(40):
        path = f"{PREFIX}/{target}/line/" + ("start.xml" if number % 4 else "start/gather")
        names = dice.sample(["To", "CallUUID", "Digits", "a", "Z", "SIP-H-To"], 4)
        pairs = tuple((name, dice.choice(VALUES)) for name in names)
        query, form = (pairs, ()) if number % 2 else (pairs[: number % 3], pairs[2:])
        yield Asked("GET" if number % 2 else "POST", f"{path}?{urlencode(query)}" if query else path, form, {})


def signed(asked: Asked, target: str, token: str = "", weakest: bool = False) -> Asked:
    """The request as the carrier sends it."""
    scheme = list(schemes(target, TARGETS).values())[-1 if weakest else 0]
    secret = token or TOKENS.get(target) or SECRET
    signature = sign(scheme, asked.method, ORIGIN + asked.url, asked.form, NONCE if scheme.nonce else "", secret)
    nonce = {scheme.nonce: NONCE} if scheme.nonce else {}
    return asked._replace(headers={scheme.headers[0]: signature, **nonce})


@pytest.mark.parametrize("target", ["plivo", "twiml", "mine"])
def test_what_the_carrier_signed_is_answered(guarded: Guarded, target: str) -> None:
    assert [
        asked
        for asked in (signed(asked, target) for asked in requests(target))
        if guarded.said(asked) != guarded.wanted(asked)
    ] == []


#: Bodies that are not forms; one would be a form if it were read as one.
BODIES = (
    b'{"event": "answered", "tries": 2}',
    '{"name": "Größe \U0001f4de"}\r\n'.encode(),
    bytes(range(256)),
    b"Digits=1",
)


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_form_is_held_against_its_hash(guarded: Guarded, body: bytes) -> None:
    url = f"{PREFIX}/twiml/line/start.xml?a=1&bodySHA256={sha256(body).hexdigest()}"
    right = signed(Asked("POST", url, (), {}, body), "twiml")
    assert guarded.said(right)[0] == 200
    wrong = [
        right._replace(data=body + b" "),
        right._replace(data=b"", form=(("Digits", "2"),)),
        right._replace(data=b""),
        right._replace(url=url.replace("bodySHA256", "bodysha256")),
        right._replace(url=f"{url}0"),
        signed(Asked("POST", f"{url[:-1]}{'0' if url[-1] != '0' else '1'}", (), {}, body), "twiml"),
    ]
    assert [guarded.said(asked)[0] for asked in wrong] == [403] * len(wrong)


@pytest.mark.parametrize("target", ["plivo", "twiml", "mine"])
def test_what_it_did_not_sign_is_refused(guarded: Guarded, target: str) -> None:
    for asked in requests(target):
        right = signed(asked, target)
        more = "&" if "?" in asked.url else "?"
        wrong = [
            asked,
            signed(asked, target, "another token"),
            right._replace(headers={name: f"A{value}" for name, value in right.headers.items()}),
            right._replace(url=f"{asked.url}{more}From=1"),
        ]
        if asked.method == "POST":
            wrong.append(right._replace(form=(*asked.form, ("From", "1"))))
        assert [one for one in wrong if guarded.said(one) != (403, b"bad signature\n")] == []


#: Queries as they may come: any escapes and signs, blank and repeated names, nothing at all. Runtimes of edge functions
#: escape an apostrophe, so that one which has both spellings of it cannot be told there.
QUERIES = (
    "Name=Gr%C3%B6%C3%9Fe&%C3%84=1",
    "Name=Gr%c3%b6%c3%9fe&%e6%97%a5=%F0%9f%93%9E",
    "a=b+c&b=b%20c&c=%2B1",
    "FromCity=Trezzo+Sull'Adda",
    "b=it%27s",
    "a=&b&=c&a=1&a=",
    "a=(1)!*;~$,:@/?%7E%2a&b=%zz&c=%ff%C3",
    "?Digits=1",
    "",
)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("target", ["plivo", "twiml"])
def test_a_query_is_verified_as_it_was_signed(guarded: Guarded, target: str, query: str) -> None:
    """The server gets the very line that the carrier sends: what runtimes do to a URL is theirs to undo."""
    page = f"{PREFIX}/{target}/line/start.xml"
    for method, form in (("GET", ()), ("POST", (("Name", "Größe"), ("Digits", "1")))):
        right = signed(Asked(method, f"{page}?{query}", form, {}), target)
        assert _status(guarded, right) == 200
        for other in (f"{query}&x=1", f"x&{query}", query.replace("Name", "name") or "Name", query.replace("%", "%25")):
            if other != query:
                assert _status(guarded, right._replace(url=f"{page}?{other}")) == 403


def test_bytes_that_should_have_been_escaped(guarded: Guarded) -> None:
    """No carrier sends them, and some servers refuse them themselves; the others verify what came, and its escapes."""
    page = f"{PREFIX}/twiml/line/start.xml?Name="
    for name in ("Größe", "Gr%C3%B6%C3%9Fe"):
        right = signed(Asked("GET", page + name, (), {}), "twiml")
        answers = [_status(guarded, right._replace(url=page + one)) for one in ("Größe", "Grüße")]
        assert answers in ([200, 403], [400, 400])


def _status(guarded: Guarded, asked: Asked) -> int:
    return asked_raw(guarded.port, asked.method, asked.url, asked.body, asked.headers).status


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_a_body_in_chunks_is_read_whole(guarded: Guarded, chunk: int) -> None:
    asked = signed(Asked("POST", f"{PREFIX}/plivo/line/start/gather", (("Digits", "1"), ("To", "a b")), {}), "plivo")
    got = asked_raw(guarded.port, asked.method, asked.url, asked.body, asked.headers, chunk)
    assert (got.status, got.body) == guarded.wanted(asked)
    assert b"One." in got.body


@pytest.mark.parametrize("chunk", [0, 5_000, MAX_BODY + 1])
def test_a_body_that_is_too_large_is_refused(guarded: Guarded, chunk: int) -> None:
    body = b"Digits=1&x=".ljust(MAX_BODY + 1, b"1")
    got = asked_raw(guarded.port, "POST", f"{PREFIX}/rcml/line/start/gather", body, chunk=chunk)
    assert (got.status, got.body) == (413, b"too large\n")


@pytest.mark.parametrize(
    ("framing", "sent"),
    [
        ({"Content-Length": "20"}, b"Digits=1"),
        ({"Transfer-Encoding": "chunked"}, b"8\r\nDigits=1\r\n"),
        ({"Transfer-Encoding": "chunked"}, b"8\r\nDigi"),
        ({"Transfer-Encoding": "chunked"}, b"zz\r\nDigits=1\r\n0\r\n\r\n"),
        ({"Transfer-Encoding": "gzip"}, b"Digits=1"),
        *(({"Content-Length": length}, b"Digits=1") for length in ("9" * 5000, "-1", "+8", "1e1", "8 8")),
    ],
)
def test_a_body_that_does_not_come_whole_is_no_empty_one(
    guarded: Guarded, framing: dict[str, str], sent: bytes
) -> None:
    """An error, or no answer at all; the host goes on, and its log has no traceback."""
    url = f"{PREFIX}/rcml/line/start/gather"
    got = exchanged(guarded.port, "POST", url, framing, sent, cut=True)
    assert got is None or got.status in (400, 413)
    assert _status(guarded, Asked("POST", url, (("Digits", "1"),), {})) == 200
    assert "Traceback" not in guarded.log.read_text("utf-8")


def test_a_repeated_header_is_one_list(guarded: Guarded) -> None:
    """As HTTP reads it, wherever the right signature is."""
    right = signed(Asked("GET", f"{PREFIX}/mine/line/start.xml", (), {}), "mine")
    ((name, signature),) = right.headers.items()
    for first, second, status in ((signature, "A", 200), ("A", signature, 200), ("A", "B", 403)):
        assert _status(guarded, right._replace(headers={name: f"{first}\r\n{name.lower()}: {second}"})) == status


def test_an_empty_token_is_none(guarded: Guarded) -> None:
    """A target whose own variable is empty answers no request; another token does not take the place of its own."""
    asked = Asked("GET", f"{PREFIX}/shut/line/start.xml", (), {})
    for one in (asked, signed(asked, "shut"), signed(asked, "shut", " ")):
        assert guarded.said(one) == (503, b"signatures cannot be verified\n")


def test_the_log_says_which_targets_are_verified(guarded: Guarded) -> None:
    """Each once: when the host starts, or with the first request."""
    guarded.said(Asked("GET", f"{PREFIX}/rcml/line/start.xml", (), {}))
    shut = "since they cannot be verified: FLOWC_AUTH_TOKEN_SHUT is set but empty"
    wanted = [
        "flowc: mine: requests are verified",
        "flowc: plivo: requests are verified",
        "flowc: rcml: requests are NOT verified: its carrier signs none",
        f"flowc: shut: requests are answered with 503, {shut}",
        "flowc: twiml: requests are verified",
    ]
    until = time.monotonic() + PATIENCE
    while len(said := _reported(guarded.log)) < len(wanted) and time.monotonic() < until:
        time.sleep(0.01)
    assert said == wanted


def _reported(log: Path) -> list[str]:
    return [line for line in log.read_text("utf-8").splitlines() if line.startswith("flowc: ")]


@pytest.mark.parametrize("algorithm", ["HMAC_SHA256", "HMAC_SHA1"])
def test_what_a_shared_key_signed_is_answered(guarded: Guarded, algorithm: str) -> None:
    assert [
        asked
        for secret in SHARED
        for asked in (by_key(asked, secret, algorithm, algorithm) for asked in requests("twiml"))
        if guarded.said(asked) != guarded.wanted(asked)
    ] == []


@pytest.mark.parametrize(
    ("secret", "algorithm", "said"),
    [
        (SHARED[0], "HMAC_SHA1", "HMAC_SHA256"),
        (SHARED[0], "HMAC_SHA256", "HMAC_SHA1"),
        (SHARED[0], "HMAC_SHA256", "HMAC_SHA512"),
        (SHARED[0], "HMAC_SHA256", ""),
        (SHARED[0], "HMAC_SHA1", ""),
        (SHARED[0], "HMAC_SHA1", "HMAC_SHA1,algorithm=HMAC_SHA256"),
        (SHARED[0], "HMAC_SHA1", None),
        (SHARED[0], "HMAC_SHA256", None),
        (SECRET, "HMAC_SHA1", "HMAC_SHA1"),
        (SECRET, "HMAC_SHA256", "HMAC_SHA256"),
        (SECRET, "HMAC_SHA256", None),
        (SECRET, "HMAC_SHA1", ""),
        (SECRET, "HMAC_SHA1", "NONE"),
        ("a", "HMAC_SHA256", "HMAC_SHA256"),
        ("", "HMAC_SHA256", "HMAC_SHA256"),
    ],
)
def test_no_other_key_or_algorithm_will_do(guarded: Guarded, secret: str, algorithm: str, said: str | None) -> None:
    for asked in list(requests("twiml"))[:4]:
        assert guarded.said(by_key(asked, secret, algorithm, said)) == (403, b"bad signature\n")


def by_key(asked: Asked, secret: str, algorithm: str, said: str | None) -> Asked:
    """The request as the carrier's SDK signs it; `said` is the algorithm that it claims to be signed by."""
    signature = RequestValidator(secret).compute_signature(ORIGIN + asked.url, dict(asked.form), algorithm)
    told = {} if said is None else {SIGNATURE_SETTINGS_HEADER: f"key=webhooks_sharedkey_1,algorithm={said}"}
    return asked._replace(headers={"X-Twilio-Signature": signature, **told})


def test_a_weaker_signature_is_none(guarded: Guarded) -> None:
    """A carrier that sends a strong and a weak one is not to be attacked by leaving the strong one out."""
    assert len(schemes("plivo")) > 1
    asked = next(requests("plivo"))
    assert guarded.said(signed(asked, "plivo", weakest=True)) == (403, b"bad signature\n")


def test_where_the_carrier_signs_nothing_all_is_answered(guarded: Guarded) -> None:
    assert not schemes("rcml")
    for asked in requests("rcml"):
        assert guarded.said(asked) == guarded.wanted(asked)


def test_the_host_that_is_asked_for_has_no_say(guarded: Guarded) -> None:
    """A Host header is whoever asks; what was signed is the URL below base_url."""
    asked = signed(next(requests("plivo")), "plivo")
    for host in ("evil.example.com", "ivr.example.com:8443"):
        assert guarded.said(asked._replace(headers={**asked.headers, "Host": host})) == guarded.wanted(asked)


class Situation(NamedTuple):
    """What the environment has, and what becomes of a signed and an unsigned request for a target then."""

    environ: dict[str, str]
    target: str
    statuses: tuple[int, int]
    line: str


_UNABLE = "requests are answered with 503, since they cannot be verified: "
_NEITHER = "neither {} nor FLOWC_AUTH_TOKEN is set"
_OWN = "FLOWC_AUTH_TOKEN_PLIVO"
_BARE = "FLOWC_AUTH_TOKEN_BARE"
SITUATIONS = (
    Situation({}, "plivo", (200, 200), f"requests are NOT verified: {_NEITHER.format(_OWN)}"),
    Situation({TOKEN: SECRET}, "plivo", (200, 403), "requests are verified"),
    Situation({_OWN: SECRET, TOKEN: "x"}, "plivo", (200, 403), "requests are verified"),
    Situation({TOKEN: ""}, "plivo", (503, 503), f"{_UNABLE}{TOKEN} is set but empty"),
    Situation({TOKEN: " \n"}, "plivo", (503, 503), f"{_UNABLE}{TOKEN} is set but empty"),
    Situation({_OWN: "", TOKEN: SECRET}, "plivo", (503, 503), f"{_UNABLE}{_OWN} is set but empty"),
    Situation({_OWN: SECRET, TOKEN: ""}, "plivo", (503, 503), f"{_UNABLE}{TOKEN} is set but empty"),
    Situation(
        {"FLOWC_AUTH_TOKEN_PLVIO": SECRET},
        *("plivo", (200, 200)),
        f"requests are NOT verified: {_NEITHER.format(_OWN)}",
    ),
    Situation({SHARED_KEY: ""}, "plivo", (200, 200), f"requests are NOT verified: {_NEITHER.format(_OWN)}"),
    Situation({SHARED_KEY: ""}, "twiml", (503, 503), f"{_UNABLE}{SHARED_KEY} is set but empty"),
    Situation({SHARED_KEY: "x"}, "twiml", (403, 403), "requests are verified"),
    Situation({}, "bare", (503, 503), f"{_UNABLE}{_NEITHER.format(_BARE)}"),
    Situation({_BARE: SECRET}, "bare", (200, 403), "requests are verified"),
    Situation({_BARE: ""}, "bare", (503, 503), f"{_UNABLE}{_BARE} is set but empty"),
)


def situated(root: Path) -> Served:
    """A bundle of two flows, of which one requires signatures, with the handler for hosts of edge functions."""
    first = {**FLOW, "targets": ["plivo", "twiml", "bare"]}
    second = {**FLOW, "name": "safe", "targets": ["bare"], "signatures": "required"}
    for flow in (first, second):
        (root / f"{flow['name']}.flow.yaml").write_text(json.dumps(flow), "utf-8")
    made = build_bundle(find_flows([root]), TARGETS, Options(host="edge"))
    assert made.files is not None
    assert made.manifest is not None
    bundle.write(made.files, root / "dist")
    return served(made.manifest, made.files)


@pytest.mark.foreign
def test_what_becomes_of_requests_in_every_situation(tmp_path: Path) -> None:
    """The applications in Python and the handler of edge functions do and say the same."""
    made = situated(tmp_path)
    requests = []
    for environ, target, _, _ in SITUATIONS:
        url = f"{PREFIX}/{target}/line/start.xml"
        right = signed(Asked("GET", url, (), {}), target, SECRET)
        requests += [(environ, url, right.headers), (environ, url, {})]
    folder = tmp_path / "dist/host/edge"
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    rows = [{"env": environ, "url": ORIGIN + url, "headers": headers} for environ, url, headers in requests]
    command = [node(), str(HERE / "runners/handler.mjs"), str(folder)]
    ran = subprocess.run(command, input=json.dumps(rows), capture_output=True, text=True, check=True)
    by_edge = [(status, *log) for status, log in json.loads(ran.stdout)]
    by_python = []
    for environ, url, headers in requests:
        guard = guard_of(made.manifest, environ)
        small = {name.lower(): value for name, value in headers.items()}
        by_python.append((reply(made, Request("GET", url), small, guard).status, *guard.lines))
    wanted = [(status, situation) for situation in SITUATIONS for status in situation.statuses]
    assert [status for status, *_ in by_python] == [status for status, _ in wanted]
    for (_, *lines), (_, situation) in zip(by_python, wanted, strict=True):
        assert f"{situation.target}: {situation.line}" in lines
    assert by_edge == [(status, *(f"flowc: {line}" for line in lines)) for status, *lines in by_python]


def test_required_signatures_need_no_guard(tmp_path: Path) -> None:
    """An application that was given no guard at all answers nothing either."""
    made = situated(tmp_path)
    statuses = {
        (flow.target, flow.flow): reply(made, Request("GET", urlsplit(flow.answer_url).path), {}).status
        for flow in made.manifest.flows
    }
    assert statuses == {("plivo", "line"): 200, ("twiml", "line"): 200, ("bare", "line"): 503, ("bare", "safe"): 503}
