"""flowc: a declarative YAML-to-XML call flow compiler.

The names in `__all__` are public; docs/python.md describes them. Each is loaded on first use.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # type checkers assume True; `typing` would take most of the time of `import flowc`
if TYPE_CHECKING:
    from flowc.bundle import BundleError
    from flowc.bundle import write as write_bundle
    from flowc.bundle.manifest import Manifest
    from flowc.bundle.routing import Answer, Request, answer
    from flowc.diagnostics.findings import Diagnostic
    from flowc.driver.api import compile_flows, lint
    from flowc.driver.results import Bundle
    from flowc.profiles.signature import Signed, schemes, verify
    from flowc.project.options import Options
    from flowc.project.policy import Policy
    from flowc.project.project import NothingToBuild
    from flowc.serve import Served, UnusableBundle, asgi, guard_of, read_bundle, wsgi
else:  # a type checker that saw this would accept any name

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, own = _HOMES[name].rpartition(".")
        value = globals()[name] = getattr(import_module(module), own)
        return value


__all__ = [
    "Answer",
    "Bundle",
    "BundleError",
    "Diagnostic",
    "Manifest",
    "NothingToBuild",
    "Options",
    "Policy",
    "Request",
    "Served",
    "Signed",
    "UnusableBundle",
    "__version__",
    "answer",
    "asgi",
    "compile_flows",
    "guard_of",
    "lint",
    "read_bundle",
    "schemes",
    "verify",
    "write_bundle",
    "wsgi",
]
__version__ = "0.1.0"

#: Where each public name is defined. tests/house/test_public.py compares this with the imports for type checkers above.
_HOMES = {
    "Answer": "flowc.bundle.routing.Answer",
    "Bundle": "flowc.driver.results.Bundle",
    "BundleError": "flowc.bundle.BundleError",
    "Diagnostic": "flowc.diagnostics.findings.Diagnostic",
    "Manifest": "flowc.bundle.manifest.Manifest",
    "NothingToBuild": "flowc.project.project.NothingToBuild",
    "Options": "flowc.project.options.Options",
    "Policy": "flowc.project.policy.Policy",
    "Request": "flowc.bundle.routing.Request",
    "Served": "flowc.serve.Served",
    "Signed": "flowc.profiles.signature.Signed",
    "UnusableBundle": "flowc.serve.UnusableBundle",
    "answer": "flowc.bundle.routing.answer",
    "asgi": "flowc.serve.asgi",
    "compile_flows": "flowc.driver.api.compile_flows",
    "guard_of": "flowc.serve.guard_of",
    "lint": "flowc.driver.api.lint",
    "read_bundle": "flowc.serve.read_bundle",
    "schemes": "flowc.profiles.signature.schemes",
    "verify": "flowc.profiles.signature.verify",
    "write_bundle": "flowc.bundle.write",
    "wsgi": "flowc.serve.wsgi",
}


class _Package(ModuleType):
    """A module whose public names remain when a package of the same name is imported.

    `flowc.lint` is a function and also the package of rules. The import system would set the attribute to the package.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
