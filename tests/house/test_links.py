"""Each link of the Markdown files leads to a file of the repository, and its anchor to a heading there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.house.measures import tracked

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(text: str) -> set[str]:
    """The anchors of a page, as GitHub and GitLab make them of its headings."""
    found: Counter[str] = Counter()
    names = set()
    for heading in _HEADING.findall(_FENCED.sub("", text)):
        name = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if found[name] else name)
        found[name] += 1
    return names


def broken(path: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    links = _LINK.findall(_FENCED.sub("", path.read_text("utf-8")))
    return [f"{name}#{anchor}" for name, anchor in links if not _resolves(path, name, anchor)]


def _resolves(path: Path, name: str, anchor: str) -> bool:
    page = path.parent / name if name else path
    return page.exists() and (not anchor or anchor in anchors(page.read_text("utf-8")))


@pytest.mark.parametrize("name", tracked("*.md"))
def test_links_resolve(name: str) -> None:
    assert broken(ROOT / name) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n[x](#a-page) [x](page.md#a-page) [x](#b) [x](none.md) [x](https://example.com)\n", "utf-8"
    )
    assert broken(page) == ["#b", "none.md#"]
