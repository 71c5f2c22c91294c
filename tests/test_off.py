"""Rules that are off unless they are asked for: in the flows of `off/`, a comment names each that a line breaks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flowc.diagnostics import CODES, Severity
from tests.compiling import TESTS, compiled

_OFF = [row for row in CODES.values() if row.severity is Severity.OFF]


@pytest.mark.parametrize("row", _OFF, ids=lambda row: row.name)
def test_found_only_when_on(row: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, name, *_ = row
    path = Path(TESTS, "off", f"{name}.flow.yaml")
    expected = [n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if re.search(f"# {code}$", line)]
    assert expected
    assert not compiled(path).diagnostics
    monkeypatch.setitem(CODES, code, CODES[code]._replace(severity=Severity.WARNING))
    found = compiled(path).diagnostics
    assert [(one.code, one.span.line if one.span else 0) for one in found] == [(code, line) for line in expected]
