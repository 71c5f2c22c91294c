"""Flows that tests build: hand-written samples of all that is compiled, and the cases that build without a word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from flowc.bundle.manifest import Manifest
from flowc.diagnostics.codes import Severity
from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.profiles.targets import Targets, find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from tests.conftest import TESTS

SAMPLES = Path(__file__).parent
#: Single flows that build as they are.
FLOWS = (*sorted(SAMPLES.glob("*.flow.yaml")), *sorted(TESTS.glob("cases/ok/*.flow.yaml")))


class Built(NamedTuple):
    """The files of a bundle, and its manifest."""

    files: Mapping[str, bytes]
    manifest: Manifest


@cache
def targets() -> Targets:
    """The packaged targets, read once."""
    return find_targets()


def compiled(path: Path, options: Options | None = None) -> Bundle:
    """What becomes of a flow, or of a folder of flows."""
    return build_bundle(find_flows([path]), targets(), options or Options())


def built(path: Path, options: Options | None = None) -> Built:
    """A bundle that must not fail; warnings are no failure."""
    bundle = compiled(path, options)
    assert not [one for one in bundle.diagnostics if one.severity is Severity.ERROR]
    assert bundle.files is not None
    assert bundle.manifest is not None
    return Built(bundle.files, bundle.manifest)


class Cell(NamedTuple):
    """An attribute of an element, or `text()`, or `itself` for an element that has neither."""

    element: str
    attribute: str


class Walk(NamedTuple):
    """What tests/carriers/attributes says of a target: how each attribute comes about, and why some never do."""

    written: Mapping[Cell, Any]
    left_out: Mapping[Cell, str]


@cache
def walk(target: str) -> Walk:
    """The walk through the attributes of a target."""
    table = yaml.safe_load((TESTS / "carriers" / "attributes" / f"{target}.yaml").read_text("utf-8"))
    written, left_out = (
        {Cell(element, name): entry for element, rows in table[part].items() for name, entry in rows.items()}
        for part in ("written", "left_out")
    )
    return Walk(written, left_out)


@cache
def walked(target: str, cell: Cell) -> Bundle:
    """What becomes of a flow that has nothing but the step of a cell."""
    entry = walk(target).written[cell]
    more = entry if isinstance(entry, dict) else {"actions": entry}
    flow = {
        **{"flowc": 1, "name": "walk", "targets": [target], "base_url": "https://calls.example.com", "entry": "start"},
        **{"numbers": more.get("numbers", {}), "steps": {"start": more["actions"]}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder, "walk.flow.yaml")
        path.write_text(json.dumps(flow, ensure_ascii=False), "utf-8")
        return compiled(path)


@cache
def build(name: str) -> Built:
    """One of `BUILDS`, built once."""
    return built(*BUILDS[name])


#: What is built, and how, by name.
BUILDS = {
    **{path.name.removesuffix(".flow.yaml"): (path, Options()) for path in FLOWS},
    "project": (SAMPLES / "project", Options(environment="prod")),
    "moved": (SAMPLES / "project", Options(environment="prod", base_url="http://127.0.0.1:8080/a%20b/")),
}
#: The bundles of the samples alone.
SAMPLED = ("clinic", "plivo", "rcml", "twiml", "project", "moved")
