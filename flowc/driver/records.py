"""What a build is given and returns, and the parts that the cache and processes exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from flowc.bundle import KnownFiles
from flowc.diagnostics.findings import Diagnostic
from flowc.project.options import Options
from flowc.project.project import Found


class BuildResult(NamedTuple):
    """The result of a build: diagnostics, files (None after an error), variables, summary and install instructions.

    `skipped` are the files of flows for none of the targets. `digests` are the known ones of the files. If the output
    folder is up to date, the files are not made: `files` is empty, and `unchanged` is their number. `known` are the
    files of the last build; `save` keeps this build in the cache, and is called once the folder contains its files.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes] | None
    declared: frozenset[str]
    summary: str
    installed: tuple[str, ...]
    digests: Mapping[str, str] = {}
    unchanged: int = 0
    skipped: tuple[str, ...] = ()
    known: KnownFiles | None = None
    save: Callable[[], None] = lambda: None


class BuildRequest(NamedTuple):
    """The input of a build. `templates` is the folder of further targets, `with_summary` requests a summary."""

    found: Found
    options: Options
    templates: Path | None
    with_summary: bool


class Fragment(NamedTuple):
    """One compiled flow: warnings, files without the manifest and lines of the manifest by list name.

    `file` is the file of the flow, `host` the host it was checked for (empty: none), `declared` are the variables it
    may use, `lists` further files that it depends on, each with its SHA-256. `contracts` are the sort keys of the
    contracts of its requests. `summary` describes the result. `connected` are the files of the flows that links connect
    with it, and its own: they are only valid together. `audio` are the audio files, by their places in the bundle.
    `files` are the digests of the other files, `texts` their contents.
    """

    flow: str
    file: str
    base_url: str
    host: str
    declared: Sequence[str]
    lists: Sequence[tuple[str, str]]
    diagnostics: Sequence[Diagnostic]
    files: Mapping[str, str]
    lines: Mapping[str, str]
    contracts: Sequence[str]
    summary: str
    connected: Sequence[str]
    audio: Mapping[str, str]
    texts: Mapping[str, str]


class Fragments(NamedTuple):
    """Fragments in the order of their files, and the manifest lines of their contracts, by sort key."""

    each: Sequence[Fragment]
    contracts: Mapping[str, str]
