"""What a bundle answers, request by request: the table in routing.yaml, and the bundle that it asks."""

from __future__ import annotations

import hashlib
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from flowc.bundle.manifest import CaseEntry, DocumentEntry, Manifest, RouteEntry, SourceLocation
from flowc.serve import Served
from tests.conftest import PATIENCE

FOLDER = "plivo/clinic"
ROUTE = f"{FOLDER}/menu/gather"
CALLER_ROUTE = f"{FOLDER}/menu/switch"
NAMES = ("one", "twelve", "star", "hash", "plus", "space", "yes", "umlaut", "amp", "silence", "wrong")
CASES = {
    "1": "one",
    "12": "twelve",
    "*": "star",
    "#": "hash",
    "+12025550166": "plus",
    "a b": "space",
    "Yes": "yes",
    "ä": "umlaut",
    "1&2": "amp",
}
#: The cases of a route that reads From and ignores case.
CALLERS = {"anonymous": "one", "sip:Alice@Example.com": "twelve", "Ärger": "umlaut", "+12025550166": "plus"}
#: Its prefixes.
BEGINNINGS = {"+49": "star", "+4930": "hash", "+493012": "space", "+1202555": "amp"}
#: Where the bundle is hosted, and what stands before a path in a request that has no host.
BASES = {
    "https://calls.example.com": "",
    "http://calls.example.com:8080": "",
    "https://calls.example.com/a/b": "/a/b",
    "https://calls.example.com/a%20b/%C3%A4": "/a%20b/%C3%A4",
    "https://calls.example.com/a~b": "/a%7Eb",
    "https://calls.example.com//b": "//b",
}


def document(path: str) -> bytes:
    """What a document of the bundle holds: its own path."""
    return f"<Response><Speak>{path}</Speak></Response>\n".encode()


@cache
def manifest(base: str) -> Manifest:
    """The bundle's manifest, hosted at `base`."""
    source = SourceLocation("clinic.flow.yaml", 1)
    paths = [*(f"{FOLDER}/{name}.xml" for name in NAMES), f"{FOLDER}/_/0123456789ab.xml"]
    xml = "application/xml; charset=utf-8"
    documents = tuple(
        DocumentEntry(
            path, f"{base}/{path}", ("GET",), xml, hashlib.sha256(document(path)).hexdigest(), len(document(path)),
            "plivo", "clinic", "", "step", source,
        )
        for path in paths
    )  # fmt: skip
    cases = tuple(CaseEntry(value, f"{FOLDER}/{name}.xml") for value, name in CASES.items())
    silence, wrong = f"{FOLDER}/silence.xml", f"{FOLDER}/wrong.xml"
    keys = RouteEntry(
        path=ROUTE,
        url=f"{base}/{ROUTE}",
        method="GET",
        kind="gather",
        parameter="Digits",
        cases=cases,
        empty=silence,
        default=wrong,
        ignore_case=False,
        target="plivo",
        flow="clinic",
        step="menu",
        source=source,
    )
    callers = keys._replace(
        path=CALLER_ROUTE,
        url=f"{base}/{CALLER_ROUTE}",
        kind="switch",
        parameter="From",
        cases=(
            *(CaseEntry(value, f"{FOLDER}/{name}.xml", prefix=True) for value, name in BEGINNINGS.items()),
            *(CaseEntry(value, f"{FOLDER}/{name}.xml") for value, name in CALLERS.items()),
        ),
        ignore_case=True,
    )
    return Manifest(base, (), documents, (keys, callers), ())


def bundle(base: str) -> Served:
    """The bundle itself."""
    return Served(manifest(base), {entry.path: document(entry.path) for entry in manifest(base).documents})


def rows(method: str) -> list[Any]:
    """The table's rows for a method, as parameters of a test."""
    table: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("routing.yaml").read_text("utf-8"))
    return [pytest.param(row, id=row["id"]) for row in table[method]]


def name_of(path: str) -> str:
    """The name by which the table means a document."""
    name = path.rpartition("/")[2].removesuffix(".xml")
    return "hoisted" if name == "0123456789ab" else name


class Got(NamedTuple):
    """An answer as it came over the wire; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def asked(
    port: int, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None, chunk: int = 0
) -> Got:
    """What a server on this machine answers. The request is written as it is: no client mends its path.

    The body comes in chunks of so many bytes, or (0) as a whole with its length.
    """
    framing = {"Transfer-Encoding": "chunked"} if chunk else {"Content-Length": str(len(body))}
    if chunk:
        parts = [body[start : start + chunk] for start in range(0, len(body), chunk)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))
    got = exchanged(port, method, target, {**framing, **(headers or {})}, body)
    assert got is not None
    return got


def exchanged(
    port: int, method: str, target: str, headers: dict[str, str], sent: bytes, cut: bool = False
) -> Got | None:
    """What a server answers to these bytes of a body (`cut`: none will follow); None if it hangs up."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    lines = {"Host": "calls.example.com", "Connection": "close", **kind, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + sent)
        data = b""
        with suppress(ConnectionError):
            if cut:
                connection.shutdown(socket.SHUT_WR)
            for part in iter(lambda: connection.recv(65536), b""):
                data += part
    if not data:
        return None
    top, _, content = data.partition(b"\r\n\r\n")
    first, *rest = top.decode("latin-1").split("\r\n")
    named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Got(int(first.split()[1]), named, _joined(content) if "transfer-encoding" in named else content)


def _joined(content: bytes) -> bytes:
    """A body that came in chunks."""
    whole = b""
    while content:
        size, _, content = content.partition(b"\r\n")
        count = int(size, 16)
        whole, content = whole + content[:count], content[count + 2 :]
    return whole


def can_be_sent(url: str) -> bool:
    """Whether a URL of the table may stand in a request: the others no client can send."""
    return url.startswith("/") and not any(character <= " " or character == "#" for character in url)


def target(base: str, url: str) -> str:
    """A URL of the table, put in what the base is, as a client writes it in the first line of a request."""
    path = urlsplit(base).path
    return url.format(base=path, route=f"{path}/{ROUTE}", callers=f"{path}/{CALLER_ROUTE}")
