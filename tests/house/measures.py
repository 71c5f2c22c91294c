"""The measures of the code base, computed from the tree: `python -m tests.house.measures` prints each with its goal.

They show which way the code base goes; the exit status is always 0. Goals that must hold have a test of their own.
"""

from __future__ import annotations

import ast
import re
import subprocess
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from flowc.schema.schemas import read_schema
from tests.conftest import ROOT
from tests.house.test_layers import LAYERS

PACKAGE = ROOT / "flowc"
TARGETS = sorted((PACKAGE / "templates" / "targets").glob("*/target.yaml"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
MOST_LINES = 300
MOST_POSITIONAL = 5
FEWEST_ROWS = 3
#: Words that plain technical English does not need, at least not so often.
IDIOMS = re.compile(
    r"\b(tells?|told|stands?|stood|nobody|somebody|everybody|anybody|whoever|behind|(?<!there )is no(?! longer))\b",
    re.IGNORECASE,
)
#: Documentation that other files are the source of.
GENERATED = re.compile(r"docs/(rules\.md|(targets|webhooks)/.*)|tests/reference/.*|CHANGELOG\.md")
_PART = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[^\W\d_][\w'-]*")


def tracked(pattern: str) -> list[str]:
    """The files in git whose paths match a pattern of git."""
    command = ["git", "ls-files", "--", pattern]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def arrows() -> set[tuple[str, str]]:
    """Pairs of packages of which the first imports the second."""
    found = set()
    for path, tree in TREES.items():
        part = path.relative_to(PACKAGE).parts[0]
        names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        found |= {(part, name.split(".")[1]) for name in names if name.startswith("flowc.")}
    return {(one, other) for one, other in found if one in LAYERS and other in LAYERS and one != other}


def import_arrows() -> str:
    """How many packages import another, and how many of these imports go upwards."""
    backward = [pair for pair in arrows() if LAYERS.index(pair[0]) < LAYERS.index(pair[1])]
    return f"{len(arrows())} / {len(backward)}"


def shared_type_names() -> list[str]:
    """Names of classes that two or more modules define; a leading underscore makes no difference."""
    names = ({node.name.lstrip("_") for node in tree.body if isinstance(node, ast.ClassDef)} for tree in TREES.values())
    return sorted(name for name, times in Counter(name for each in names for name in each).items() if times > 1)


def verbs() -> list[str]:
    """The verbs of the flow schema."""
    return list(read_schema("flow")["$defs"]["action"]["then"]["properties"])


def verb_literals() -> int:
    """How often a text of Python code is a verb, outside the table of verbs."""
    known = {*verbs()}
    return sum(
        isinstance(node, ast.Constant) and node.value in known
        for path, tree in TREES.items()
        if path != PACKAGE / "flow" / "verbs.py"
        for node in ast.walk(tree)
    )


def files_of_a_verb() -> int:
    """The fewest files of flowc/ that name a verb which only one target supports. Tests and docs are not counted."""
    nodes = [_yaml(path)["nodes"] for path in TARGETS if "extends" not in _yaml(path)]
    alone = [verb for verb in verbs() if sum("fields" in (each.get(verb) or {}) for each in nodes) == 1]
    texts = [(ROOT / name).read_text("utf-8", "replace") for name in tracked("flowc/*")]
    return min(sum(bool(re.search(rf"\b{verb}\b", text)) for text in texts) for verb in alone)


def long_constructions() -> list[str]:
    """Constructions of records with more positional arguments than a reader can count, as `path:line Name (number)`."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno} {name} ({len(node.args)})"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONAL
        if re.fullmatch(r"_?[A-Z]\w*[a-z]\w*", name := ast.unparse(node.func).rpartition(".")[2])
    ]


def rare_words() -> list[str]:
    """Words of target.schema.json for a node's rows that fewer than three rows of the targets use."""
    schema = read_schema("target")
    node = schema["properties"]["nodes"]["additionalProperties"]["anyOf"][0]["properties"]
    holders = (node, schema["$defs"]["spelling"]["properties"], schema["$defs"]["unsupported"]["properties"])
    words = {*node["block"]["additionalProperties"]["properties"]}.union(*holders)
    used = Counter(word for path in TARGETS for row in _rows(_yaml(path)["nodes"]) for word in row)
    return sorted(word for word in words if used[word] < FEWEST_ROWS)


def _rows(nodes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a target's nodes: the nodes themselves, their fields and their blocks. An anchor counts once."""
    rows = [row for row in nodes.values() if isinstance(row, dict)]
    rows += [inner for row in rows for part in ("fields", "block") for inner in (row.get(part) or {}).values()]
    return iter({id(row): row for row in rows if isinstance(row, dict)}.values())


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def prose_of_code() -> Iterator[str]:
    """Comments and texts of the modules, docstrings and messages among them."""
    for path in TREES:
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                if token.type in (tokenize.COMMENT, tokenize.STRING):
                    yield token.string


def prose_of_docs() -> Iterator[str]:
    """The Markdown that is written by hand, without listings."""
    for name in tracked("*.md"):
        if not GENERATED.fullmatch(name) and "/rules/" not in name:
            yield _FENCED.sub("", _PART.sub("", (ROOT / name).read_text("utf-8")))


def idioms(texts: Iterable[str]) -> int:
    """The idioms in 10,000 words."""
    text = "\n".join(texts)
    return round(10_000 * len(IDIOMS.findall(text)) / len(_WORD.findall(text)))


def words_of_docs() -> int:
    """The words of the Markdown that is written by hand."""
    return sum(len(_WORD.findall(text)) for text in prose_of_docs())


def schema_lines() -> int:
    """The lines of generated schemas below docs/ that are in git."""
    return sum(len((ROOT / name).read_bytes().splitlines()) for name in tracked("docs/schema/*"))


def long_modules() -> list[str]:
    """Modules of more than 300 lines."""
    return [str(path.relative_to(ROOT)) for path in TREES if len(path.read_bytes().splitlines()) > MOST_LINES]


class Measure(NamedTuple):
    """A row of the table: what is measured, how, and what the goal is."""

    name: str
    measured: Callable[[], object]
    goal: str


MEASURES = (
    Measure("modules at the top level of flowc/", lambda: len([*PACKAGE.glob("*.py")]), "at most 4"),
    Measure("imports between packages / backward", import_arrows, "at most 70 / 0"),
    Measure("type names with two meanings", lambda: len(shared_type_names()), "0"),
    Measure("verb literals in Python outside flow/verbs.py", verb_literals, "at most 30"),
    Measure("files of flowc/ for a verb of one target", files_of_a_verb, "at most 6"),
    Measure("constructions of more than five positional arguments", lambda: len(long_constructions()), "0"),
    Measure("table words used by fewer than three rows", lambda: len(rare_words()), "0"),
    Measure("idioms per 10,000 words of code", lambda: idioms(prose_of_code()), "0"),
    Measure("idioms per 10,000 words of docs", lambda: idioms(prose_of_docs()), "0"),
    Measure("hand-written docs, words", words_of_docs, "8,000 to 10,000"),
    Measure("generated schema lines in git under docs/", schema_lines, "0"),
    Measure("modules of more than 300 lines", lambda: len(long_modules()), "0"),
)


def main() -> None:
    """Print the table."""
    rows = [("measure", "today", "goal"), *((one.name, f"{one.measured()}", one.goal) for one in MEASURES)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
