"""Fills the templates of targets and hosts: packaged ones in this process, others sandboxed and confined."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, Undefined
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment

from flowc.emit.confined import SECONDS, Confined, ConfinedFailure
from flowc.emit.templates import LARGEST, Layers
from flowc.profiles.targets import TargetError

#: Functions with random results: two builds would differ.
_RANDOM = ("lipsum", "random")
#: How Python shows an object by its address, which differs on every run.
_ADDRESS = re.compile(r"(?:<|&lt;)([^\n]{1,80}) at 0x[0-9a-fA-F]{6,}")
#: What a template may print; an undefined value raises its own error.
_PRINTABLE = (str, int, float, Undefined)


class Filler:
    """Fills the templates of one target or host.

    For a template that is not packaged, it raises TargetError if the template is wrong or exceeds the limits of
    `flowc.emit.confined`; for a packaged one, the exceptions of jinja2.
    """

    def __init__(self, layers: Layers, make: Callable[[Layers], Environment], seconds: float = SECONDS) -> None:
        """`make` is a function of a module that returns the environment, cached by its layers."""
        self._layers = layers
        self._make = make
        self._confined = None if _trusted(layers) else Confined(seconds)

    def __call__(self, template: str, *arguments: object, macro: str = "") -> str:
        """Return a template filled with one mapping, or the result of its macro of that name for the arguments."""
        if self._confined is None:
            return _filled(self._make, self._layers, template, macro, arguments)
        try:
            return self._confined(_filled, self._make, self._layers, template, macro, arguments)
        except ConfinedFailure as refused:
            name = self._layers[0].path.name
            raise TargetError(f"a template of {name} failed in {PurePosixPath(template).name}: {refused}") from refused


class _Loader(BaseLoader):
    """Loads templates from the folders of a target or host."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:
        name = "/".join(split_template_path(template))
        for folder in self._layers:
            if folder.has(name):
                return folder.contents(name, LARGEST).decode(), str(folder.path / name), None
        raise TemplateNotFound(template)


def environment(layers: Layers, **settings: Any) -> Environment:
    """Return an environment for the templates of a target or host; sandboxed if one of its folders is not packaged."""
    trusted = _trusted(layers)
    made = (Environment if trusted else ImmutableSandboxedEnvironment)(
        loader=_Loader(layers),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_printable,
        **settings,
    )
    for name in () if trusted else _RANDOM:
        made.globals.pop(name, None)
        made.filters.pop(name, None)
    return made


def _trusted(layers: Layers) -> bool:
    return all(folder.trusted for folder in layers)


def _filled(
    make: Callable[[Layers], Environment], layers: Layers, template: str, macro: str, arguments: tuple[Any, ...]
) -> str:
    found = make(layers).get_template(template)
    text = str(getattr(found.module, macro)(*arguments)) if macro else found.render(*arguments)
    if not _trusted(layers) and (shown := _ADDRESS.search(text)):
        raise TypeError(f"it prints a value that is neither text nor a number: {shown[1]}")
    return text


def _printable(value: Any) -> Any:
    if not isinstance(value, _PRINTABLE):
        raise TypeError(f"it prints a value that is neither text nor a number: {type(value).__name__}")
    return value
