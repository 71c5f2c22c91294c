"""A build with calendars gives the same bytes on any day and in any time zone, and only lint reads the clock."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowc.cli import commands
from tests.conftest import ROOT
from tests.hosts.servers import program

FLOWS = ROOT / "tests/cases/ok/hours-of-files"
#: Days and zones, with one far away, one around midnight of a year, and one after the end of the calendars.
WAYS = {
    "Kiritimati": ("Pacific/Kiritimati", "2026-12-31 23:59:59"),
    "St Johns": ("America/St_Johns", "2027-03-14 01:59:59"),
    "later": ("UTC", "2035-07-01 12:00:00"),
    "earlier": (":/nowhere", "1999-12-31 12:00:00"),
}


def _build(folder: Path, environment: dict[str, str], *before: str) -> dict[str, bytes]:
    shutil.copytree(FLOWS, folder)
    command = [*before, sys.executable, "-m", "flowc", "build", ".", "-o", "dist", "--quiet", "--no-cache"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    files = (path for path in sorted((folder / "dist").rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.foreign
def test_any_day_and_any_zone(tmp_path: Path) -> None:
    base = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    wanted = _build(tmp_path / "today", base)
    assert b"tzdata" in wanted["dist/manifest.json"]
    faketime = program("faketime")
    for name, (zone, moment) in WAYS.items():
        environment = {**base, "TZ": zone}
        assert _build(tmp_path / name, environment, faketime, moment) == wanted, name


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2028-10-01 12:00", ""),
        ("2028-10-03 03:30", ""),  # still the day before in New York
        ("2028-10-03 12:00", "ends in 89 days, on 2028-12-31: from then on it is closed"),
        ("2028-12-31 12:00", "ends today, on 2028-12-31: from then on it is closed"),
        ("2029-01-02 12:00", "ended on 2028-12-31: it is always closed"),
    ],
)
def test_lint_reports_a_calendar_that_ends_soon(day: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.strptime(day, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))
    monkeypatch.chdir(FLOWS)
    found = [line for line in CliRunner().invoke(commands, ["lint", "."]).output.splitlines() if "office" in line]
    assert found == ([f"shop.flow.yaml:12:12: warning[FC389] the calendar office {said}"] if said else [])


def test_hours_prints_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798165800")  # 2026-12-24 21:30 in New York
    monkeypatch.chdir(FLOWS)
    lines = CliRunner().invoke(commands, ["hours", ".", "--days", "1"]).output.splitlines()
    assert lines == [
        "office: America/New_York, from 2026-01-01 to 2028-12-31, then closed",
        "  thu 2026-12-24  00:00-08:30 closed, 08:30-14:00 open, 14:00-24:00 holiday",
        "on-call: America/New_York, from 2026-01-01 to 2027-12-31, then nobody",
        "  thu 2026-12-24  amy",
    ]
