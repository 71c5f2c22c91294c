"""Flows built from the schema of flows, and all that may happen in their calls: flowc answers, and in the end always.

tests/properties/fuzz.py has the same tests look for new ways through flowc, for as long as one likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowc.diagnostics.codes import Severity
from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.project.options import Options
from flowc.project.project import flow_from_text
from tests.conftest import TIMES
from tests.hostile.test_robust import Quoting, written
from tests.properties.invariants import PLACE, Pick, answers, compiles, plays_all, rules, runs, stands_beside
from tests.properties.strategies import documents, flawed, flows, values
from tests.samples.built_flows import targets
from tests.unit.test_schema_agreement import agree, schemas

Path = tuple[str | int, ...]


def inline(value: Any) -> str:
    return yaml.dump([value], Dumper=Quoting, default_flow_style=True, sort_keys=False, width=10**9).strip()[1:-1]


def laid_out(flow: Mapping[str, Any]) -> tuple[bytes, dict[int, Path]]:
    """A flow with every entry and every action on a line of its own, and what stands on each line."""
    lines: list[tuple[str, Path]] = []
    for key, value in flow.items():
        entries = value.items() if isinstance(value, dict) and value else ()
        lines.append((f"{inline(key)}:{'' if entries else ' ' + inline(value)}", (key,)))
        for name, entry in entries:
            actions = entry if isinstance(entry, list) and entry else ()
            lines.append((f"  ? {inline(name)}\n  :{'' if actions else ' ' + inline(entry)}", (key, name)))
            lines += [(f"    - {inline(action)}", (key, name, index)) for index, action in enumerate(actions)]
    numbered = [path for text, path in lines for _ in text.split("\n")]
    return "\n".join(text for text, _ in lines).encode(), dict(enumerate(numbered, 1))


def fitted(flow: dict[str, Any]) -> Bundle:
    """What becomes of a flow without the actions and entries that are refused."""
    for _ in range(5):
        text, stands = laid_out(flow)
        bundle = build_bundle(flow_from_text(PLACE, text), targets(), Options())
        errors = [one for one in bundle.diagnostics if one.severity is Severity.ERROR]
        if not errors:
            break
        blamed = {stands[one.span.line] for one in errors if one.span is not None}
        flow = {key: _without(value, {path[1:] for path in blamed if path[0] == key}) for key, value in flow.items()}
    return bundle


def _without(value: Any, blamed: set[Path]) -> Any:
    """What is left without what is blamed; a step keeps something to do."""
    if isinstance(value, dict):
        kept = {key: _without(one, {path[1:] for path in blamed if path[:1] == (key,)}) for key, one in value.items()}
        return {key: one for key, one in kept.items() if (key,) not in blamed}
    if isinstance(value, list):
        return [one for index, one in enumerate(value) if (index,) not in blamed] or ["hangup"]
    return value


def picked(data: st.DataObject) -> Pick:
    return lambda number: data.draw(st.integers(0, number - 1))


FLOWS = flows(schemas()["flow"])
TARGETS = st.sampled_from(sorted(targets().profiles))


@settings(derandomize=True, deadline=None, max_examples=30 * TIMES)
@given(st.one_of(FLOWS, FLOWS.flatmap(flawed)))
def test_flows(flow: Any) -> None:
    agree("flow", flow)
    compiles(written(flow))


@settings(derandomize=True, deadline=None, max_examples=8 * TIMES)
@given(FLOWS, st.data())
def test_calls(flow: dict[str, Any], data: st.DataObject) -> None:
    bundle = fitted(flow)
    assume(bundle.files is not None)
    plays_all(bundle, picked(data), lambda own: data.draw(st.lists(documents(own), max_size=2)))


@pytest.mark.parametrize(
    ("name", "file"),
    [("project", "flowc.yaml"), ("environment", "env/prod.yaml"), ("scenarios", "flows/first.test.yaml")],
)
def test_files_beside(name: str, file: str) -> None:
    @settings(derandomize=True, deadline=None, max_examples=10 * TIMES)
    @given(values(schemas()[name]))
    def stands(document: Any) -> None:
        agree(name, document)
        stands_beside(file, written(document))

    stands()


@settings(derandomize=True, deadline=None, max_examples=50 * TIMES)
@given(st.data())
def test_documents(data: st.DataObject) -> None:
    own = rules(data.draw(TARGETS))
    runs(data.draw(st.lists(documents(own), min_size=1, max_size=3)), own, picked(data))


HEADS = st.sampled_from(
    (
        "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 3\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://[\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
        "HTTP/1.1 500 \r\n",
        "HTTP/9.9 x y\r\n",
    )
)
FRAGMENTS = st.text(max_size=8) | st.sampled_from(
    ("#rc=2&rp=all", "#rc=\u0663", f"#rc={'9' * 5000}", "#rc=99999999&rp=all")
)


@settings(derandomize=True, deadline=None, max_examples=30 * TIMES)
@given(TARGETS, HEADS | st.text(max_size=30), FRAGMENTS, st.data())
def test_answers(target: str, head: str, fragment: str, data: st.DataObject) -> None:
    own = rules(target)
    body = data.draw(documents(own) | st.binary(max_size=30))
    answers(f"{head}\r\n".encode() + body, own, fragment)
