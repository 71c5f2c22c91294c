"""The architecture, executable: who may import whom, how large a module may be, and what no module may name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "flowc"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: From the bottom up: a package imports only packages above it in this list.
LAYERS = (
    "diagnostics",
    "syntax",
    "bundle",
    "profiles",
    "schema",
    "project",
    "hours",
    "flow",
    "lint",
    "lower",
    "emit",
    "driver",
    "report",
    "simulate",
    "serve",
    "cli",
)
#: The only modules beside the packages.
TOP = {"__init__", "__main__"}
#: Packages that know little on purpose.
ONLY = {"report": {"diagnostics"}, "bundle": {"diagnostics"}, "hours": {"diagnostics"}}
#: Libraries that `flowc lint` must not pay for.
LATE = {"jinja2", "lxml", "markupsafe"}


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "flowc" else set()
            found |= names or {node.module}
    return found


def _parts_imported(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in _imports(path) if name.startswith("flowc.")}
    return names - {_part(path), "__version__"}


def test_every_part_has_a_layer() -> None:
    assert {_part(path) for path in MODULES} == {*LAYERS, *TOP}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path: Path) -> None:
    part = _part(path)
    if part in TOP:
        return  # the public face: it imports the top, but only inside its functions
    allowed = ONLY.get(part, set(LAYERS[: LAYERS.index(part)]))
    assert _parts_imported(path) <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_templates_and_xml_are_met_late(path: Path) -> None:
    if _part(path) != "emit":
        assert not {name.split(".")[0] for name in _imports(path)} & LATE


#: Hosts whose names are words for something else too: a line of a graph, and Python's interfaces of web applications.
WORDS = {"edge", "asgi", "wsgi"}


def test_no_carrier_is_named_in_code() -> None:
    names = {folder.name for kind in ("targets", "hosts") for folder in (PACKAGE / "templates" / kind).glob("*")}
    assert names > WORDS
    named = re.compile("|".join(map(re.escape, names - WORDS)), re.IGNORECASE)
    assert [str(path) for path in MODULES if named.search(path.read_text("utf-8"))] == []


def test_records_are_made_quickly() -> None:
    """`typing.NamedTuple` takes twice as long to make a class, and flowc has 300."""
    slow = [path for path in MODULES if "typing.NamedTuple" in _names_imported(path)]
    assert slow == [PACKAGE / "diagnostics" / "records.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_records_have_their_annotations_as_text(path: Path) -> None:
    """Otherwise the body of a class does not contain them from Python 3.14 on."""
    names = _names_imported(path)
    assert "flowc.diagnostics.records.NamedTuple" not in names or "__future__.annotations" in names


def _names_imported(path: Path) -> set[str]:
    imports = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom))
    return {f"{node.module}.{alias.name}" for node in imports for alias in node.names}
