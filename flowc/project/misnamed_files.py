"""Misnamed files: other files given as flows, and flows under names that flowc does not search for.

Files are recognized by the keys at the beginning of lines, so that files with errors are recognized too.
"""

from __future__ import annotations

import re
from pathlib import Path

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import SourceFile, TextRange
from flowc.project.project import FLOW_SUFFIX, PART_SUFFIX, PROJECT_FILE, SCENARIOS_SUFFIX, shown_path

_KEY = re.compile(rb"^([a-z_]+)[ \t]*:", re.MULTILINE)
_FLOW_NAMED = re.compile(rb"^flow[ \t]*:[ \t]*['\"]?([^\s'\"#]+)", re.MULTILINE)
#: Every flow has one of these keys, and other files of flowc have none.
_OF_A_FLOW = {b"flowc", b"steps", b"entry"}
_YAML = (".yaml", ".yml")


def not_a_flow(path: Path, data: bytes) -> Finding | None:
    """FC126 a file that is given as a flow but is a different kind of file."""
    keys = set(_KEY.findall(data))
    if path.name.endswith(PART_SUFFIX):
        help_ = "Give a flow that uses it. Only flowc lint and flowc test take a part alone."
        return Finding("FC126", TextRange(SourceFile(shown_path(path), b"")), "this is a part, not a flow", help_)
    if path.name.endswith(FLOW_SUFFIX) or keys & _OF_A_FLOW:
        return None
    found = _kind(path, data, keys)
    if found is None:
        return None
    return Finding("FC126", TextRange(SourceFile(shown_path(path), b"")), f"this {found[0]}, not a flow", found[1])


def _kind(path: Path, data: bytes, keys: set[bytes]) -> tuple[str, str] | None:
    """Return the kind of a file that is not a flow, and help; None if the kind is unknown."""
    folder = path.absolute().parent
    if path.suffix == ".csv":
        use = f"calls: {{guests: {{from: office, to: {{csv: {path.name}, column: phone}}}}}}"
        return "is a list of comma-separated values", f"Name the list in a flow, such as {use}."
    if path.name.endswith((SCENARIOS_SUFFIX, ".test.yml")) or b"tests" in keys:
        named = _FLOW_NAMED.search(data)
        flow = shown_path(path.parent / named[1].decode("utf-8", "replace")) if named else "FLOW"
        return "file contains scenarios", f"Run flowc test {flow} to run them, or flowc lint {flow} to check the flow."
    if path.name == PROJECT_FILE:
        return "is a project file", f"Run flowc lint {shown_path(folder)} to check the flows of the project."
    if folder.name == "env" and path.suffix in _YAML:
        command = f"flowc lint {shown_path(folder.parent)} --env {path.stem}"
        return "file contains values of variables", f"Run {command} to check the flows with them."
    if data.startswith(b"{") and b'"generator": "flowc"' in data:
        return "is the manifest of a bundle", "Give the flow that it was built from."
    if path.suffix == ".xml" or data.lstrip().startswith(b"<"):
        return "is an XML document", "Give the flow that it was built from: flowc does not read XML."
    if keys and path.suffix in _YAML:
        return (
            "is a different kind of file",
            "A flow has the keys flowc, name, entry and steps.",
        )
    return None


def names(scenarios: bytes, flow: Path) -> bool:
    """Return whether a file of scenarios is for a flow in the same folder."""
    named = _FLOW_NAMED.search(scenarios)
    return named is not None and named[1] == flow.name.encode()


def ignored_file(path: Path) -> Finding:
    """FC127 a file whose name is similar to a name that flowc searches for."""
    if path.name.endswith(".test.yml"):
        kind, read = "a file of scenarios", f"*{SCENARIOS_SUFFIX}"
    elif path.name.endswith(".flow.yml"):
        kind, read = "a flow", f"*{FLOW_SUFFIX}"
    else:
        kind, read = "a project file", PROJECT_FILE
    message = f"this looks like {kind}, but it is not read: flowc searches for {read}"
    return Finding("FC127", TextRange(SourceFile(shown_path(path), b"")), message, f"Rename it to {path.stem}.yaml.")
