"""Fills the templates of elements: plain ones as text with gaps, all others by Jinja.

Nearly all templates are plain; Jinja takes many times as long, and its import as long as a small build. A test compares
the results of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from flowc.diagnostics.records import NamedTuple
from flowc.emit.confined import ANSWER
from flowc.profiles.targets import TargetError, TargetFolder

if TYPE_CHECKING:
    from jinja2 import Environment

#: The folders of a target or host; the first that contains a template counts.
Layers = tuple[TargetFolder, ...]

#: The largest template, in bytes.
LARGEST = 256 * 1024
#: A file with nothing but a macro, which inserts parts of a view.
_PLAIN = re.compile(r"\s*\{% macro (\w+)\((\w+)\) %\}((?:[^{\r]|\{(?![{%#])|\{\{ \2\.\w+ \}\})*)\{% endmacro %\}\s*")
_GAP = re.compile(r"\{\{ \w+\.(\w+) \}\}")


class TemplateView(NamedTuple):
    """What a template sees of an element: parts that are already escaped."""

    attrs: str = ""
    text: str = ""
    children: str = ""


Fill = Callable[[TemplateView], str]


class ElementTemplates:
    """The templates of one target; each contains a macro, whose text counts without the space around it."""

    def __init__(self, layers: Layers) -> None:
        """Take the target's folders; the first that has a template counts."""
        self._layers = layers
        self._fills: dict[str, Fill] = {}
        self.are_plain = True  # those that were filled

    def fill(self, template: str, macro: str, view: TemplateView) -> str:
        """Return what the macro of a template makes of an element."""
        fill = self._fills.get(template)
        if fill is None:
            plain = self.plain(template, macro)
            self.are_plain &= plain is not None
            fill = self._fills[template] = plain or self.by_jinja(template, macro)
        return fill(view)

    def by_jinja(self, template: str, macro: str) -> Fill:
        """Return the macro of a template as Jinja runs it."""
        from markupsafe import Markup

        from flowc.emit.filling import Filler

        filler = Filler(self._layers, _environment)
        return lambda view: filler(template, TemplateView(*map(Markup, view)), macro=macro).strip()

    def plain(self, template: str, macro: str) -> Fill | None:
        """Return the macro of a template as text with gaps; None if the template does more than insert parts."""
        folder = next((folder for folder in self._layers if folder.has(template)), None)
        found = _PLAIN.fullmatch(folder.contents(template, LARGEST).decode()) if folder else None
        if found is None or found[1] != macro:
            return None
        text, *parts = _GAP.split(found[3])
        fields, texts = parts[::2], parts[1::2]
        if not set(fields) <= set(TemplateView._fields):
            return None
        form = "%s".join(part.replace("%", "%%") for part in (text, *texts))
        places = [TemplateView._fields.index(field) for field in fields]

        def fill(view: TemplateView) -> str:
            values = tuple([view[place] for place in places])
            if sum(map(len, values)) > ANSWER:
                raise TargetError(f"{template} makes more than {ANSWER // 1024**2} MiB")
            return (form % values).strip()

        return fill


@cache
def _environment(layers: Layers) -> Environment:
    from flowc.emit.filling import environment

    return environment(layers)
