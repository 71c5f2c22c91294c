"""Which findings are told, and how bad they are: what a user asks for, over the table of codes.

The command line goes before the project file, and that before the table. What is fixed (see `Code.fixed`) no policy
reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flowc.diagnostics.codes import CODES, Code, Severity
from flowc.diagnostics.wording import nearest

_NAME_ONE = "Name a code such as FC313; flowc explain lists them."


class Policy(NamedTuple):
    """What a user asks for. `select` and `ignore` hold codes or how they begin, of which the longer one counts.

    With `select`, other codes than those are off. `severity` switches a code on too, or off. `strict` makes errors of
    warnings. What this policy says nothing of, the one `beneath` may say.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    strict: bool = False
    beneath: Policy | None = None

    def of(self, code: Code) -> Severity:
        """How bad a code is."""
        if code.fixed:
            return Severity.ERROR
        wanted = self._wanted(code.code)
        level = self._level(code.code) or code.severity
        if wanted is None:
            wanted = level is not Severity.OFF
        if not wanted:
            return Severity.OFF
        # What is off in the table, and selected, is a warning.
        level = Severity.WARNING if level is Severity.OFF else level
        return Severity.ERROR if self.strict else level

    def _wanted(self, code: str) -> bool | None:
        """Whether the code is told; None if nobody says."""
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


def _longest(code: str, beginnings: Iterable[str]) -> int:
    return max((len(word) for word in beginnings if code.startswith(word)), default=0)


def fixed_fault(word: str) -> str:
    """Why a code, or all that begin so, may not be silenced or lowered; empty if one may."""
    if not all(row.fixed for row in CODES.values() if row.code.startswith(word)):
        return ""
    named = word if word in CODES else f"no code that begins with {word}"
    able = "cannot" if word in CODES else "can"
    return f"{named} {able} be silenced or lowered: after such an error there is nothing right to write"


def code_fault(word: str, whole: bool = False) -> tuple[str, str]:
    """What is wrong with a code, and help; empty if nothing. One that need not be `whole` may be how some begin."""
    known = word in CODES if whole else word.startswith("FC") and any(code.startswith(word) for code in CODES)
    if known:
        return "", ""
    first, _, more = word.partition(" ")
    if more and first in CODES:
        return f'there is no code "{word}"', "Put commas between codes, and what else you note behind another #."
    names = {row.name: row.code for row in CODES.values()}
    near = nearest(word, (*CODES, *names))
    return f'there is no code "{word}"', f"Did you mean {names.get(near, near)}?" if near else _NAME_ONE
