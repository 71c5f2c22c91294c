"""Every host that flowc writes a configuration for serves bundles, and answers what their manifests promise.

The servers run on loopback (tests/hosts/servers.py). What they are found to do is in docs/hosts.json, which
`pytest tests/hosts/test_hosts.py -m "" --regenerate` writes anew; the table in docs/hosts.md is made of it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import parse_qsl, unquote_plus
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st

from flowc import bundle
from flowc.bundle.manifest import MANIFEST, Manifest, RouteEntry
from flowc.bundle.routing import Request, answer
from flowc.cli import commands
from flowc.diagnostics.codes import Severity
from flowc.diagnostics.wording import folded
from flowc.driver.host_files import configure_host
from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.emit.author_text import AuthorText, as_json, encoded, pattern, word
from flowc.profiles.hosts import Host, host_profiles
from flowc.profiles.targets import find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.serve.probe import ProbeResult, probe
from tests.conftest import PATIENCE, ROOT
from tests.golden.test_golden import EXAMPLES
from tests.hosts.raw_answers import differences
from tests.hosts.raw_requests import raw_requests
from tests.hosts.servers import SERVERS, folder, free_port, program, rows, serving
from tests.samples.built_flows import compiled, targets

RESULTS = ROOT / "docs" / "hosts.json"
HOSTS = host_profiles(targets())
#: Flows and their steps, where a thousand routes are too many: a limit, or a file that is read with every request.
SMALLER = {"netlify": (2, 50), "cloudfront": (1, 7), "apache-htaccess": (2, 50)}
#: Servers whose host has little room, and how many numbers of a block list it takes.
ROOM = {"cloudfront": 50}
#: Servers that read their whole configuration with every request, and the most routes of an example for them.
REREAD = ("apache-htaccess", "netlify")
MOST_REREAD = 30
#: A server is asked about one example of so many, each server about others; `make proofs` asks about all.
SHARES = 4
#: Targets whose routes differ from those of another target only in its name: servers are not asked about these.
ALIKE = {"texml", "cxml"}
ASKED = tuple(name for name in targets().folders if name not in ALIKE)
#: A path of base_url with what a configuration might trip over.
PREFIX = "/ivr-1.0/our_calls~/"
BASE_URL = f"https://ivr.example.com{PREFIX.rstrip('/')}"
#: Values that mean something in some configuration. A switch of a flow has numbers and addresses alone; a manifest may
#: hold any text, which never becomes configuration.
ODD = (
    *("+12025550143", "sip:alice@example.com", "Front Desk", "a+b", "100%", "%41", "a&b", "a=b", "a?b#c", "a;b", "a|b"),
    *(
        'say "hi"',
        "it's",
        "back\\slash",
        "{$HOME}",
        "${HOME}",
        "$uri",
        "{path}",
        "`id`",
        "~^.*$",
        "default",
        "<x>",
        "#",
    ),
    *(
        "Zürich",
        "日本",
        ":any",
        "*",
        "*/",
        "</script>",
        "a,b",
        "[a-z]",
        "(",
        "-f",
        "no-answer",
        "e",
        "empty",
        "other",
        "1",
    ),
)


#: Prefixes of numbers, in no order, and numbers that begin with them; some lead where all others do.
PREFIXES = {
    "+49*": "step-0",
    "+4930123456": "step-1",
    "+493012*": "bye",
    "+4930*": "step-1",
    "+4930999*": "step-0",
    "+4930129876": "bye",
    "+7*": "step-1",
    "+1*": "bye",
}


def by_prefix(number: int) -> dict[str, Any]:
    """A switch with prefixes; flows differ in which of them they have, and in what all others lead to."""
    names = list(PREFIXES)
    kept = [name for index, name in enumerate(names) if number == 0 or (number + index) % 3]
    return {"on": "to", "then": {**{name: PREFIXES[name] for name in kept}, "else": ("bye", "step-0")[number % 2]}}


def generated(
    flows: int, steps: int, values: tuple[str, ...], prefixes: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Flows of menus and dials, two routes a step, and a switch by such values; sounds that are asked for by POST."""
    for number in range(flows):
        name = f"line-{number}"
        body: dict[str, Any] = {
            "start": [{"switch": {"on": "from", "then": {**_stood_in(values), "else": "bye"}}}],
            "bye": [{"say": f"Goodbye from {name}."}, "hangup"],
        }
        if prefixes:
            body["start"][0]["switch"]["then"]["else"] = "country"
            body["country"] = [{"switch": by_prefix(number)}]
        for step in range(steps):
            onward = f"step-{(step + 1) % steps}"
            keys = {"1": f"call-{step}", "2": onward, "*": "bye", "#": "start", "no-input": "bye", "no-match": onward}
            dial: dict[str, Any] = {
                "to": "+12025550143",
                "then": {"completed": "bye", "busy": onward, "no-answer": "start"},
            }
            dial["then"]["else"] = "bye"
            body[f"step-{step}"] = [{"gather": {"digits": 1, "prompt": [{"say": f"{name} {step}"}], "then": keys}}]
            body[f"call-{step}"] = [{"say": f"Calling {step}."}, {"dial": dial}]
        yield name, {"flowc": 1, "name": name, "targets": ["plivo"], "entry": "start", "steps": body}


def _stood_in(values: tuple[str, ...]) -> dict[str, str]:
    """Cases of a switch: a hidden caller, and a number in place of each value, which `put_in` puts in."""
    return {"anonymous": "bye", **dict.fromkeys(map(_number, range(len(values))), "step-0")} if values else {}


def _number(index: int) -> str:
    return f"+12025551{index:03d}"


def put_in(made: Bundle, values: tuple[str, ...]) -> Bundle:
    """The bundle with these values in place of the numbers that stand for them; every other flow compares exactly."""
    assert made.manifest is not None
    assert made.files is not None
    assert made.checked.wanted is not None
    wanted = {_number(index): value for index, value in enumerate(values)}

    def route(entry: RouteEntry) -> RouteEntry:
        if entry.kind != "switch":
            return entry
        stand_ins = {number.removeprefix("+") for number in wanted}
        cases = [
            case._replace(value=wanted.get(case.value, case.value))
            for case in entry.cases
            if case.value not in stand_ins
        ]
        return entry._replace(cases=tuple(cases), ignore_case=int(entry.flow.removeprefix("line-")) % 2 == 0)

    routes = tuple(map(route, made.manifest.routes))
    own = {path: data for path, data in made.files.items() if not path.startswith("host/")}
    manifest = replace(made.manifest, routes=routes, others=())
    manifest, configuration = configure_host(manifest, own, made.checked.wanted)
    return made._replace(files={**own, **configuration, MANIFEST: manifest.to_json()}, manifest=manifest)


def announcements(flows: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Flows that lead every caller the same way."""
    for number in range(flows):
        name = f"line-{number}"
        steps = {"start": [{"say": f"This is {name}."}, {"dial": {"to": "+12025550143", "then": "bye"}}]}
        steps["bye"] = [{"say": "Goodbye."}, "hangup"]
        yield name, {"flowc": 1, "name": name, "targets": ["plivo"], "entry": "start", "steps": steps}


def build(host: Host, source: Path, flows: Iterator[tuple[str, dict[str, Any]]], place: Path | None = None) -> Bundle:
    """A bundle of generated flows, for a host where it lies at `place`."""
    (source / "flows").mkdir()
    for name, data in flows:
        (source / "flows" / f"{name}.flow.yaml").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    return compiled(source / "flows", Options(base_url=BASE_URL, host=host.name, root=str(place or source / "srv")))


@contextmanager
def served(name: str, made: Bundle, root: Path) -> Iterator[str]:
    """The URL of a bundle that a server serves."""
    assert made.files is not None, made.diagnostics
    bundle.write(made.files, root / "srv")
    with serving(SERVERS[name], root / "srv", PREFIX) as url:
        yield url


def asked(name: str, made: Bundle, url: str) -> ProbeResult:
    """What a server is found to answer."""
    host = HOSTS[SERVERS[name].host]
    assert made.manifest is not None
    return probe(made.manifest, url, methods=host.routes, leniencies=host.leniencies, timeout=PATIENCE)


def shown(result: ProbeResult) -> list[str]:
    return [str(fault) for fault in result.faults[:20]]


@pytest.mark.parametrize("share", [SHARES, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("name", rows())
def test_the_examples(name: str, share: int) -> None:
    """What a host serves of the examples it serves right; what it cannot, and nothing else, is refused."""
    host = HOSTS[SERVERS[name].host]
    fitting = []
    for example in EXAMPLES[list(SERVERS).index(name) % share :: share]:
        made = compiled(example, Options(ASKED, base_url=BASE_URL, host=host.name))
        assert {diagnostic.code[:3] for diagnostic in made.diagnostics} <= {"FC5"}
        if made.manifest is not None and (name not in REREAD or _is_small(made.manifest)):
            fitting.append(example)
    assert fitting or not host.routes
    # In one bundle, but where the host has no room for one.
    together = [fitting] if len(fitting) > 1 and name not in ROOM else [[example] for example in fitting]
    for examples in together:
        with folder() as root:
            options = Options(ASKED, base_url=BASE_URL, host=host.name, root=str(root / "srv"))
            made = build_bundle(find_flows(examples), targets(), options)
            with served(name, made, root) as url:
                assert shown(asked(name, made, url)) == []


def _is_small(manifest: Manifest) -> bool:
    """Whether an example has few routes, and no calendar; test_hours_scripts.py asks about these."""
    return len(manifest.routes) <= MOST_REREAD and not manifest.hours


@pytest.mark.parametrize("name", rows(name for name, server in SERVERS.items() if HOSTS[server.host].routes))
def test_what_an_interrupted_build_leaves_is_not_served(name: str) -> None:
    host = HOSTS[SERVERS[name].host]
    left = ("commit", "plan", "lock", "stage/0")
    with folder() as root:
        made = build(host, root, generated(1, 2, ()))
        assert made.files is not None
        bundle.write(made.files, root / "srv")
        journal = root / "srv" / ".flowc"
        (journal / "stage").mkdir(parents=True)
        for path in left[1:]:
            (journal / path).write_text("<Response/>", "utf-8")
        with serving(SERVERS[name], root / "srv", PREFIX) as url:
            # Last of all, as a build does: what reads the bundle when it starts would take it for damage.
            journal.mkdir(exist_ok=True)
            (journal / left[0]).write_text("<Response/>", "utf-8")
            answers = {path: _status(f"{url}/.flowc/{path}") for path in left}
            assert _status(f"{url}/plivo/line-0/start.xml") == 200
    assert answers == dict.fromkeys(left, 404)


def _status(url: str) -> int:
    try:
        with urlopen(url, timeout=PATIENCE) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize("name", rows())
def test_raw_requests(name: str, regenerate: bool) -> None:
    """Requests that no library would send are answered as the manifest says, or refused, but for what is declared."""
    with folder() as root:
        made = with_odd_values(name, root, 1, 3)
        with served(name, made, root) as url:
            found = asked_all(name, made, url, few=True)
    recorded(name, {"host": SERVERS[name].host, "raw": found.raw, "lenient": found.lenient}, regenerate)


@pytest.mark.proof
@pytest.mark.parametrize("name", rows())
def test_a_thousand_routes(name: str, regenerate: bool) -> None:
    """A large bundle, with all values that the host compares; a smaller one where the host takes no large one."""
    flows, steps = SMALLER.get(name, (10, 50))
    with folder() as root:
        made = with_odd_values(name, root, flows, steps)
        assert made.manifest is not None
        routes = len(made.manifest.routes)
        host = HOSTS[SERVERS[name].host]
        assert routes == (flows * (2 * steps + 1 + host.prefixes) if host.routes else 0)
        with served(name, made, root) as url:
            found = asked_all(name, made, url, few=False)
    recorded(name, {"routes": routes, "requests": found.asked}, regenerate)


class Found(NamedTuple):
    """How often a server was asked by the probe, how many raw requests it got, and the variants it is lenient with."""

    asked: int
    raw: int
    lenient: list[str]


def asked_all(name: str, made: Bundle, url: str, few: bool) -> Found:
    """Ask a server everything; what is wrong and not declared fails."""
    host = HOSTS[SERVERS[name].host]
    assert made.manifest is not None
    raw = list(raw_requests(made.manifest, url, host.routes, few=few))
    assert len(raw) > 1_500
    found = list(differences(made.manifest, url, raw))
    assert [one for one in found if one.variant not in host.leniencies][:5] == []
    result = asked(name, made, url)
    assert shown(result) == []
    lenient = {*(one.variant for one in found), *(fault.variant for fault in result.lenient)}
    return Found(result.asked, len(raw), sorted(lenient))


def with_odd_values(name: str, root: Path, flows: int, steps: int) -> Bundle:
    """A bundle for a server, with all values that its host compares."""
    host = HOSTS[SERVERS[name].host]
    values = tuple(value for value in ODD if host.values is None or host.values.pattern.fullmatch(value))
    flow = generated(flows, steps, values, host.prefixes) if host.routes else announcements(flows)
    made = build(host, root, flow)
    assert made.manifest is not None, made.diagnostics[:3]
    return put_in(made, values)


def recorded(name: str, found: dict[str, Any], regenerate: bool) -> None:
    """Compare what was found of a server with what docs/hosts.json says, or write it there."""
    results = json.loads(RESULTS.read_text("utf-8"))
    if regenerate:
        rows = {**results, name: {**results.get(name, {}), **found}}
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(rows[key], sort_keys=True)}" for key in sorted(rows))
        RESULTS.write_text(f"{{\n{lines}\n}}\n", "utf-8")
    known = json.loads(RESULTS.read_text("utf-8"))[name]
    assert {key: known.get(key) for key in found} == found


@pytest.mark.parametrize("name", HOSTS)
def test_what_is_declared_is_found(name: str) -> None:
    """A profile declares what some server of its host was found to do, and nothing else."""
    results = json.loads(RESULTS.read_text("utf-8"))
    assert set(results) == set(SERVERS)
    found = {variant for row in results.values() if row["host"] == name for variant in row["lenient"]}
    assert found == set(HOSTS[name].leniencies)


def blocking(numbers: int, letters: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """A flow that leads so many numbers, and an address of so many letters, to one step."""
    values = [*(f"+1202555{number:04}" for number in range(2_000, 2_000 + numbers)), f"sip:{'j' * letters}@example.com"]
    cases = {**dict.fromkeys(values, "blocked"), "else": "other"}
    steps = {"start": [{"switch": {"on": "from", "then": cases}}], "blocked": [{"say": "No."}, "hangup"]}
    steps["other"] = [{"say": "Yes."}, "hangup"]
    yield "line", {"flowc": 1, "name": "line", "targets": ["plivo"], "entry": "start", "steps": steps}


@pytest.mark.parametrize("name", rows(name for name, server in SERVERS.items() if HOSTS[server.host].routes))
def test_a_host_at_its_limits(name: str) -> None:
    """With a long block list, and the longest value that the build lets through, the real server starts and decides."""
    host = HOSTS[SERVERS[name].host]
    numbers = ROOM.get(name, 2_000)
    # Lines and words are as long with one number.
    fewer = numbers if host.limits.configuration else 1

    def made(letters: int, root: Path, numbers: int = fewer) -> Bundle:
        with TemporaryDirectory(dir=root) as inside:
            return build(host, Path(inside), blocking(numbers, letters), root / "srv")

    with folder() as root:
        fits, over = 10, 900
        if made(over, root).files is not None:
            fits = over
        while over - fits > 1:
            middle = (fits + over) // 2
            fits, over = (middle, over) if made(middle, root).files is not None else (fits, middle)
        if over < 900:
            refused = made(over, root).checked.diagnostics  # which lint reports too
            assert [one.code for one in refused] == ["FC505"]
            assert re.match(
                rf"{host.name} (reads (line|word)s of|takes a configuration of) at most", refused[0].message
            )
        with served(name, made(fits, root, numbers), root) as url:
            last = f"%2B1202555{1_999 + numbers}"
            values = ("%2B12025552000", last, f"sip%3A{'j' * fits}%40example.com", "", "%2B1")
            heard = [_heard(f"{url}/plivo/line/start.xml?From={value}") for value in values]
            no, yes = (_heard(f"{url}/plivo/line/{step}.xml") for step in ("blocked", "other"))
    assert b"No." in no
    assert heard == [no, no, no, yes, yes]


def _heard(url: str) -> bytes:
    with urlopen(url, timeout=PATIENCE) as answer:
        data: bytes = answer.read()
        return data


# What an author writes never becomes configuration

SAFE = re.compile(r"[A-Za-z0-9%()?:|\\\[\]._*@+-]*")
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
ways = st.lists(st.sampled_from(["raw", "plus", "upper", "lower"]), min_size=48, max_size=48)


@given(texts, ways)
def test_a_pattern_takes_every_way_a_value_is_sent(value: str, ways: list[str]) -> None:
    sent = "".join(map(_sent, value.encode(), ways))
    assume(dict(parse_qsl(f"x={sent}")).get("x") == value)
    assert SAFE.fullmatch(pattern(AuthorText(value)))
    assert re.fullmatch(pattern(AuthorText(value)), sent)


def _sent(byte: int, way: str) -> str:
    sign = chr(byte)
    if way == "plus" and sign == " ":
        return "+"
    if way == "raw" and sign.isascii() and sign not in " +&%":
        return sign
    return f"%{byte:02X}" if way == "upper" else f"%{byte:02x}"


@given(texts, ways, st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_pattern_that_ignores_case_takes_every_spelling(value: str, ways: list[str], large: list[bool]) -> None:
    spelled = "".join(_spelled(sign, capital) for sign, capital in zip(value, large, strict=False))
    sent = "".join(map(_sent, spelled.encode(), ways))
    assume(dict(parse_qsl(f"x={sent}")).get("x") == spelled)
    assert SAFE.fullmatch(pattern(AuthorText(value, ignore_case=True)))
    assert re.fullmatch(pattern(AuthorText(value, ignore_case=True)), sent)


def _spelled(sign: str, capital: bool) -> str:
    return sign if not sign.isascii() else sign.upper() if capital else sign.lower()


@given(texts, st.text("aA1 +*#%:&=\"'", max_size=6))
def test_a_pattern_takes_nothing_else(value: str, sent: str) -> None:
    if re.fullmatch(pattern(AuthorText(value, ignore_case=True)), sent):
        assert folded(unquote_plus(sent)) == folded(value)
    if re.fullmatch(pattern(AuthorText(value)), sent):
        assert unquote_plus(sent) == value


@given(texts)
def test_other_filters_are_harmless(value: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9%._~-]*", encoded(AuthorText(value)))
    assert json.loads(as_json({"a": [AuthorText(value)]})) == {"a": [value]}
    assert re.fullmatch(r"[ -;=-~]*", as_json(AuthorText(value)))
    if re.fullmatch(r"[!-~]+", value):
        assert word(AuthorText(value)) == value
    else:
        with pytest.raises(ValueError, match="not a single word"):
            word(AuthorText(value))


def own_host(folder: Path, template: str) -> Path:
    """A templates folder with a host of one's own."""
    host = folder / "templates" / "hosts" / "mine"
    host.mkdir(parents=True)
    table = {
        "name": "mine",
        "title": "Mine",
        "documents": ["GET"],
        "routes": ["GET"],
        "signatures": False,
        "install": ["Go."],
    }
    (host / "host.yaml").write_text(json.dumps(table), "utf-8")
    (host / "own.conf.j2").write_text(template, "utf-8")
    return folder / "templates"


def mine(tmp_path: Path) -> Bundle:
    (_, flow), *_ = generated(1, 2, ())
    flow["steps"]["start"][0]["switch"]["then"]["sip:a/b@example.com"] = "step-0"
    source = tmp_path / "line.flow.yaml"
    source.write_text(json.dumps(flow), "utf-8")
    options = Options(base_url=BASE_URL, host="mine")
    return build_bundle(find_flows([source]), find_targets(tmp_path / "templates"), options)


def test_a_host_is_a_folder(tmp_path: Path) -> None:
    own_host(tmp_path, "{{ prefix }} {% for value in values %}{{ value.words|encoded }};{% endfor %}\n")
    made = mine(tmp_path)
    assert made.files is not None
    values = "%23;%2A;1;busy;no-answer;sip%3Aa%2Fb%40example.com;"
    assert made.files["host/mine/own.conf"] == f"{PREFIX} {values}".encode()
    assert made.manifest is not None
    assert [entry.path for entry in made.manifest.others] == ["host/mine/own.conf"]


def test_what_is_no_template_is_copied(tmp_path: Path) -> None:
    own = own_host(tmp_path, "{{ prefix }}") / "hosts" / "mine"
    script = b"const braces = `{{ prefix }}`;\r\n\xff"
    (own / "lib").mkdir()
    (own / "lib" / "handler.js").write_bytes(script)
    made = mine(tmp_path)
    assert made.files is not None
    assert {path: data for path, data in made.files.items() if path.startswith("host/")} == {
        "host/mine/lib/handler.js": script,
        "host/mine/own.conf": PREFIX.encode(),
    }


@pytest.mark.parametrize("template", ["{{ values[0].words }}", "{{ values[0].words._text }}", "{{ nothing }}"])
def test_a_template_cannot_print_what_an_author_wrote(template: str, tmp_path: Path) -> None:
    own_host(tmp_path, template)
    made = mine(tmp_path)
    errors = [diagnostic.code for diagnostic in made.diagnostics if diagnostic.severity is Severity.ERROR]
    assert (errors, made.files) == (["FC901"], None)


# What the probe notices


class Liar(ThreadingHTTPServer):
    """A host that keeps to the manifest but for what a test makes it get wrong."""

    def __init__(self, made: Bundle, wrong: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.made, self.wrong = made, wrong


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Liar

    def do_GET(self) -> None:
        made, wrong = self.server.made, self.server.wrong
        assert made.manifest is not None
        assert made.files is not None
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        target = self.path.replace("+", "%2B") if wrong == "plus" else self.path
        if wrong == "case":
            target = re.sub("DialStatus=([A-Z]+)", lambda match: match[0].replace(match[1], match[1].lower()), target)
        found = answer(made.manifest, Request(self.command, target.removeprefix("/deep"), body))
        data = made.files[found.document.path] if found.document else b""
        status = found.status
        if wrong == "anything" and status == 404:
            status, data = 200, made.files[made.manifest.documents[0].path]
        if wrong == "files" and (file := target.removeprefix(PREFIX)) in made.files:
            status, data = 200, made.files[file]
        if wrong == "bytes":
            data = data.replace(b"Goodbye", b"goodbye")
        if wrong == "line ends":
            data = data.replace(b"\n", b"\r\n")
        if wrong == "gone" and b"=%23&L" in self.path.encode():
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "text/html" if wrong == "type" else "application/xml; charset=utf-8")
        if wrong != "cacheable":
            self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_HEAD = do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def lying(made: Bundle, wrong: str) -> Iterator[str]:
    with Liar(made, wrong) as server:
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        finally:
            server.shutdown()
            running.join()


NOTICED = {
    "": {},
    "bytes": {"document": "something else"},
    "line ends": {"document": "with other line ends: CRLF"},
    "type": {"type": "has the type text/html where application/xml; charset=utf-8 belongs"},
    "cacheable": {"cacheable": "Cache-Control is missing where no-store belongs"},
    "anything": {"nothing": "answers 200 and a document where nothing is", "traversal": "where nothing is"},
    "case": {"other-case": "plivo/line-0/step-1.xml where plivo/line-0/bye.xml belongs"},
    "gone": {"case": "no answer"},
    "files": {"private": "answers 200 where nothing is"},
}


@pytest.mark.parametrize("wrong", NOTICED)
def test_the_probe_notices(wrong: str, tmp_path: Path) -> None:
    made = build(HOSTS["nginx"], tmp_path, generated(1, 2, ("Front Desk",)))
    assert made.manifest is not None
    with lying(made, wrong) as url:
        found = probe(made.manifest, url, timeout=PATIENCE)
    for variant, message in NOTICED[wrong].items():
        assert [fault for fault in found.faults if fault.variant == variant and message in fault.message]
    assert bool(found.faults) is bool(NOTICED[wrong])


def test_the_command_probes(tmp_path: Path) -> None:
    made = build(HOSTS["nginx"], tmp_path, generated(1, 2, ("Front Desk",)))
    assert made.files is not None
    (tmp_path / MANIFEST).write_bytes(made.files[MANIFEST])

    def run(*arguments: str) -> tuple[int, str]:
        command = ["probe", *arguments, "--manifest", str(tmp_path / MANIFEST), "--rate", "0"]
        result = CliRunner().invoke(commands, command, catch_exceptions=False)
        return result.exit_code, result.output

    with lying(made, "") as url:
        status, printed = run(url)
        assert (status, re.sub(r"[0-9]+", "N", printed)) == (0, "N requests, N wrong, N tolerated\n")
    with lying(made, "cacheable") as url:
        status, printed = run(url)
        assert (status, printed.splitlines()[40][:4]) == (1, "and ")
        status, printed = run(url, "--host", "cloudfront")
        assert status == 0
        assert re.fullmatch(
            r"tolerated \(cacheable, \d+ requests\): the .*\n\d+ requests, 0 wrong, \d+ tolerated\n", printed
        )
    assert run(url)[0] == 2
    assert run("ftp://calls.example.com")[0] == 2


# An example, from its flow to a probed server

_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.foreign
@pytest.mark.parametrize("example", ["voicemail", "dental-practice"])
def test_the_commands_of_an_example(example: str) -> None:
    readme = (ROOT / "examples" / example / "README.md").read_text("utf-8")
    (commands,) = (block for block in _COMMANDS.findall(readme) if "nginx" in block)
    places = (str(Path(sys.executable).parent), os.environ["PATH"], str(Path(program("nginx")).parent))
    with folder() as here:
        (here / "examples").symlink_to(ROOT / "examples")
        done = subprocess.run(
            ["bash", "-eu", "-c", commands],
            cwd=here,
            env={**os.environ, "PATH": ":".join(places), "PORT": str(free_port())},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d{4} requests, 0 wrong, \d+ tolerated$", done.stdout, re.MULTILINE)
