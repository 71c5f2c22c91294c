"""Fills the templates of elements: plain ones as text with gaps, all others by Jinja.

Nearly all templates are plain, and Jinja takes many times as long. A test compares the results of both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from jinja2 import Environment, nodes
from markupsafe import Markup

from flowc.diagnostics.records import NamedTuple
from flowc.emit.confined import ANSWER
from flowc.emit.filling import Filler, Layers, environment
from flowc.profiles.targets import TargetError


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
        self._environment = environment(layers)
        self._filler = Filler(layers, _environment)
        self._fills: dict[str, Fill] = {}

    def fill(self, template: str, macro: str, view: TemplateView) -> str:
        """Return what the macro of a template makes of an element."""
        fill = self._fills.get(template)
        if fill is None:
            fill = self._fills[template] = self.plain(template, macro) or self.by_jinja(template, macro)
        return fill(view)

    def by_jinja(self, template: str, macro: str) -> Fill:
        """Return the macro of a template as Jinja runs it."""
        return lambda view: self._filler(template, TemplateView(*map(Markup, view)), macro=macro).strip()

    def plain(self, template: str, macro: str) -> Fill | None:
        """Return the macro of a template as text with gaps; None if it does more than insert parts."""
        loader = self._environment.loader
        assert loader is not None
        tree = self._environment.parse(loader.get_source(self._environment, template)[0])
        found = next((node for node in tree.body if isinstance(node, nodes.Macro) and node.name == macro), None)
        if found is None or len(found.args) != 1 or not all(isinstance(node, nodes.Output) for node in found.body):
            return None
        form, fields = "", []
        for node in (part for output in found.body for part in output.iter_child_nodes()):
            match node:
                case nodes.TemplateData(data=text):
                    form += text.replace("%", "%%")
                case nodes.Getattr(node=nodes.Name(name=owner), attr=field) if (
                    owner == found.args[0].name and field in TemplateView._fields
                ):
                    form += "%s"
                    fields.append(TemplateView._fields.index(field))
                case _:
                    return None

        def fill(view: TemplateView) -> str:
            values = tuple([view[field] for field in fields])
            if sum(map(len, values)) > ANSWER:
                raise TargetError(f"{template} makes more than {ANSWER // 1024**2} MiB")
            return (form % values).strip()

        return fill


@cache
def _environment(layers: Layers) -> Environment:
    return environment(layers)
