"""The format of an audio file by its URL, and URLs of pages that only show a file. See tables/files.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from flowc.profiles.targets import read_table

TABLE = Path(__file__).parent / "tables" / "files.yaml"


class FilePage(NamedTuple):
    """A page that shows a file: the site, the form of its URLs, and a help text, with {name} for groups of the form."""

    site: str
    form: re.Pattern[str]
    help: str


class PageLink(NamedTuple):
    """A URL that leads to a page: the site, and what to write instead."""

    site: str
    help: str


def format_of(url: str) -> str:
    """Return the audio or video format by the extension in a URL; empty if it is not known."""
    name = urlsplit(url).path.rpartition("/")[2]
    return _table().formats.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def page_of(url: str) -> PageLink | None:
    """Return the page that a URL leads to; None if it is not known to be a page."""
    rest = url.partition("://")[2]
    for page in _table().pages:
        if found := page.form.match(rest):
            return PageLink(page.site, page.help.format(**found.groupdict()))
    return None


class _Table(NamedTuple):
    formats: Mapping[str, str]
    pages: tuple[FilePage, ...]


@cache
def _table() -> _Table:
    table = read_table(TABLE)
    formats = {ending: name for name, endings in table["formats"].items() for ending in endings}
    pages = (FilePage(row["site"], re.compile(row["url"], re.IGNORECASE), row["help"]) for row in table["pages"])
    return _Table(formats, tuple(pages))
