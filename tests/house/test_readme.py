"""Nothing in the documentation is only said: every listing is run, compared, or read by what it is for.

A fenced block's info string says what it is. Those of one file share a folder, from top to bottom:

- `LANG file=PATH`: an input is written there; below `dist/` it is compared with what was built.
- `text files=FOLDER`: the files that are there. `json route=PATH`: a route of the manifest in `dist/`.
- `console`: commands after `$ ` with all they print; a command must succeed unless `$ echo $?` follows.
- `yaml actions`: actions that are built in the flow of the schema's own example, for one target at least.
  `yaml examples`: the same, each alone.
- `sh`: commands that are only looked at, but those of flowc itself are run; they exist and take these arguments.
- `sh serve`: `flowc serve` at its default address, which runs until the end of the document, at a port that is free.
- `yaml workflow`, `yaml gitlab-ci` and `yaml pre-commit`: what reads such a file takes it, and its commands are handled
  as in `sh`.
- `text`: words. `json settings`: an editor's, which `tests/commands/test_editor.py` uses.

`pytest tests/house/test_readme.py --regenerate` writes outputs and comparisons anew.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
import yaml

from flowc.bundle.manifest import MANIFEST
from flowc.bundle.manifest_reader import read_manifest
from flowc.bundle.routing import Request, answer
from flowc.diagnostics.source import SourceFile
from flowc.syntax import load
from tests.conftest import ROOT
from tests.house.documented_examples import faults, framed
from tests.properties.strange_documents import plain

PAGES = sorted(
    path.relative_to(ROOT).as_posix() for name in ("*.md", "verbs/*.md") for path in (ROOT / "docs").glob(name)
)
#: The flows of docs/rules.md are built by tests/cases/test_rules.py, from the texts that the page is made of.
DOCUMENTS = ("README.md", "CONTRIBUTING.md", *(page for page in PAGES if page != "docs/rules.md"))

_FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
#: Where `flowc serve` listens when the port is left out.
_SERVED = "127.0.0.1:8000"
_REQUIREMENT = re.compile(r"[A-Za-z0-9-]+")


class Block(NamedTuple):
    """A fenced block: its language, what the rest of its info string says, and its lines."""

    language: str
    role: str
    value: str
    body: str


class Reader:
    """Reads one document in a folder of its own."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.folder = folder
        self._status = 0
        self._running = running
        self._served_at = _SERVED

    def body(self, block: Block) -> str:
        """What should stand in the block. Raises AssertionError for what cannot be put right by writing it anew."""
        readers: dict[tuple[str, str], Callable[[Block], str]] = {
            ("console", ""): self._console,
            ("sh", ""): self._commands,
            ("sh", "serve"): self._serve,
            ("text", ""): lambda block: block.body,
            ("text", "files"): self._files,
            ("json", "route"): self._route,
            ("json", "settings"): lambda block: block.body,
            ("yaml", "actions"): self._actions,
            ("yaml", "examples"): self._examples,
            ("yaml", "workflow"): self._workflow,
            ("yaml", "gitlab-ci"): self._gitlab,
            ("yaml", "pre-commit"): self._hooks,
        }
        if block.role == "file":
            return self._file(block)
        assert (block.language, block.role) in readers, f"nobody reads ```{block.language} {block.role}"
        return readers[block.language, block.role](block)

    def _file(self, block: Block) -> str:
        path = self.folder / block.value
        if _is_built(block):
            return path.read_text("utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body, "utf-8")
        return block.body

    def _files(self, block: Block) -> str:
        top = self.folder / block.value
        files = sorted(path.relative_to(self.folder).as_posix() for path in top.rglob("*") if path.is_file())
        return "".join(f"{path}\n" for path in files)

    def _route(self, block: Block) -> str:
        manifest = json.loads((self.folder / "dist" / MANIFEST).read_bytes())
        (route,) = (route for route in manifest["routes"] if route["path"] == block.value)
        lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in route.items() if name != "cases"]
        cases = ",\n".join(f"    {json.dumps(case)}" for case in route["cases"])
        return "{\n" + ",\n".join([f'  "cases": [\n{cases}\n  ]', *lines]) + "\n}\n"

    def _console(self, block: Block) -> str:
        lines = [line for line in block.body.splitlines() if line.startswith("$ ")]
        assert lines, "a console without a command"
        commands = [line.removeprefix("$ ") for line in lines]
        printed = ""
        for command, after in zip(commands, [*commands[1:], ""], strict=True):
            output = f"{self._status}\n" if command == "echo $?" else self._run(shlex.split(command))
            printed += f"$ {command}\n{output}"
            assert self._status == 0 or after == "echo $?" or command == "echo $?", printed
        return printed

    def _run(self, words: list[str]) -> str:
        settings = dict(word.split("=", 1) for word in takewhile(lambda word: word.partition("=")[0].isupper(), words))
        words = words[len(settings) :]
        assert words[0] in ("flowc", "python"), f"{words[0]} cannot be run here"
        done = subprocess.run(
            [
                sys.executable,
                *(() if words[0] == "python" else ("-m", words[0])),
                *(word.replace(_SERVED, self._served_at) for word in words[1:]),
            ],
            cwd=self.folder,
            env={**os.environ, **settings, "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self._status = done.returncode
        return done.stdout.replace(self._served_at, _SERVED)

    def _serve(self, block: Block) -> str:
        words = [sys.executable, "-m", *shlex.split(block.body), "--port", "0"]
        server = subprocess.Popen(
            words, cwd=self.folder, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        self._running.push(server)
        self._running.callback(server.terminate)
        assert server.stderr is not None
        found = re.search(r"127\.0\.0\.1:[0-9]+", server.stderr.readline())
        assert found is not None
        Thread(target=server.stderr.read).start()  # a full pipe would stop the server
        self._served_at = found[0]
        return block.body

    def _commands(self, block: Block) -> str:
        for line in block.body.splitlines():
            self._look_at(shlex.split(line))
        return block.body

    def _look_at(self, words: list[str]) -> None:
        """A command of a listing: flowc's own succeed, the others could be given."""
        match words:
            case ["flowc", *command, ">", file]:
                output = self._run(["flowc", *command])
                assert self._status == 0, output
                (self.folder / file).write_text(output, "utf-8")
            case ["flowc", *_]:
                output = self._run(words)
                assert self._status == 0, output
            case ["make", goal, *settings]:
                makefile = (ROOT / "Makefile").read_text("utf-8")
                assert re.search(rf"^{goal}:", makefile, re.MULTILINE), f"no {goal} in the Makefile"
                assert all(re.search(rf"^{one.partition('=')[0]} \?=", makefile, re.MULTILINE) for one in settings)
            case ["pip", "install", "." | ".[serve]" | "./flowc"]:
                assert (ROOT / "pyproject.toml").is_file()
            case [".venv/bin/python", script, *_]:
                assert (ROOT / script).is_file()
            case [".venv/bin/pytest", module, *_]:
                assert (ROOT / module).is_file()
                assert set(words[2:]) <= {"-k", "voicemail", "--regenerate"}
            case [".venv/bin/ruff", "format" | "check", "."] | [".venv/bin/mypy"]:
                pass
            case _:
                raise AssertionError(f"nobody knows the command {shlex.join(words)}")

    def _actions(self, block: Block) -> str:
        self._build(*self._loaded(block))
        return block.body

    def _examples(self, block: Block) -> str:
        for action in self._loaded(block):
            self._build(action)
        return block.body

    def _loaded(self, block: Block) -> Any:
        data, findings = load(SourceFile("actions.yaml", block.body.encode()))
        assert findings == []
        return plain(data)

    def _build(self, *actions: Any) -> None:
        folder = self.folder / "actions"
        folder.mkdir(exist_ok=True)
        found = faults(framed(*actions), folder)
        assert [] in found.values(), found

    def _workflow(self, block: Block) -> str:
        self._taken(block, "check-jsonschema", "--builtin-schema", "vendor.github-workflows")
        for job in yaml.safe_load(block.body)["jobs"].values():
            for step in job["steps"]:
                if "run" in step:
                    self._look_at(shlex.split(step["run"]))
                else:
                    assert re.fullmatch(
                        r"(actions/(checkout|setup-python)|github/codeql-action/[a-z-]+)@v[0-9]+", step["uses"]
                    )
        return block.body

    def _gitlab(self, block: Block) -> str:
        self._taken(block, "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
        for job in yaml.safe_load(block.body).values():
            for command in (*job["before_script"], *job["script"]):
                self._look_at(shlex.split(command))
            for report in job["artifacts"]["reports"].values():
                assert (self.folder / report).is_file()
        return block.body

    def _hooks(self, block: Block) -> str:
        self._taken(block, "pre-commit", "validate-config")
        ours = {hook["id"]: hook for hook in _hooks_of(".pre-commit-hooks.yaml")}
        for repo in yaml.safe_load(block.body)["repos"]:
            for hook in repo["hooks"]:
                whole = hook if repo["repo"] == "local" else {**ours[hook["id"]], **hook}
                files = [path.relative_to(self.folder).as_posix() for path in self.folder.rglob("calls/*")]
                named = [path for path in files if re.search(whole["files"], path)]
                assert named
                given = named if whole.get("pass_filenames", True) else []
                self._look_at([*shlex.split(whole["entry"]), *whole.get("args", []), *given])
        return block.body

    def _taken(self, block: Block, program: str, *arguments: str) -> None:
        """The program finds nothing wrong with the block, as a file."""
        path = self.folder / "checked.yaml"
        path.write_text(block.body, "utf-8")
        command = [str(Path(sys.executable).with_name(program)), *arguments, str(path)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def _blocks(text: str) -> Iterator[tuple[re.Match[str], Block]]:
    for match in _FENCE.finditer(text):
        language, _, rest = match["info"].strip().partition(" ")
        role, _, value = rest.partition("=")
        yield match, Block(language, role, value, match["body"])


def _read(text: str, folder: Path) -> str:
    """The document as it should be. What is compared may stand before the command that builds it."""
    found = list(_blocks(text))
    inputs = [(match, block) for match, block in found if not _is_built(block)]
    outputs = [(match, block) for match, block in found if _is_built(block)]
    with ExitStack() as running:
        reader = Reader(folder, running)
        bodies = {match.start(): reader.body(block) for match, block in (*inputs, *outputs)}
    parts, end = [], 0
    for match, _ in found:
        parts += [text[end : match.start("body")], bodies[match.start()]]
        end = match.end("body")
    return "".join([*parts, text[end:]])


def _is_built(block: Block) -> bool:
    return block.role == "file" and block.value.startswith("dist/")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_listings(name: str, tmp_path: Path, regenerate: bool) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert text.count("\n```") == 2 * len(list(_blocks(text))), "a block without an info string, or without an end"
    wanted = _read(text, tmp_path)
    if regenerate:
        (ROOT / name).write_text(wanted, "utf-8")
        text = wanted
    assert text == wanted


@pytest.mark.parametrize(
    "listing",
    ["```\nx\n```\n", "```bash\nrm -rf /\n```\n", "```sh\nflowc frobnicate\n```\n", "```console\n$ curl x\n```\n"],
    ids=["no info string", "unknown language", "unknown subcommand", "unknown command"],
)
def test_a_listing_that_nobody_reads_is_noticed(listing: str, tmp_path: Path) -> None:
    text = f"Words.\n\n{listing}"
    with pytest.raises(AssertionError):
        assert text.count("\n```") == 2 * len(list(_blocks(text)))
        _read(text, tmp_path)


def test_the_application_answers_as_the_manifest_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _read((ROOT / "docs/bundle.md").read_text("utf-8"), tmp_path)
    monkeypatch.chdir(tmp_path)
    application = runpy.run_path("serve.py")["application"]
    manifest = read_manifest(Path("dist", MANIFEST).read_bytes())

    def ask(method: str, path: str, query: str, body: bytes) -> tuple[str, bytes]:
        told: list[str] = []
        environ = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query}
        stream = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        parts: list[bytes] = application({**environ, **stream}, lambda status, _: told.append(status))
        return told[0], b"".join(parts)

    for name in manifest.by_path:
        for word in ("completed", "busy", "", "no-answer", "nonsense"):
            form = f"DialStatus={word}"
            path = f"/{name}"
            got = answer(manifest, Request("GET", f"{path}?{form}")).document
            assert got is not None
            file = Path("dist", got.path).read_bytes()
            assert ask("GET", path, form, b"") == ask("POST", path, "", form.encode()) == ("200 OK", file)
            assert ask("HEAD", path, form, b"") == ("200 OK", b"")
    assert ask("GET", "/nothing.xml", "", b"") == ("404 Not Found", b"not found\n")
    assert ask("PUT", f"/{manifest.documents[0].path}", "", b"") == ("405 Method Not Allowed", b"method not allowed\n")


def test_every_wish_has_an_answer() -> None:
    text = (ROOT / "docs/can-i.md").read_text("utf-8")
    wishes = re.split(r"^##+ ", text, flags=re.MULTILINE)
    asked = [wish for wish in wishes if wish.startswith("Can ")]
    assert len(asked) >= 30
    assert [wish for wish in asked if not re.search(r"^```|own server\*|\*Not yet\*", wish, re.MULTILINE)] == []
    anchors = [re.sub(r"[^\w -]", "", wish.partition("\n")[0].lower()).replace(" ", "-") for wish in asked]
    assert re.findall(r"\]\(#(.+?)\)", text) == anchors


def test_every_flow_that_grants_a_wish_has_a_test() -> None:
    flows = [block for _, block in _blocks((ROOT / "docs/can-i.md").read_text("utf-8")) if "flow.yaml" in block.value]
    assert flows
    assert [block.value for block in flows if not yaml.safe_load(block.body).get("tests")] == []


def test_generated_parts_are_up_to_date() -> None:
    command = [sys.executable, "docs/generate.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_layout_names_every_part() -> None:
    layout = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Layout")[2].split("```")[1]
    parts = {path.name for path in (ROOT / "flowc").iterdir() if path.suffix == ".py"}
    folders = {f"{path.name}/" for path in (ROOT / "flowc").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(re.findall(r"^  ([a-z_]+(?:\.py|/))", layout, re.MULTILINE)) == parts | folders
    modules = {path.name for path in (ROOT / "flowc").rglob("*.py")}
    assert set(re.findall(r"[a-z_]+\.py", layout)) <= modules


def test_every_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    reasons = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Dependencies")[2]
    names = [match.group() for match in map(_REQUIREMENT.match, needed) if match]
    assert [name for name in names if not re.search(rf"\b{name}\b", reasons)] == []


def _hooks_of(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def test_our_own_hooks_need_no_network() -> None:
    for repo in _hooks_of(".pre-commit-config.yaml")["repos"]:
        assert repo["repo"] == "local"
        for hook in repo["hooks"]:
            assert hook["language"] == "system"
            assert hook["entry"].startswith(".venv/bin/")
