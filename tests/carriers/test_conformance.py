"""Every kind of node for every packaged target: the smallest step that asks for it is compiled, or refused by name.

What is compiled has passed the target's contract. `tests/carriers/conformance.yaml` holds the steps.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from flowc.diagnostics.codes import Severity
from flowc.driver.results import Bundle
from flowc.profiles.rows import NodeRow, Unsupported
from tests.conftest import TESTS
from tests.samples.built_flows import compiled, targets

STEPS: dict[str, Any] = yaml.safe_load((TESTS / "carriers" / "conformance.yaml").read_text("utf-8"))
#: Kinds that no template writes: the fragment of a URL, and XML that stands as the author wrote it.
NO_ELEMENT = {"retry", "raw"}
#: Kinds that are written as the body of a request, and where.
BODIES = {"application": "application", "call": "calls/now"}
EVERY_KIND = [
    pytest.param(name, kind, id=f"{name}-{kind}")
    for name, profile in targets().profiles.items()
    for kind in profile.nodes
]


def compiled_step(target: str, kind: str, folder: Path) -> Bundle:
    """What becomes of a flow that has nothing but the smallest step of a kind."""
    step = json.loads(json.dumps(STEPS[kind]).replace("{target}", target))
    more = step if isinstance(step, dict) else {"actions": step}
    flow = {
        **{"flowc": 1, "name": "smallest", "targets": [target], "base_url": "https://calls.example.com"},
        **{"entry": "start", "steps": {"start": more["actions"]}},
        **{key: value for key, value in more.items() if key != "actions"},
    }
    path = folder / "smallest.flow.yaml"
    path.write_text(json.dumps(flow), "utf-8")
    return compiled(path)


def _element(target: str, kind: str) -> str:
    """The element that the template of a kind writes."""
    paths = (layer.path / "nodes" / f"{kind}.xml.j2" for layer in targets().layers(target))
    found = re.search(r"<([A-Za-z]+)", next(path for path in paths if path.is_file()).read_text("utf-8"))
    assert found
    return found[1]


@pytest.mark.parametrize(("target", "kind"), EVERY_KIND)
def test_a_kind_is_written_or_refused_as_its_table_says(target: str, kind: str, tmp_path: Path) -> None:
    bundle = compiled_step(target, kind, tmp_path)
    errors = [one for one in bundle.diagnostics if one.severity is Severity.ERROR]
    row = targets().profiles[target].nodes[kind]
    if isinstance(row, Unsupported):
        assert [(one.code, row.reason in one.message, one.help) for one in errors] == [("FC401", True, row.help)]
        assert bundle.files is None
        return
    assert isinstance(row, NodeRow)
    assert [one.message for one in errors] == []
    if kind in BODIES:
        bodies = {path.rpartition(".")[0] for path in bundle.files or {}}
        assert f"requests/{target}/smallest/{BODIES[kind]}" in bodies
        return
    documents = [data for path, data in (bundle.files or {}).items() if path.endswith(".xml")]
    if kind not in NO_ELEMENT:
        tags = {element.tag for data in documents for element in etree.fromstring(data).iter("*")}
        assert _element(target, kind) in tags


@pytest.mark.parametrize("target", targets().profiles)
def test_what_cannot_be_said_is_told_in_words_and_with_a_way_out(target: str) -> None:
    profile = targets().profiles[target]
    fields = [field for row in profile.nodes.values() if isinstance(row, NodeRow) for field in row.fields.values()]
    for row in (*profile.nodes.values(), *profile.facts.values(), *fields):
        if isinstance(row, Unsupported):
            assert not row.reason.endswith("."), row.reason
            assert re.fullmatch(r"[A-Z].*\.", row.help) is not None, row.help
