"""The format of a sound by its URL, and URLs of pages that only show a file. See tables/files.yaml."""

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
    """A page that shows a file: the site, the form of its URLs, and what to write instead ({name}: a group of that)."""

    site: str
    form: re.Pattern[str]
    instead: str


class Shown(NamedTuple):
    """What a URL leads to that is a page: the site, and what to write instead."""

    site: str
    instead: str


def format_of(url: str) -> str:
    """The format of sound or film that the path of a URL ends in; empty where it does not tell."""
    name = urlsplit(url).path.rpartition("/")[2]
    return _table().formats.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def page_of(url: str) -> Shown | None:
    """The page that a URL leads to, if it is known to be one."""
    rest = url.partition("://")[2]
    for page in _table().pages:
        if found := page.form.match(rest):
            return Shown(page.site, page.instead.format(**found.groupdict()))
    return None


class _Table(NamedTuple):
    formats: Mapping[str, str]
    pages: tuple[FilePage, ...]


@cache
def _table() -> _Table:
    table = read_table(TABLE)
    formats = {ending: name for name, endings in table["formats"].items() for ending in endings}
    pages = (FilePage(row["site"], re.compile(row["url"], re.IGNORECASE), row["instead"]) for row in table["pages"])
    return _Table(formats, tuple(pages))
