"""Which of two wishes counts, where a table of codes and two policies speak of one code."""

from __future__ import annotations

import pytest

from flowc.diagnostics.codes import Code, Severity
from flowc.project.policy import Policy

ERROR, WARNING, OFF = Severity
FACT = Code("FC301", "a")
JUDGED = Code("FC304", "b", judged=True)
WARNED = Code("FC313", "c", WARNING)
SILENT = Code("FC365", "d", OFF)
SOME = (FACT, JUDGED, WARNED, SILENT)


@pytest.mark.parametrize(
    ("policy", "levels"),
    [
        (Policy(), (ERROR, ERROR, WARNING, OFF)),
        (Policy(strict=True), (ERROR, ERROR, ERROR, OFF)),
        (Policy(ignore=("FC",)), (ERROR, OFF, OFF, OFF)),
        (Policy(select=("FC",)), (ERROR, ERROR, WARNING, WARNING)),
        (Policy(select=("FC365",)), (ERROR, OFF, OFF, WARNING)),
        (Policy(select=("FC36",), strict=True), (ERROR, OFF, OFF, ERROR)),
        (Policy(select=("FC3",), ignore=("FC31",)), (ERROR, ERROR, OFF, WARNING)),
        (Policy(select=("FC313",), ignore=("FC31",)), (ERROR, OFF, WARNING, OFF)),
        (Policy(select=("FC31",), ignore=("FC31",)), (ERROR, OFF, OFF, OFF)),
        (Policy(severity={"FC365": WARNING}), (ERROR, ERROR, WARNING, WARNING)),
        (Policy(severity={"FC365": ERROR, "FC313": OFF}), (ERROR, ERROR, OFF, ERROR)),
        (Policy(severity={"FC301": OFF, "FC304": WARNING}), (ERROR, WARNING, WARNING, OFF)),
        (Policy(severity={"FC313": ERROR}, ignore=("FC3",)), (ERROR, OFF, ERROR, OFF)),
        # Beneath stands what the project file asks for.
        (Policy(beneath=Policy(ignore=("FC313",), severity={"FC365": ERROR})), (ERROR, ERROR, OFF, ERROR)),
        (Policy(select=("FC313",), beneath=Policy(ignore=("FC3",))), (ERROR, OFF, WARNING, OFF)),
        (Policy(select=("FC3",), beneath=Policy(severity={"FC313": ERROR})), (ERROR, ERROR, ERROR, WARNING)),
        (Policy(severity={"FC313": WARNING}, beneath=Policy(severity={"FC313": OFF})), (ERROR, ERROR, WARNING, OFF)),
        (Policy(severity={"FC313": OFF}, beneath=Policy(severity={"FC313": ERROR})), (ERROR, ERROR, OFF, OFF)),
        (Policy(ignore=("FC304",), beneath=Policy(select=("FC304",))), (ERROR, OFF, OFF, OFF)),
        (Policy(strict=True, beneath=Policy(severity={"FC304": WARNING})), (ERROR, ERROR, ERROR, OFF)),
    ],
)
def test_levels(policy: Policy, levels: tuple[Severity, ...]) -> None:
    assert tuple(policy.of(code) for code in SOME) == levels
