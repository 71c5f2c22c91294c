"""The format of an audio file by its name and contents, and URLs of pages that only show one. See tables/files.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flowc.diagnostics.records import NamedTuple
from flowc.profiles.targets import read_table

TABLE = Path(__file__).parent / "tables" / "files.yaml"


class FilePage(NamedTuple):
    """A page that shows a file: the site, the form of its URLs, and a help text, with {name} for groups of the form."""

    site: str
    form: re.Pattern[str]
    help: str


class BundledFormat(NamedTuple):
    """A format that a bundle can contain: its media type, and the options by which ffmpeg writes it."""

    type: str
    ffmpeg: str


class PageLink(NamedTuple):
    """A URL that leads to a page: the site, and what to write instead."""

    site: str
    help: str


def format_of(url: str) -> str:
    """Return the audio or video format by the extension in a URL; empty if it is not known."""
    name = urlsplit(url).path.rpartition("/")[2]
    return _table().formats.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def bundled_formats() -> Mapping[str, BundledFormat]:
    """Return the formats that a bundle can contain, by their names."""
    return _table().bundled


def kind_of(data: bytes) -> str:
    """Return the format that the contents of a file begin like, or another kind of file; empty if it is not known."""
    return next((kind for kind, form in _table().contents.items() if form.match(data)), "")


def page_of(url: str) -> PageLink | None:
    """Return the page that a URL leads to; None if it is not known to be a page."""
    rest = url.partition("://")[2]
    for page in _table().pages:
        if found := page.form.match(rest):
            return PageLink(page.site, page.help.format(**found.groupdict()))
    return None


class _Table(NamedTuple):
    formats: Mapping[str, str]
    bundled: Mapping[str, BundledFormat]
    contents: Mapping[str, re.Pattern[bytes]]
    pages: tuple[FilePage, ...]


@cache
def _table() -> _Table:
    table = read_table(TABLE)
    formats = {ending: name for name, endings in table["formats"].items() for ending in endings}
    pages = (FilePage(row["site"], re.compile(row["url"], re.IGNORECASE), row["help"]) for row in table["pages"])
    bundled = {name: BundledFormat(**row) for name, row in table["bundled"].items()}
    contents = {
        name: re.compile(form.encode("latin-1"), re.IGNORECASE | re.DOTALL) for name, form in table["contents"].items()
    }
    return _Table(formats, bundled, contents, tuple(pages))
