"""What an editor shows of the schemas: the YAML language server that editors run, asked as they ask it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flowc.cli import commands
from tests.commands.language_server import Editor, editor
from tests.conftest import ROOT
from tests.hosts.node_packages import node, node_package
from tests.samples.built_flows import targets

pytestmark = pytest.mark.foreign

_HEAD = """\
# yaml-language-server: $schema=.flowc/flow.schema.json
flowc: 1
name: example
targets: [plivo]
base_url: https://ivr.example.com
"""
_BROKEN = f"""\
{_HEAD}entry: start
steps:
  start:
    - say: {{text: Hello., voice: alto}}
    - dial:
        to: "+12025550143"
        tiemout: 20s
        then:
          completed: end
          else: Nobody
    - play: https://files.example.com/bye.mp3
    - gather: {{digits: 33, then: end}}
"""
#: Where an author has begun to write, and what is offered at the sign ‸ with what it means.
_OFFERED = {
    "the outcomes of a dial": (
        "steps:\n  start:\n    - dial:\n        to: desk\n        then:\n          completed: end\n          ‸\n",
        {
            "busy": "The line was busy.",
            "no-answer": "No callee answered in time.",
            "timeout": "The network gave up before the timeout of the dial.",
            "failed": "The call could not be made.",
            "canceled": "The call was canceled before it was answered.",
            "else": "Any outcome that is not named.",
        },
    ),
    "the outcomes of a gather": (
        "steps:\n  start:\n    - gather:\n        digits: 1\n        then:\n          '1': end\n          ‸\n",
        {
            "digits": "The caller pressed keys that no other choice names.",
            "no-input": "The caller pressed no key and said nothing.",
            "no-match": "The caller pressed keys that no choice names.",
            "speech": "The caller spoke; only your own server receives the text (action).",
            "rows": (
                "Further choices: one for each row of a table; a mapping, or a list of such mappings for several"
                " tables."
            ),
            "else": "Any outcome that is not named.",
        },
    ),
    "a voice": (
        "steps:\n  start:\n    - say:\n        text: Hello.\n        voice: ‸\n",
        {"man": "A man's voice.", "woman": "A woman's voice."},
    ),
    "a key": (
        "steps:\n  start:\n    - play:\n        ‸\n",
        {
            "url": "The audio file: its path from the folder of this file, or its URL.",
            "loop": "How often it is played; 0 means until the call ends.",
            "plivo": "Fields that only Plivo XML has, under its own names.",
        },
    ),
}


def _editor(folder: Path, **yaml: Any) -> AbstractContextManager[Editor]:
    """An editor in this folder that fetches nothing."""
    server = node_package("yaml-language-server") / "bin" / "yaml-language-server"
    settings = {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True, **yaml}
    return editor([node(), str(server), "--stdio"], folder, {"yaml": settings})


def _schemas(folder: Path) -> None:
    result = CliRunner().invoke(commands, ["schema", "--into", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Editor, Path]]:
    """An editor in a folder with the schemas."""
    folder = tmp_path_factory.mktemp("project")
    _schemas(folder / ".flowc")
    with _editor(folder) as one:
        yield one, folder


def test_marks(project: tuple[Editor, Path]) -> None:
    """A broken flow is marked in the very places that flowc points at."""
    one, folder = project
    path = folder / "broken.flow.yaml"
    path.write_text(_BROKEN, "utf-8")
    marked = {mark.at: mark.message for mark in one.opened(path)}
    assert marked == {
        (9, 34): 'Value is not accepted. Valid values: "man", "woman".',
        (12, 9): "Property tiemout is not allowed.",
        (15, 17): "Use lower-case letters, digits and hyphens only, beginning with a letter.",
        (17, 24): "Value is above the maximum of 32.",
    }
    result = CliRunner().invoke(commands, ["lint", str(path), "--format", "json"], catch_exceptions=False)
    assert {(found["line"], found["column"]) for found in json.loads(result.output)} == set(marked)


@pytest.mark.parametrize(
    ("line", "word", "shown"),
    [
        ("entry: start", "entry", "The first step of a call."),
        ("targets: [", "plivo", "* `plivo`: Plivo XML."),
        ("- say:", "say", "Speaks a text."),
        ("- say:", "voice", "* `woman`: A woman's voice."),
        ("- dial:", "dial", "Calls one or more numbers and connects the caller."),
        ("completed:", "completed", "A callee answered, and the conversation is over."),
        ("completed:", "end", "A callee answered, and the conversation is over."),
        ("- play:", "play", "Plays an audio file."),
        ("- play:", "https", "Plays an audio file."),
    ],
)
def test_hover(project: tuple[Editor, Path], line: str, word: str, shown: str) -> None:
    one, folder = project
    path = folder / "hover.flow.yaml"
    path.write_text(_BROKEN, "utf-8")
    one.opened(path)
    number, text = next((number, text) for number, text in enumerate(_BROKEN.splitlines(), 1) if line in text)
    paragraphs = one.hover(path, number, text.index(word) + 1).replace("\n* ", "\n\n* ").split("\n\n")
    assert shown in [paragraph.strip() for paragraph in paragraphs]


@pytest.mark.parametrize("what", _OFFERED)
def test_what_is_offered(project: tuple[Editor, Path], what: str) -> None:
    one, folder = project
    text, offered = _OFFERED[what]
    before, _, after = f"{_HEAD}{text}".partition("‸")
    path = folder / f"{what}.flow.yaml"
    path.write_text(before + after, "utf-8")
    one.opened(path)
    found = one.completion(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert {name: found[name] for name in found if name in offered or name not in targets().profiles} == offered


def test_nothing_is_marked_in_the_examples(tmp_path: Path) -> None:
    """Their first lines lead to the schemas that one command writes into a clone."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    _schemas(tmp_path / ".flowc")
    with _editor(tmp_path) as one:
        files = sorted((tmp_path / "examples").rglob("*.yaml"))
        assert files
        assert {path: marks for path in files if (marks := one.opened(path))} == {}
        path = tmp_path / "examples/voicemail/voicemail.flow.yaml"
        assert "The name of the flow, and of its folder in the bundle." in one.hover(path, 3, 1)


def test_nothing_is_marked_in_what_init_writes(tmp_path: Path) -> None:
    CliRunner().invoke(commands, ["init", str(tmp_path / "line")], catch_exceptions=False)
    files = sorted((tmp_path / "line").rglob("*.yaml"))
    assert len(files) == 4
    with _editor(tmp_path / "line") as one:
        assert {path: marks for path in files if (marks := one.opened(path))} == {}
        assert "The purpose of the variable, in your own words." in one.hover(tmp_path / "line/flowc.yaml", 6, 64)


def test_the_settings_of_the_documentation(tmp_path: Path) -> None:
    """Files without a line that names their schema get it by their names."""
    text = (ROOT / "docs/editors.md").read_text("utf-8")
    settings = json.loads(text.partition("```json settings\n")[2].partition("```")[0])
    _schemas(tmp_path / ".flowc")
    names = ("a.flow.yaml", "calls/b.flow.yaml", "calls/b.test.yaml", "flowc.yaml", "env/prod.yaml")
    with _editor(tmp_path, schemas=settings["yaml.schemas"]) as one:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("x-mine: 1\nname: [1]\n", "utf-8")
            assert one.opened(path), name


@pytest.mark.parametrize(("ci", "told"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_what_is_missing_is_told(ci: str, told: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that cannot run is left out aloud, and fails where nothing may be left out."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(told, match="node is not installed"):
        node()
