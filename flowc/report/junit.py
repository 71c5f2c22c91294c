"""JUnit XML for CI servers: diagnostics, and other results that pass or fail."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from flowc.diagnostics.characters import visible
from flowc.diagnostics.codes import Severity
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.records import NamedTuple
from flowc.report.text import as_text


class TestCase(NamedTuple):
    """A test case: its suite, its name, why it failed (empty if it passed), and details."""

    suite: str
    name: str
    failure: str = ""
    details: str = ""


def as_suite(cases: Sequence[TestCase]) -> str:
    """Return the cases as one suite."""
    failed = sum(bool(case.failure) for case in cases)
    head = f'<testsuite name="flowc" tests="{len(cases)}" failures="{failed}" errors="0">\n'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{"".join(map(_case, cases))}</testsuite>\n'


def _case(case: TestCase) -> str:
    head = f"  <testcase classname={_attribute(case.suite)} name={_attribute(case.name)}"
    if not case.failure and not case.details:
        return f"{head}/>\n"
    details = escape(case.details)
    if case.failure:
        inner = f"<failure message={_attribute(case.failure)}>{details}</failure>"
    else:
        inner = f"<system-out>{details}</system-out>"
    return f"{head}>\n    {inner}\n  </testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(visible(text))


def as_junit(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a failed case for each error and a passed case for each warning; without diagnostics, one passed case."""
    return as_suite([_diagnosed(diagnostic) for diagnostic in diagnostics] or [TestCase("flowc", "nothing found")])


def _diagnosed(diagnostic: Diagnostic) -> TestCase:
    at = f" {diagnostic.span.line}:{diagnostic.span.column}" if diagnostic.span else ""
    name = f"{diagnostic.code} {diagnostic.name}{at}"
    failure = diagnostic.message if diagnostic.severity is Severity.ERROR else ""
    return TestCase(diagnostic.path, name, failure, as_text([diagnostic]))
