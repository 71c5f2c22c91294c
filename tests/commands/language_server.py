"""A client of the language server protocol: as much as a test needs to see what an editor would show.

The protocol: each message is JSON behind a header with its length, over the server's standard input and output.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple


class Shown(NamedTuple):
    """What an editor marks: from where to where (line and column, from 1), how badly, and what it says."""

    at: tuple[int, int]
    to: tuple[int, int]
    severity: int
    message: str


class Editor:
    """One server, and the files that are open in it. Raises EOFError when the server ends."""

    def __init__(self, process: subprocess.Popen[bytes], settings: Mapping[str, Any]) -> None:
        self._process = process
        self._settings = settings
        self._asked = 0
        self._shown: dict[str, list[Shown]] = {}

    def start(self, folder: Path) -> None:
        """Introduce the editor; `folder` is the one that is open in it."""
        workspace = {"uri": folder.as_uri(), "name": folder.name}
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {
                "hover": {"contentFormat": ["markdown"]},
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
            },
        }
        self._ask("initialize", {"processId": None, "capabilities": capabilities, "workspaceFolders": [workspace]})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": self._settings})

    def opened(self, path: Path) -> list[Shown]:
        """What is marked in a file that is opened, once the server has looked at it."""
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": path.read_text("utf-8")}
        self._tell("textDocument/didOpen", {"textDocument": document})
        while uri not in self._shown:
            self._receive()
        return self._shown[uri]

    def hover(self, path: Path, line: int, column: int) -> str:
        """The Markdown that is shown over a place of an open file; empty where nothing is."""
        found = self._ask("textDocument/hover", _place(path, line, column))
        return str(found["contents"]["value"]) if found else ""

    def completion(self, path: Path, line: int, column: int) -> dict[str, str]:
        """What is offered at a place of an open file, each with its explanation."""
        found = self._ask("textDocument/completion", _place(path, line, column))
        items = found["items"] if isinstance(found, dict) else found
        return {item["label"]: _text(item.get("documentation", "")) for item in items}

    def stop(self) -> None:
        """Say goodbye."""
        self._ask("shutdown", None)
        self._tell("exit", None)

    def _tell(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def _ask(self, method: str, params: object) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._asked and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _send(self, message: Mapping[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; a question of the server is answered, and what it shows kept."""
        message: dict[str, Any] = json.loads(self._read())
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            params = message["params"]
            self._shown[params["uri"]] = [_shown(one) for one in params["diagnostics"]]
        elif method == "workspace/configuration":
            answer: Sequence[object] = [self._settings.get(item["section"]) for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": answer})
        elif method is not None and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message

    def _read(self) -> bytes:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self._process.stdout.read(length)
        if not body:
            raise EOFError("the language server has ended")
        return body


@contextmanager
def editor(command: Sequence[str], folder: Path, settings: Mapping[str, Any]) -> Iterator[Editor]:
    """An editor with this folder open; `settings` are its own, by section, such as yaml."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder) as process:
        try:
            one = Editor(process, settings)
            one.start(folder)
            yield one
            one.stop()
        finally:
            process.kill()


def _place(path: Path, line: int, column: int) -> dict[str, object]:
    return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line - 1, "character": column - 1}}


def _shown(diagnostic: Mapping[str, Any]) -> Shown:
    at, to = (
        (place["line"] + 1, place["character"] + 1)
        for place in (diagnostic["range"]["start"], diagnostic["range"]["end"])
    )
    return Shown(at, to, diagnostic["severity"], diagnostic["message"])


def _text(documentation: Any) -> str:
    return str(documentation["value"] if isinstance(documentation, dict) else documentation)
