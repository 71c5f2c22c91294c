"""Texts without variables in the notation of other tools."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.markup import TAG, SuspectText, is_placeholder, suspect_texts
from flowc.lint.stage import Stage
from flowc.project.variables import is_variable

STAGE = Stage.CONTENT

#: How other tools write variables: {{ name }}, {name}, #{name}, $name, $NAME_2, $(name), %name%, %(name)s, <%= name %>,
#: <first name>.
_PLACEHOLDER = re.compile(
    r"(?<!\$)\{\{(?P<double>[^{}]*)\}\}"
    r"|(?<![\w${])[#@%]?\{(?P<single>[A-Za-z_][\w.-]*)(?:[:!][^{}\s]*)?\}(?!\})"
    r"|(?<![\w$])\$(?P<dollar>[a-z_]\w+|[A-Z][A-Z0-9]*_\w+)"
    r"|(?<![\w$])\$\((?P<shell>[A-Za-z_][\w.]*)\)"
    r"|(?<![\w%])%(?P<percent>[A-Za-z_]\w*)%(?!\w)"
    r"|(?<![\w%])%\((?P<python>\w+)\)[sd]"
    r"|(?<![\w%])%[sd](?!\w)"
    r"|\{%[^{}]*%\}"
    r"|<%=?(?P<embedded>[^<>]*)%>"
    r"|<(?P<angle>[A-Za-z]\w*(?: [A-Za-z]\w*){0,2})>"
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def check(context: LintContext) -> Iterator[Finding]:
    """Report the first variable of another tool in a text (FC354)."""
    for suspect in context.cached(suspect_texts):
        found = next((found for found in _PLACEHOLDER.finditer(suspect.text) if _is_variable(found, suspect)), None)
        if found is not None:
            name = _name(next(filter(None, found.groups()), ""))
            what = f"Write ${{{name}}} and declare it" if name else "A variable is written ${name} and declared"
            message = f"{shown(found[0])} is {suspect.becomes} literally: only ${{...}} is a variable"
            help_ = f"{what} in vars:; its value is inserted when the flow is built."
            yield Finding("FC354", suspect.setting.at, message, help_)


def _is_variable(found: re.Match[str], suspect: SuspectText) -> bool:
    """Whether a placeholder is not a tag, of which SSML consists and FC319 reports others."""
    if not found["angle"]:
        return True
    tag = TAG.fullmatch(found[0])
    return suspect.setting.name != "ssml" and (tag is None or is_placeholder(tag, suspect.text))


def _name(written: str) -> str:
    """Return the name of a variable as flowc would write it; empty if that is not clear."""
    last = re.sub(r"[\s-]+", "_", _CAPITAL.sub("_", written.partition("|")[0].strip().rpartition(".")[2])).lower()
    return last if is_variable(last) else ""
