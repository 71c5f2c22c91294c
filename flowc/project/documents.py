"""Loads the files of a project that contain a mapping."""

from __future__ import annotations

from pathlib import Path

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown
from flowc.project.project import read
from flowc.project.suppressions import SeverityResolver
from flowc.project.variables import LoadedFile
from flowc.syntax import Map, load


def load_document(
    reader: FileReader, severities: SeverityResolver, path: Path, root: Path
) -> tuple[LoadedFile | None, list[Finding]]:
    """Load a file of the project in `root`, and its comments; None if it cannot be read as a mapping."""
    file, found = read(reader, path, root)
    if found:
        return None, found
    data, found = load(file)
    if isinstance(data, Map):
        return LoadedFile(file, data), [*found, *severities.read_comments(file)]
    if not found:
        help_ = "Write keys with values, such as flowc: 1 on the first line of a flow."
        message = f"found {shown(data)} instead of the keys of the file"
        found = [Finding("FC203", NodeRef(file, 0), message, help_)]
    return None, found
