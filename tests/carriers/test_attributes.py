"""The walk: every attribute that a carrier documents is written for some flow, or a reason stands for why it never is.

`tests/carriers/attributes/NAME.yaml` has for each attribute the smallest step that brings it about. The step is
compiled as a flow of its own, and the attribute must stand on such an element of what came out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from lxml import etree

from flowc.diagnostics.codes import Severity
from tests.carriers.contract_grammar import reference
from tests.conftest import TESTS
from tests.samples.built_flows import SAMPLED, Cell, build, walk, walked

TARGETS = tuple(sorted(path.stem for path in (TESTS / "carriers" / "attributes").glob("*.yaml")))
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
every_cell = pytest.mark.parametrize(
    ("target", "cell"),
    [
        pytest.param(target, cell, id=f"{target}-{cell.element}@{cell.attribute}")
        for target in TARGETS
        for cell in walk(target).written
    ],
)


def documented(target: str) -> Iterator[Cell]:
    """Every cell of the carrier's table."""
    for name, row in reference(target).items():
        yield from (Cell(name, attribute) for attribute in row.attributes)
        if row.text_allowed:
            yield Cell(name, "text()")
        elif not row.attributes:
            yield Cell(name, "itself")


def cells(document: bytes) -> Iterator[Cell]:
    """The cells that a document fills."""
    for element in etree.fromstring(document).iter("*"):
        yield Cell(element.tag, "itself")
        yield from (Cell(element.tag, "xml:lang" if key == XML_LANG else key) for key in element.keys())
        if (element.text or "").strip():
            yield Cell(element.tag, "text()")


def filled(target: str, cell: Cell) -> set[Cell]:
    """The cells that the documents of one step fill; nothing where it cannot be compiled."""
    files = walked(target, cell).files or {}
    return {one for path, data in files.items() if path.endswith(".xml") for one in cells(data)}


@cache
def sampled(target: str) -> frozenset[Cell]:
    """The cells that the documents of the samples fill."""
    files = [item for name in SAMPLED for item in build(name).files.items()]
    documents = [data for path, data in files if path.startswith(f"{target}/") and path.endswith(".xml")]
    return frozenset(cell for data in documents for cell in cells(data))


@every_cell
def test_a_step_writes_it(target: str, cell: Cell) -> None:
    wrong = [one for one in walked(target, cell).diagnostics if one.severity is Severity.ERROR]
    assert [f"{one.code} {one.message}" for one in wrong] == []
    assert cell in filled(target, cell)


@pytest.mark.parametrize("target", TARGETS)
def test_the_walk_passes_all_that_is_documented(target: str) -> None:
    written, left_out = walk(target)
    assert written.keys() & left_out.keys() == set()
    assert written.keys() | left_out.keys() == set(documented(target))


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_left_out_is_never_written_and_has_a_reason(target: str) -> None:
    written, left_out = walk(target)
    found = sampled(target).union(*(filled(target, cell) for cell in written))
    assert left_out.keys() & found == set()
    assert [cell for cell, reason in left_out.items() if not reason] == []


@pytest.mark.parametrize("cell", [Cell("Dial", name) for name in reference("plivo")["Dial"].attributes])
def test_nothing_of_a_dial_is_left_out(cell: Cell) -> None:
    assert cell in walk("plivo").written
