"""The public names of flowc: which they are, that they are typed and documented, and what `import flowc` loads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import assert_type

import pytest

import flowc
from tests.conftest import ROOT

FACE = ROOT / "flowc" / "__init__.py"
LISTED = re.findall(r"^\| `(\w+)", (ROOT / "docs/python.md").read_text("utf-8"), re.MULTILINE)


def _loaded(program: str) -> set[str]:
    """The modules that a new interpreter has loaded after a program."""
    command = [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_the_documentation_lists_the_public_names() -> None:
    assert sorted(LISTED) == flowc.__all__


def test_type_checkers_see_what_is_loaded() -> None:
    (block,) = (node for node in ast.parse(FACE.read_text("utf-8")).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    typed = {one.asname or one.name: f"{node.module}.{one.name}" for node in imports for one in node.names}
    assert typed == flowc._HOMES
    assert {*typed, "__version__"} == set(flowc.__all__)


def test_an_import_loads_no_other_module_of_flowc() -> None:
    loaded = _loaded("import flowc")
    assert {name for name in loaded if name.startswith("flowc")} == {"flowc"}
    assert not loaded & {"typing", "pathlib", "yaml", "click"}


def test_an_answer_needs_no_compiler() -> None:
    loaded = _loaded("from flowc import Request, answer")
    assert not loaded & {"flowc.driver.pipeline", "flowc.profiles.targets", "yaml", "jinja2", "lxml"}


@pytest.mark.parametrize("name", sorted({*flowc.__all__} - {"__version__"}))
def test_each_name_is_documented(name: str) -> None:
    assert (getattr(flowc, name).__doc__ or "").strip()
    assert name in dir(flowc)


def test_packages_do_not_replace_functions() -> None:
    program = "import flowc\nimport flowc.lint.context\nfrom flowc import lint\nassert lint is flowc.lint\n"
    _loaded(f"{program}assert flowc.lint.__module__ == 'flowc.driver.api'\nassert flowc.bundle.write")


def test_other_names_do_not_exist() -> None:
    with pytest.raises(AttributeError, match="module 'flowc' has no attribute 'nothing'"):
        _ = flowc.nothing  # type: ignore[attr-defined]


def test_types(tmp_path: Path) -> None:
    """A flow from its file to an answer; mypy checks the types."""
    paths = [ROOT / "examples" / "voicemail"]
    assert_type(flowc.lint(paths), tuple[flowc.Diagnostic, ...])
    compiled = assert_type(flowc.compile_flows(paths, flowc.Options(policy=flowc.Policy())), flowc.Bundle)
    assert compiled.files is not None
    flowc.write_bundle(compiled.files, tmp_path / "dist")
    bundle = assert_type(flowc.read_bundle(tmp_path / "dist"), flowc.Served)
    manifest = assert_type(bundle.manifest, flowc.Manifest)
    assert manifest == compiled.manifest
    answered = assert_type(flowc.answer(manifest, flowc.Request("GET", manifest.flows[0].answer_url)), flowc.Answer)
    assert (answered.status, answered.document is not None) == (200, True)
    (scheme,) = flowc.schemes("twiml").values()
    assert flowc.verify(scheme, flowc.Signed("GET", manifest.base_url, {}), "token") is False
