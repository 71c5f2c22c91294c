"""Which findings are reported and with which severity, as set by the user.

The command line has priority over the project file, and this over the table of codes. Fixed codes (see `Code.fixed`)
cannot be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flowc.diagnostics.codes import CODES, Code, Severity
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import nearest

_NAME_ONE = "Name a code such as FC313; flowc explain lists them."


class Policy(NamedTuple):
    """The settings of a user. `select` and `ignore` contain codes or prefixes, of which the longest one counts.

    With `select`, other codes are off. `severity` enables or disables a code too. `strict` turns warnings into errors.
    The policy `beneath` decides what this policy leaves open.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    strict: bool = False
    beneath: Policy | None = None

    def of(self, code: Code) -> Severity:
        """Return the severity of a code."""
        if code.fixed:
            return Severity.ERROR
        wanted = self._wanted(code.code)
        level = self._level(code.code) or code.severity
        if wanted is None:
            wanted = level is not Severity.OFF
        if not wanted:
            return Severity.OFF
        # A selected code that is off in the table is a warning.
        level = Severity.WARNING if level is Severity.OFF else level
        return Severity.ERROR if self.strict else level

    def _wanted(self, code: str) -> bool | None:
        """Return whether the code is reported; None if no policy decides."""
        if code in self.severity:
            return self.severity[code] is not Severity.OFF
        selected, ignored = _longest(code, self.select), _longest(code, self.ignore)
        if selected or ignored or self.select:
            return selected > ignored
        return self.beneath._wanted(code) if self.beneath else None

    def _level(self, code: str) -> Severity | None:
        level = self.severity.get(code)
        if level in (None, Severity.OFF) and self.beneath:
            return self.beneath._level(code)
        return level


def _longest(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


def fixed_fault(word: str) -> str:
    """Return why a code, or all codes with a prefix, cannot be disabled or lowered; empty if one can."""
    if not all(row.fixed for row in CODES.values() if row.code.startswith(word)):
        return ""
    named = word if word in CODES else f"the codes that begin with {word}"
    return f"{named} cannot be disabled or lowered: after this error, no correct output exists"


def code_fault(word: str, whole: bool = False) -> tuple[str, str]:
    """Return a message and help if a code is unknown, else empty texts. Unless `whole`, prefixes are allowed."""
    known = word in CODES if whole else word.startswith("FC") and any(code.startswith(word) for code in CODES)
    if known:
        return "", ""
    first, _, more = word.partition(" ")
    if more and first in CODES:
        return f'there is no code "{word}"', "Put commas between codes, and write other notes after another #."
    names = {row.name: row.code for row in CODES.values()}
    near = nearest(word, (*CODES, *names))
    return f'there is no code "{word}"', f"Did you mean {names.get(near, near)}?" if near else _NAME_ONE
