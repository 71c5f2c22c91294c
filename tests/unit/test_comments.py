"""Comments, told apart from a `#` in text, by both parsers."""

from __future__ import annotations

import re

import pytest
import yaml

from flowc.diagnostics.source import SourceFile
from flowc.syntax import comments

#: Each `# !` is one, or none if its number begins with 9.
FILE = """\
a: b # ! 101
c: "x # ! 902"
d: 'x # ! 903' # ! 104
e: | # ! 105
  say # ! 906
  x
# ! 107
f: >-
  hi # ! 908

  # ! 909

 # ! 110
g: plain#x # ! 111
h: [a, # ! 112
  b] # ! 113
i: &x # ! 114
  many words # ! 115
j: "two
  # ! 916
  lines" # ! 117
k: &a !!str
  # ! 118
  text
l:
  - |
   x # ! 919
  # ! 120
  - y
"""


def _found(text: str) -> list[str]:
    return [found.words[0] for found in comments(SourceFile("a.yaml", text.encode()), re.compile("# ! ([0-9]+)"))]


@pytest.mark.parametrize("loader", [getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader])
def test_comments(loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowc.syntax.comment._LOADER", loader)
    assert _found(FILE) == [number for number in re.findall("# ! ([0-9]+)", FILE) if number.startswith("1")]


@pytest.mark.parametrize("text", ["", "# ! 1\n\ta: [", "a: 'b # ! 1", "# ! 1\n\0"])
def test_none_where_there_is_no_yaml(text: str) -> None:
    assert _found(text) == []


def test_place() -> None:
    (found,) = comments(SourceFile("a.yaml", "\ufeffä: ü # ! 12\r\nb: c".encode()), re.compile("(#) ! ([0-9]+)"))
    assert found.words == ("#", "12")
    assert found.spans == ((1, 6, 1, 7), (1, 10, 1, 12))
