"""What a route answers, request by request (routing.yaml), and that no request makes it fail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowc.bundle.routing import Answer, Request, answer
from tests.hosts.routing_bundle import BASES, CALLER_ROUTE, FOLDER, ROUTE, manifest, name_of, rows
from tests.samples.built_flows import SAMPLED, build


def said(base: str, method: str, url: str, body: bytes = b"") -> str | int:
    """The name of the document that answers, or the status where none does."""
    found = answer(manifest(base), Request(method, url, body))
    assert (found.status == 200) is (found.document is not None)
    if found.document is None:
        return found.status
    return name_of(found.document.path)


def full(url: str, base: str) -> str:
    """A URL of the table."""
    routes = url.replace("{route}", f"{{base}}/{ROUTE}").replace("{callers}", f"{{base}}/{CALLER_ROUTE}")
    return routes.replace("{base}", base)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("row", rows("get"))
def test_get(row: dict[str, Any], base: str) -> None:
    for start in (base, BASES[base]):
        url = full(row["url"], start)
        for method in ("GET", "HEAD"):
            assert said(base, method, url) == row["answer"], (method, url)
            assert said(base, method, url, b"Digits=12&From=anonymous") == row["answer"], "a body is not read"


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("row", rows("post"))
def test_post(row: dict[str, Any], base: str) -> None:
    for start in (base, BASES[base]):
        url = full(row["url"], start)
        assert said(base, "POST", url, row["body"].encode()) == row["answer"], url


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "get", "Post", "", "GET "])
def test_other_methods(method: str) -> None:
    base = "https://calls.example.com"
    assert said(base, method, f"/{ROUTE}?Digits=1", b"Digits=1") == 405
    assert said(base, method, f"/{FOLDER}/one.xml") == 405
    assert said(base, method, f"/{FOLDER}/three.xml") == 404


@pytest.mark.parametrize("start", ["", "/a", "/A/b", "/a/bc", "/a/b/a/b", "/x/a/b", "//a/b", "a/b"])
def test_other_prefixes(start: str) -> None:
    assert said("https://calls.example.com/a/b", "GET", f"{start}/{FOLDER}/one.xml") == 404


def test_the_host_is_not_looked_at() -> None:
    base = "https://calls.example.com/a"
    for host in ("http://127.0.0.1:8000", "https://user:secret@[::1]:1", "http://", "https://ä"):
        assert said(base, "GET", f"{host}/a/{ROUTE}?Digits=12") == "twelve"


def test_values_of_any_length() -> None:
    base = "https://calls.example.com"
    long = "1" * 1_000_000
    assert said(base, "GET", f"/{ROUTE}?Digits={long}") == "wrong"
    assert said(base, "POST", f"/{ROUTE}", f"Digits={long}".encode()) == "wrong"
    assert said(base, "POST", f"/{ROUTE}", f"x={long}&Digits=12".encode()) == "twelve"
    assert said(base, "POST", f"/{ROUTE}", b"&" * 100_000 + b"Digits=12") == "twelve"
    assert said(base, "POST", f"/{ROUTE}", b"Digits=\xff\xfe") == "wrong"
    assert said(base, "POST", f"/{ROUTE}", b"\xff=\xfe&Digits=12") == "twelve"
    assert said(base, "GET", "/" + "a/" * 100_000) == 404


@pytest.mark.parametrize("name", SAMPLED)
def test_every_case_of_a_bundle_is_answered(name: str) -> None:
    from urllib.parse import quote

    found = build(name).manifest
    for document in found.documents:
        assert answer(found, Request("POST", document.url)) == Answer(200, document)
    for route in found.routes:
        asked = {case.value: case.document for case in route.cases}
        asked |= {"": route.empty, "no such value": route.default}
        for value, path in asked.items():
            form = f"{route.parameter}={quote(value, safe='')}"
            document = next(entry for entry in found.documents if entry.path == path)
            expected = Answer(200, document, route.parameter, value)
            assert answer(found, Request("GET", f"{route.url}?{form}")) == expected
            assert answer(found, Request("POST", route.url, form.encode())) == expected


# Whatever is asked

pieces = st.sampled_from(
    (
        *("https://", "http://", "//", "/", "?", "#", "&", "=", "%", "%2", "%2A", "%00", "..", "[", "]", ":", "@"),
        *(";", "+", "calls.example.com", "/a/b", FOLDER, ROUTE, "Digits", "Digits=1", "one.xml", "\t", "\n", "\0"),
        *("\ud800", "ä", "\\"),
    )
)
anything = st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=12).map("".join)
methods = st.one_of(st.sampled_from(["GET", "HEAD", "POST", "PUT"]), st.text(max_size=5))
bodies = st.one_of(st.binary(max_size=30), anything.map(lambda text: text.encode("utf-8", "surrogatepass")))


@settings(derandomize=True, deadline=None, max_examples=400)
@given(methods, anything, bodies, st.sampled_from(list(BASES)))
@example("GET", "http://[", b"", "https://calls.example.com")
@example("GET", "//[/x", b"", "https://calls.example.com")
@example("GET", "http://\u2100/x", b"", "https://calls.example.com")
def test_no_request_fails(method: str, url: str, body: bytes, base: str) -> None:
    for asked in (url, f"{base}/{ROUTE}?{url}", f"{base}/{ROUTE}{url}", f"{base}/{url}"):
        found = answer(manifest(base), Request(method, asked, body))
        assert found.status in (200, 404, 405)
        assert (found.document in manifest(base).documents) is (found.status == 200)
        assert (found.document is None) is (found.status != 200)
