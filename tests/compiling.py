"""Flows that tests build: hand-written samples of all that is compiled, and the cases that build without a word."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flowc.diagnostics import Severity
from flowc.manifest import Manifest
from flowc.pipeline import Bundle, Options, build_bundle
from flowc.project import find_flows
from flowc.targets import Targets, find_targets

TESTS = Path(__file__).parent
SAMPLES = TESTS / "samples"
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
SAMPLED = ("clinic", "plivo", "rcml", "project", "moved")
