"""Files of comma-separated values: what no case can hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import NodeRef, SourceFile, Span
from flowc.flow.lists import MOST_ROWS, Lists
from flowc.flow.values import Setting

AT = NodeRef(SourceFile("demo.flow.yaml", b""), 0)


def read(folder: Path, path: str = "guests.csv") -> tuple[list[str], list[tuple[str, str]]]:
    """The cells of the column `phone`, and what is found, by code."""
    lists = Lists(FileReader(), folder / "flows", folder)
    cells = lists.column(Setting("csv", path, AT), Setting("column", "phone", AT))
    return [cell.value for cell in cells], [(one.code, one.message) for one in lists.findings]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a folder for flows."""
    (tmp_path / "project" / "flows").mkdir(parents=True)
    return tmp_path / "project"


def test_a_file_elsewhere_in_the_project_is_read(project: Path) -> None:
    (project / "guests.csv").write_text("phone\n+12025550150\n", "utf-8")
    assert read(project, "../guests.csv") == (["+12025550150"], [])
    assert read(project, "../flows/../guests.csv") == (["+12025550150"], [])


@pytest.mark.parametrize("name", ["../../guests.csv", "out.csv", "out/guests.csv", "../../project-2/guests.csv"])
def test_no_path_leads_out_of_the_project(project: Path, name: str) -> None:
    for folder in (project.parent, project.parent / "project-2"):
        folder.mkdir(exist_ok=True)
        (folder / "guests.csv").write_text("phone\n+12025550150\n", "utf-8")
    (project / "flows" / "out.csv").symlink_to(project.parent / "guests.csv")
    (project / "flows" / "out").symlink_to(project.parent)
    assert read(project, name) == ([], [("FC370", f'"{name}" is outside the project')])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_is_one(project: Path, end: str) -> None:
    text = end.join(["name,phone", '"Amy', 'of Bern",+12025550150', "", "Ben, +12025550151 ", ""])
    (project / "flows" / "guests.csv").write_bytes(text.encode())
    lists = Lists(FileReader(), project / "flows", project)
    cells = lists.column(Setting("csv", "guests.csv", AT), Setting("column", "phone", AT))
    assert [(cell.value, cell.at.span) for cell in cells] == [
        ("+12025550150", Span(3, 10, 3, 22)),
        ("+12025550151", Span(5, 6, 5, 18)),
    ]


def test_a_value_that_stands_twice_in_its_row_is_shown_alone(project: Path) -> None:
    (project / "flows" / "guests.csv").write_text("phone,mobile\n+12025550150,+12025550150\n", "utf-8")
    lists = Lists(FileReader(), project / "flows", project)
    (cell,) = lists.column(Setting("csv", "guests.csv", AT), Setting("column", "phone", AT))
    assert cell.at.span == Span(2, 1, 2, 13)


@pytest.mark.parametrize("text", ["phone\n" + "1" * 140000, "phone\n\x00", 'phone\n"', "\x85phone\n1", "phone"])
def test_nothing_is_too_odd(project: Path, text: str) -> None:
    (project / "flows" / "guests.csv").write_text(text, "utf-8")
    cells, found = read(project)
    assert bool(cells) is not bool(found)


@pytest.mark.parametrize("rows", ["+12025550150\n", "\n", ",\n"])
def test_a_file_of_too_many_rows_is_refused(project: Path, rows: str) -> None:
    number = "+12025550149\n"
    (project / "flows" / "guests.csv").write_text(f"phone\n{rows * (MOST_ROWS - 1)}{number}", "utf-8")
    cells, found = read(project)
    assert (cells[-1], found) == ("+12025550149", [])
    (project / "flows" / "guests.csv").write_text(f"phone\n{rows * MOST_ROWS}{number}", "utf-8")
    assert read(project) == ([], [("FC370", '"guests.csv" has more than 10,000 rows below its first one')])


def test_a_file_too_large_is_not_read(project: Path) -> None:
    (project / "flows" / "guests.csv").write_bytes(b"phone\n" + b"+12025550150\n" * 400000)
    assert [code for code, _ in read(project)[1]] == ["FC110"]
