"""The manifest: it meets its schema, it tells of every file, and no URL of a bundle leads nowhere."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from flowc.bundle.manifest import (
    MANIFEST,
    CaseEntry,
    ContractEntry,
    DocumentEntry,
    FileEntry,
    FlowEntry,
    Manifest,
    ParameterEntry,
    RequestEntry,
    RouteEntry,
    SignatureEntry,
    SourceLocation,
    WebhookEntry,
)
from flowc.bundle.manifest_reader import read_manifest
from flowc.bundle.signature_scheme import Scheme
from flowc.profiles.targets import SCHEMAS
from tests.conftest import TESTS, manifest_faults, manifest_schema
from tests.samples.built_flows import BUILDS, SAMPLED, build

Entry = DocumentEntry | RouteEntry
#: Manifests that are compared with what is made anew.
EXPECTED = (*sorted(TESTS.glob("golden/*/manifest.json")), *sorted(TESTS.glob("cases/ok/*/dist/manifest.json")))
every_build = pytest.mark.parametrize("name", BUILDS)


@cache
def schema() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((SCHEMAS / "manifest.schema.json").read_text("utf-8"))
    return data


def entries_of(manifest: Manifest) -> list[Entry]:
    """Whatever a URL of the bundle can mean."""
    return [*manifest.documents, *manifest.routes]


def methods_of(entry: Entry) -> tuple[str, ...]:
    """The methods by which it is asked."""
    return entry.methods if isinstance(entry, DocumentEntry) else (entry.method,)


def begins_a_step(route: RouteEntry) -> bool:
    """Whether a route has the URL of the step that it begins, by which a carrier may ask for it."""
    return route.path.endswith(".xml")


def written(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(build(name).files[MANIFEST])
    return data


# The schema


@every_build
def test_meets_its_schema(name: str) -> None:
    assert manifest_faults(build(name).files[MANIFEST]) == []


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.relative_to(TESTS).parts[-3])
def test_an_expected_one_meets_its_schema(path: Path) -> None:
    assert manifest_faults(path.read_bytes()) == []


def test_a_manifest_that_a_test_makes_is_judged() -> None:
    manifest = build("clinic").manifest
    entry = manifest.documents[0]._replace(role="unheard-of")
    with pytest.raises(AssertionError, match="unheard-of"):
        replace(manifest, documents=(entry,)).to_json()


def _spoiled(data: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every way to spoil a manifest that its schema must notice: where, and how."""
    if at:
        yield at, "null"
    if isinstance(data, dict):
        yield at, "add"
        for key, value in data.items():
            yield (*at, key), "drop"
            yield from _spoiled(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _spoiled(value, (*at, index))


def _spoil(data: Any, at: tuple[str | int, ...], how: str) -> Any:
    result = copy.deepcopy(data)
    holder = result
    for step in at[:-1] if how != "add" else at:
        holder = holder[step]
    if how == "add":
        holder["surplus"] = 1
    elif how == "drop":
        del holder[at[-1]]
    else:
        holder[at[-1]] = None
    return result


@pytest.mark.parametrize("name", SAMPLED)
def test_the_schema_takes_nothing_less_and_nothing_more(name: str) -> None:
    data = written(name)
    for entries in ("contracts", "documents", "files", "flows", "requests", "routes", "signatures", "webhooks"):
        data[entries] = data[entries][:2]
    for contract in data["contracts"]:
        contract["parameters"] = contract["parameters"][:2]
    taken = [(at, how) for at, how in _spoiled(data) if manifest_schema().is_valid(_spoil(data, at, how))]
    # What stands in a body, and what algorithms are called, is the carrier's to name.
    assert [(at, how) for at, how in taken if at[0:3:2] != ("requests", "body") and "algorithms" not in at[:-1]] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "/relative"),
        ("url", "https://a.example.com/a b"),
        ("url", "https://a.example.com/ä"),
        ("path", "plivo/clinic/../start.xml"),
        ("path", "/plivo/clinic/start.xml"),
        ("path", "plivo/clinic/start.xml\n"),
        ("path", "plivo/clinic/Start.xml"),
        ("sha256", "0" * 63),
        ("sha256", "G" * 64),
        ("size", 0),
        ("size", "12"),
        ("size", 1.5),
        ("role", "unheard-of"),
        ("methods", []),
        ("methods", ["GET", "GET"]),
        ("methods", ["PUT"]),
        ("content_type", "text/html"),
        ("step", "Not a name"),
        ("source", {"file": "a.flow.yaml", "line": 0}),
        ("source", {"file": "", "line": 1}),
    ],
)
def test_the_schema_refuses(key: str, value: object) -> None:
    data = written("clinic")
    assert data["documents"][0][key] != value
    data["documents"][0][key] = value
    assert not manifest_schema().is_valid(data)


@pytest.mark.parametrize(("entries", "key"), [("documents", "role"), ("requests", "kind")])
def test_words_are_those_that_occur(entries: str, key: str) -> None:
    found = {entry[key] for name in SAMPLED for entry in written(name)[entries]}
    assert found == set(schema()["properties"][entries]["items"]["properties"][key]["enum"])


def test_everything_is_described() -> None:
    def undescribed(holder: dict[str, Any], at: str) -> Iterator[str]:
        for name, row in holder.get("properties", {}).items():
            if "description" not in row and "$ref" not in row:
                yield f"{at}/{name}"
            yield from undescribed(row.get("items", row), f"{at}/{name}")

    assert list(undescribed(schema(), "")) == []


# What it tells


@every_build
def test_is_read_as_it_was_written(name: str) -> None:
    manifest = build(name).manifest
    assert read_manifest(build(name).files[MANIFEST]) == manifest
    assert read_manifest(manifest.to_json()).to_json() == manifest.to_json()


@every_build
def test_tells_of_every_file(name: str) -> None:
    files, manifest = build(name)
    data = written(name)
    truth = {
        path: {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for path, content in files.items()
        if path != MANIFEST
    }
    assert {entry["path"]: entry for entry in data["files"]} == truth
    entries = [*manifest.others, *(FileEntry(entry.path, entry.sha256, entry.size) for entry in manifest.documents)]
    known = {entry.path: entry._asdict() for entry in entries}
    assert known == truth


@every_build
def test_is_sorted_and_names_nothing_twice(name: str) -> None:
    data = written(name)
    for entries in ("documents", "files", "routes"):
        paths = [entry["path"] for entry in data[entries]]
        assert paths == sorted(set(paths))
    both = [entry["path"] for entries in ("documents", "routes") for entry in data[entries]]
    assert len(both) == len({path.casefold() for path in both})
    for route in data["routes"]:
        values = [case["value"] for case in route["cases"]]
        assert len(values) == len(set(values)), route["path"]
        assert "" not in values
    text = build(name).files[MANIFEST].decode("utf-8")
    assert text.endswith("}\n")
    assert json.loads(text, object_pairs_hook=lambda pairs: [key for key, _ in pairs]) == sorted(data)
    assert "\r" not in text


@every_build
def test_urls_and_paths_agree(name: str) -> None:
    manifest = build(name).manifest
    assert not manifest.base_url.endswith("/")
    for entry in entries_of(manifest):
        assert entry.url == f"{manifest.base_url}/{entry.path}"
        assert entry.path.startswith(f"{entry.target}/{entry.flow}/")
    documents = {entry.path: entry for entry in manifest.documents}
    for route in manifest.routes:
        for path in (route.empty, route.default, *(case.document for case in route.cases)):
            assert (documents[path].target, documents[path].flow) == (route.target, route.flow)
            assert route.method in documents[path].methods
    urls = {entry.url: entry for entry in entries_of(manifest)}
    for flow in manifest.flows:
        assert (urls[flow.answer_url].target, urls[flow.answer_url].flow) == (flow.target, flow.flow)
        assert flow.answer_method in methods_of(urls[flow.answer_url])
    assert {(entry.target, entry.flow) for entry in manifest.documents} == {(f.target, f.flow) for f in manifest.flows}


# What the documents say


#: Attributes with a URL that some carrier fetches by POST, there being no other that says how.
POSTED = frozenset(
    {"confirmSound", "dialMusic", "enterSound", "eventCallbackUrl", "exitSound", "transcriptionUrl", "waitSound"}
)


class Mention:
    """A URL in a document, with the HTTP method that it is asked by (None where nothing says it)."""

    def __init__(self, url: str, method: str | None) -> None:
        self.url = url.partition("#")[0]  # how to ask again is the carrier's to read, and sent to nobody
        self.method = method


def mentions(data: bytes) -> Iterator[Mention]:
    """Every value and text that is a URL."""
    for element in etree.fromstring(data).iter():
        values = dict(element.attrib)
        methods = {key.lower(): value for key, value in values.items() if key.lower().endswith("method")}
        for key, value in values.items():
            beside = methods.get(f"{key.lower()}method") or methods.get(key.lower().replace("url", "method"))
            own = methods.get("method") if key in ("action", "url") else "POST" if key in POSTED else None
            yield Mention(value, beside or own)
        if element.text:
            yield Mention(element.text, methods.get("method"))


def asked(body: Mapping[str, object]) -> Iterator[Mention]:
    """Every URL in the body of a request to a carrier's API, with the method that stands beside it, or POST."""
    for key, value in body.items():
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            names = (key.replace("_answer_url", "_url").replace("_url", "_method"), key.replace("Url", "Method"))
            beside = [
                str(body[name]) for name in (key.replace("_url", "_method"), *names, f"{key}Method") if name in body
            ]
            yield Mention(value, next((method for method in beside if method in ("GET", "POST")), "POST"))


@every_build
def test_no_link_dangles(name: str) -> None:
    files, manifest = build(name)
    known = {entry.url: entry for entry in entries_of(manifest)}
    found = set()
    for document in manifest.documents:
        for mention in mentions(files[document.path]):
            if not mention.url.startswith(manifest.base_url + "/"):
                continue
            entry = known[mention.url]
            found.add(mention.url)
            assert (entry.target, entry.flow) == (document.target, document.flow)
            # Where a document cannot say the method, the carrier posts.
            assert (mention.method or "POST") in methods_of(entry), mention.url
    for request in manifest.requests:
        for mention in asked(request.body):
            if mention.url.startswith(f"{manifest.base_url}/"):
                assert mention.method in methods_of(known[mention.url])
    assert {route.url for route in manifest.routes if not begins_a_step(route)} <= found


@every_build
def test_every_webhook_is_listed(name: str) -> None:
    files, manifest = build(name)
    listed = {(hook.target, hook.url, hook.method) for hook in manifest.webhooks}
    said: set[tuple[str, str, str | None]] = {
        (document.target, mention.url, mention.method)
        for document in manifest.documents
        for mention in mentions(files[document.path])
        if mention.url.startswith(("http://", "https://"))
        and mention.method is not None
        and not mention.url.startswith(manifest.base_url + "/")
    }
    said |= {
        (request.target, mention.url, mention.method)
        for request in manifest.requests
        for mention in asked(request.body)
        if not mention.url.startswith(manifest.base_url + "/")
    }
    notified = ((entry.target, one) for entry in manifest.documents for one in entry.notify)
    said |= {(target, one.address, one.method) for target, one in notified}
    assert said == listed


@every_build
def test_a_request_stands_in_its_file(name: str) -> None:
    files, manifest = build(name)
    assert {request.path for request in manifest.requests} == {
        entry.path for entry in manifest.others if entry.path.startswith("requests/")
    }
    for request in manifest.requests:
        if request.path.endswith(".form"):
            assert len(parse_qsl(files[request.path].decode(), strict_parsing=True)) >= len(request.body)
            continue
        assert json.loads(files[request.path]) == request.body
        assert files[request.path].decode() == json.dumps(request.body, indent=2, sort_keys=True) + "\n"


@every_build
def test_every_hoisted_document_is_reached(name: str) -> None:
    files, manifest = build(name)
    by_url = {entry.url: entry for entry in entries_of(manifest)}
    todo = [flow.answer_url for flow in manifest.flows]
    todo += [entry.url for entry in manifest.documents if entry.role == "step"]
    todo += [entry.url for entry in manifest.routes if begins_a_step(entry)]
    todo += [mention.url for request in manifest.requests for mention in asked(request.body)]
    reached: set[str] = set()
    while todo:
        url = todo.pop()
        if url in reached or url not in by_url:
            continue
        reached.add(url)
        entry = by_url[url]
        if isinstance(entry, DocumentEntry):
            todo += [mention.url for mention in mentions(files[entry.path])]
        else:
            paths = (entry.empty, entry.default, *(case.document for case in entry.cases))
            todo += [manifest.by_path[path].url for path in paths]
    assert by_url.keys() - reached == set()


# Any manifest

sources = st.builds(SourceLocation, st.text(max_size=9).filter(lambda text: text.isprintable()), st.integers(1, 10**6))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t"), max_size=9)  # no path holds a tab
cases = st.lists(st.builds(CaseEntry, texts, texts), max_size=2).map(tuple)
bodies = st.dictionaries(texts, texts | st.integers() | st.booleans(), max_size=3)
words = st.lists(texts, max_size=2).map(tuple)
parameters = st.lists(st.builds(ParameterEntry, *[texts] * 3, words, *[texts] * 3), max_size=2).map(tuple)
methods = st.lists(st.sampled_from(["GET", "POST"]), max_size=2).map(tuple)
signs = st.fixed_dictionaries(dict.fromkeys(("neither", "query", "form", "both"), texts))
schemes = st.builds(
    Scheme,
    *(texts, words, texts, texts, signs, st.booleans(), st.booleans(), texts, texts),
    st.dictionaries(texts, texts, max_size=2),
    texts,
)
manifests = st.builds(
    Manifest,
    texts,
    st.lists(st.builds(FlowEntry, *[texts] * 4, st.booleans(), sources), max_size=2).map(tuple),
    st.lists(
        st.builds(DocumentEntry, texts, texts, methods, texts, texts, st.integers(), *[texts] * 4, sources), max_size=2
    ).map(tuple),
    st.lists(
        st.builds(RouteEntry, *[texts] * 5, cases, *[texts] * 2, st.booleans(), *[texts] * 3, sources), max_size=2
    ).map(tuple),
    st.lists(st.builds(WebhookEntry, texts, texts, st.booleans(), *[texts] * 5, sources), max_size=2).map(tuple),
    st.lists(st.builds(FileEntry, texts.map("beside/{}".format), texts, st.integers()), max_size=2)
    .map(sorted)
    .map(tuple),
    st.lists(st.builds(RequestEntry, *[texts] * 3, bodies, *[texts] * 2, sources), max_size=2).map(tuple),
    st.lists(st.builds(ContractEntry, *[texts] * 4, st.booleans(), parameters), max_size=2).map(tuple),
    st.lists(st.builds(SignatureEntry, texts, schemes), max_size=2).map(tuple),
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(manifests)
def test_any_manifest_comes_back(judged_manifests: Callable[..., bytes], manifest: Manifest) -> None:
    assert read_manifest(judged_manifests(manifest.base_url, manifest.lines())) == manifest


def test_what_is_no_manifest_is_refused_as_told() -> None:
    data = written("clinic")
    for entries in ("contracts", "documents", "files", "flows", "requests", "routes", "signatures", "webhooks"):
        data[entries] = data[entries][:1]
    data["contracts"][0]["parameters"] = data["contracts"][0]["parameters"][:1]
    spoiled: list[Any] = [None, 1, "x", [], {}, [1], {"generator": "flowc"}, {**data, "format": 2}]
    spoiled += [_spoil(data, at, how) for at, how in _spoiled(data) if how == "drop" and at[0] != "files"]
    for one in spoiled:
        with pytest.raises((ValueError, KeyError, TypeError)):
            read_manifest(json.dumps(one).encode())
    for raw in (b"", b"\xff", b"{", b"[" * 9 + b"]"):
        with pytest.raises((ValueError, KeyError, TypeError)):
            read_manifest(raw)
