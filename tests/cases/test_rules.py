"""The texts of the codes: each is of the form that its readers count on, and what it shows as bad and good is so.

A fence without `file=` is a flow, which gets the keys of its head that it leaves out; one with `file=NAME` is a further
file beside it, or a flow that stands as it is. Files of scenarios are played, and audio files lie beside the flow.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowc.cli import commands
from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.explain import explained
from flowc.driver.pipeline import build_bundle
from flowc.lint import find_rules
from flowc.project.options import Options
from flowc.project.policy import Policy
from flowc.project.project import find_flows
from flowc.simulate import trials
from flowc.simulate.results import result
from tests.conftest import ROOT
from tests.samples.built_flows import targets
from tests.samples.sounds import write_sounds

TEXTS = sorted((ROOT / "flowc").glob("*/rules/*.md"), key=lambda path: path.stem)
SHOWN = [(path.stem, part) for path in TEXTS for part in ("Bad", "Good") if f"\n## {part}\n" in path.read_text("utf-8")]
#: The folder of rules.
RULES = ROOT / "flowc" / "lint" / "rules"
_FORM = re.compile(
    r"# (?P<code>FC[0-9]{3}) (?P<name>[a-z0-9-]+)\n\n(?P<meaning>\S(?:.|\n(?!\n))*\.)\n\n\S(?s:.*[^\n])\n"
)
_FENCE = re.compile(r"^```(?:yaml|csv)(?: file=(?P<file>\S+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEAD = {"flowc": "1", "name": "example", "targets": "[plivo]", "base_url": "https://ivr.example.com"}
_FIRST_STEP = re.compile(r"^steps:\s*\{?\s*([a-z0-9-]+)", re.MULTILINE)


def _files(code: str, part: str) -> dict[str, str]:
    section = explained(code).whole.partition(f"\n## {part}\n")[2].partition("\n## ")[0]
    return {
        match["file"] or "example.flow.yaml": match["body"] if match["file"] else _framed(match["body"])
        for match in _FENCE.finditer(section)
    }


def _framed(flow: str) -> str:
    first = _FIRST_STEP.search(flow)
    head = {**_HEAD, **({"entry": first[1]} if first else {})}
    missing = (f"{key}: {value}\n" for key, value in head.items() if not re.search(rf"^{key}:", flow, re.MULTILINE))
    return "".join(missing) + flow


def _codes(folder: Path, asked: str) -> list[str]:
    """The codes of what is found, the code in question being on."""
    off = CODES[asked].severity is Severity.OFF
    policy = Policy(severity={asked: Severity.WARNING} if off else {})
    bundle = build_bundle(find_flows([folder]), targets(), Options(scenarios=True, policy=policy))
    found = [one.code for one in bundle.diagnostics]
    if bundle.manifest is not None:
        played = (
            result(trial, trial.player.play(scenario)).failure
            for trial in trials(bundle, targets())
            for scenario in trial.scenarios
        )
        found += [failure.code for failure in played if failure]
    return found


def test_every_code_has_one_text() -> None:
    assert sorted(CODES) == [path.stem for path in TEXTS]


def test_a_rule_is_named_after_its_code_and_has_the_text_next_to_it() -> None:
    names = {row.name.replace("-", "_"): row.code for row in CODES.values()}
    assert {path.stem for path in TEXTS if path.parent == RULES} == {names[rule.name] for rule in find_rules()}
    for rule in find_rules():
        module = ast.parse((RULES / f"{rule.name}.py").read_text("utf-8"))
        assert {code for node in ast.walk(module) for code in _reported(node)} <= {names[rule.name]}, rule.name


def _reported(node: ast.AST) -> Iterator[object]:
    """The code of a finding that a node of a module makes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
        yield from (one.value for one in node.args[:1] if isinstance(one, ast.Constant))


def test_rules_are_found_in_the_order_of_their_names() -> None:
    names = [rule.name for rule in find_rules()]
    assert names == sorted(path.stem for path in RULES.glob("*.py") if path.stem != "__init__")


def test_rules_and_texts_are_found_in_a_zip(tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "flowc"), "zip", ROOT, "flowc")
    program = (
        "import flowc\nfrom flowc.diagnostics.explain import explained\nfrom flowc.lint import find_rules\n"
        "print(flowc.__file__, len(find_rules()), explained('FC347').code, explained('FC101').code)"
    )
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, cwd=tmp_path, env={"PYTHONPATH": archive}, capture_output=True, text=True, check=True)
    file, *found = done.stdout.split()
    assert file.startswith(archive)
    assert found == [str(len(find_rules())), "FC347", "FC101"]


def test_the_table() -> None:
    told = CliRunner().invoke(commands, ["explain"], catch_exceptions=False)
    *rows, _, last = told.output.splitlines()
    assert [row.split()[:2] for row in rows] == [[row.code, row.name] for row in CODES.values()]
    assert all(row.endswith(f"  {explained(row[:5]).meaning}") for row in rows)
    silenced = {row[:5] for row in rows if row.split()[2] != "error"}
    assert silenced == {row.code for row in CODES.values() if not row.fixed}
    assert last.endswith("other errors cannot be disabled.")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_form(path: Path) -> None:
    form = _FORM.fullmatch(path.read_text("utf-8"))
    assert form is not None
    assert (form["code"], form["name"]) == (path.stem, CODES[path.stem].name)
    meaning = " ".join(form["meaning"].split())
    assert ". " not in meaning, "the first paragraph is one sentence"
    assert explained(path.stem).meaning == meaning


@pytest.mark.parametrize(("code", "part"), SHOWN)
def test_what_is_shown(code: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = _files(code, part)
    assert files
    for name, text in files.items():
        tmp_path.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        tmp_path.joinpath(name).write_text(text, "utf-8")
    write_sounds(tmp_path)
    assert set(_codes(tmp_path, code)) == ({code} if part == "Bad" else set())


@pytest.mark.parametrize("words", ["FC313", "fc313", "implicit-end"])
def test_explain(words: str) -> None:
    told = CliRunner().invoke(commands, ["explain", words], catch_exceptions=False)
    assert (told.exit_code, told.output) == (0, explained("FC313").whole)


def test_explain_knows_no_such_code() -> None:
    told = CliRunner().invoke(commands, ["explain", "implicit-edn"], catch_exceptions=False)
    assert told.exit_code == 2
    assert 'there is no code "implicit-edn". Did you mean implicit-end?' in told.output
