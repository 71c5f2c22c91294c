"""The measures of the code base, computed from the tree: `python -m tests.house.measures` prints each with its goal.

With `--check`, the exit status is 1 if a goal is not reached. Tests hold the goals that are reached.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from flowc.flow.verbs import ANSWER, VERBS
from flowc.schema.schemas import read_schema
from tests.conftest import ROOT
from tests.house.costs import costs
from tests.house.test_layers import LAYERS

PACKAGE = ROOT / "flowc"
TARGETS = sorted((PACKAGE / "templates" / "targets").glob("*/target.yaml"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
MOST_LINES = 300
MOST_POSITIONAL = 5
FEWEST_ROWS = 3
#: Patterns of idioms that plain technical English does not need, each with what to write instead.
IDIOMS = {
    r"tells?|told|telling": "report, notify, show, distinguish",
    r"stands?|stood|standing": "is, appears, represents",
    r"nobody|no one|somebody|everybody|anybody|whoever": "the caller, the callee, the author, the user",
    r"behind": "after",
    r"(?<!there )(?:is|are) (?:no|(?-i:none))(?! longer)": "is not a",
    r"bears?|borne|let be": "tolerated",
    r"go(?:es|ing)? on|went on": "continue",
    r"go(?:es|ing)? round": "loop",
    r"hears? of": "is notified of",
    r"mend(?:s|ed|ing)?|put right": "fix",
    r"slips?": "mistake, typo",
    r"dear": "expensive",
    r"hurts?": "matters",
    r"without a word": "silently, without notice",
    r"rounds?": "loop, order",
    r"beforehand|anew": "again, before",
    r"one's own|of one's": "your own",
    r"beside": "next to, together with",
    r"as good as": "like",
    r"lies": "is",
}
IDIOM = re.compile(r"(?<!-)\b(?:{})\b(?!-)".format(re.sub(r"(?<!there) ", r"\\s+", "|".join(IDIOMS))), re.IGNORECASE)
#: Documentation that other files are the source of.
GENERATED = re.compile(r"docs/(rules\.md|(targets|webhooks)/.*)|tests/reference/.*|CHANGELOG\.md")
_PART = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[^\W\d_][\w'-]*")
#: Code in Markdown, docstrings and comments, and the addresses of links, which are not prose.
_CODE = re.compile(r"``[^`\n]+``|`[^`\n]+`|(?<=\])\([^)\s]*\)")
_F_STRING = re.compile(r"[rR]?[fF]")
_EXPRESSION = re.compile(r"\{[^{}\n]*\}")
#: A string that is an identifier and not prose, such as the key `told` of a scenario.
_IDENTIFIER = re.compile(r"""[rbfu]*(["'])[a-z_]+\1""")
#: Tokens with prose: f-strings have tokens of their own since Python 3.12.
_PROSE_TOKENS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
#: Keys of our JSON Schemas whose values are prose.
_SCHEMA_PROSE = {"title", "description", "enumDescriptions", "message", "help", "expected", "list", "meaning"}


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


def backward_arrows() -> list[tuple[str, str]]:
    """Imports that go upwards in the list of layers."""
    return [pair for pair in arrows() if LAYERS.index(pair[0]) < LAYERS.index(pair[1])]


def shared_type_names() -> list[str]:
    """Names of classes that two or more modules define; a leading underscore makes no difference."""
    names = ({node.name.lstrip("_") for node in tree.body if isinstance(node, ast.ClassDef)} for tree in TREES.values())
    return sorted(name for name, times in Counter(name for each in names for name in each).items() if times > 1)


def verbs() -> list[str]:
    """The verbs of actions, without those that are written out while a flow is read."""
    return list(VERBS)


def verb_literals() -> int:
    """How often a text of Python code is a verb, outside the table of verbs; `answer` is also what a server does."""
    known = {*verbs()} - {ANSWER}
    return sum(
        isinstance(node, ast.Constant) and node.value in known
        for path, tree in TREES.items()
        if path != PACKAGE / "flow" / "verbs.py"
        for node in ast.walk(tree)
    )


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


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the prose of a file of flowc/ or of the docs, with the line where each text begins (0: unknown)."""
    if path.suffix == ".py":
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                if token.type in _PROSE_TOKENS and not _IDENTIFIER.fullmatch(token.string):
                    text = _EXPRESSION.sub("", token.string) if _F_STRING.match(token.string) else token.string
                    yield token.start[0], _CODE.sub("", text)
    elif path.suffix == ".json":
        for text in _schema_prose(json.loads(path.read_text("utf-8"))):
            yield 0, text
    else:
        text = path.read_text("utf-8")
        if path.suffix == ".md":
            text = re.sub(_PART.pattern + "|" + _FENCED.pattern, _blank_lines, text, flags=_PART.flags | _FENCED.flags)
        yield 1, _CODE.sub("", text)


def _blank_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _schema_prose(part: Any, prose: bool = False) -> Iterator[str]:
    """Yield the strings of a JSON Schema below the keys that have prose."""
    if isinstance(part, str):
        yield from [_CODE.sub("", part)] if prose else []
    elif isinstance(part, list):
        for item in part:
            yield from _schema_prose(item, prose)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _schema_prose(value, prose or (key in _SCHEMA_PROSE and not isinstance(value, dict)))
            if isinstance(value, dict) and key == "help":
                yield from (_CODE.sub("", text) for text in value.values() if isinstance(text, str))


def files_of_code() -> list[Path]:
    """Return the files of flowc/ with prose; the tables of webhooks are excluded because manifests contain them."""
    tables = [path for kind in ("target", "host") for path in (PACKAGE / "templates").rglob(f"{kind}.yaml")]
    return sorted([*TREES, *(PACKAGE / "schema").glob("*.json"), *tables, *PACKAGE.glob("diagnostics/rules/*.md")])


def files_of_docs() -> list[Path]:
    """Return the Markdown that is written by hand."""
    return [ROOT / name for name in tracked("*.md") if not GENERATED.fullmatch(name) and "/rules/" not in name]


def idioms_in(path: Path) -> list[str]:
    """Return the idioms in the prose of a file, as `line: idiom`."""
    return [
        f"{start and start + text.count(chr(10), 0, match.start())}: {' '.join(match[0].split())}"
        for start, text in prose(path)
        for match in IDIOM.finditer(text)
    ]


def idioms(paths: Iterable[Path]) -> int:
    """Return the number of idioms in 10,000 words, rounded up."""
    found = words = 0
    for path in paths:
        found += len(idioms_in(path))
        words += sum(len(_WORD.findall(text)) for _, text in prose(path))
    return -(-10_000 * found // words)


def words_of_docs() -> int:
    """The words of the Markdown that is written by hand."""
    return sum(len(_WORD.findall(text)) for path in files_of_docs() for _, text in prose(path))


def schema_lines() -> int:
    """The lines of generated schemas below docs/ that are in git."""
    return sum(len((ROOT / name).read_bytes().splitlines()) for name in tracked("docs/schema/*"))


def long_modules() -> list[str]:
    """Modules of more than 300 lines."""
    return [str(path.relative_to(ROOT)) for path in TREES if len(path.read_bytes().splitlines()) > MOST_LINES]


class Measure(NamedTuple):
    """A row of the table: a name, a function that measures, and the most and the least that the goal allows."""

    name: str
    measure: Callable[[], int]
    most: int
    least: int = 0

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.least:
            return f"{self.least:,} to {self.most:,}"
        return f"at most {self.most}" if self.most else "0"

    def is_reached(self, value: int) -> bool:
        """Return whether a value meets the goal."""
        return self.least <= value <= self.most


MEASURES = (
    Measure("modules at the top level of flowc/", lambda: len([*PACKAGE.glob("*.py")]), 4),
    Measure("imports between packages", lambda: len(arrows()), 70),
    Measure("imports between packages that go upwards", lambda: len(backward_arrows()), 0),
    Measure("type names with two meanings", lambda: len(shared_type_names()), 0),
    Measure("verb literals in Python outside flow/verbs.py", verb_literals, 30),
    Measure("files by hand for a verb of one target", lambda: costs()["a verb of one target"], 6),
    Measure("constructions of more than five positional arguments", lambda: len(long_constructions()), 0),
    Measure("table words used by fewer than three rows", lambda: len(rare_words()), 0),
    Measure("idioms per 10,000 words of code", lambda: idioms(files_of_code()), 0),
    Measure("idioms per 10,000 words of docs", lambda: idioms(files_of_docs()), 0),
    Measure("hand-written docs, words", words_of_docs, 10_000, 8_000),
    Measure("generated schema lines in git under docs/", schema_lines, 0),
    Measure("modules of more than 300 lines", lambda: len(long_modules()), 0),
)


def main(arguments: Sequence[str]) -> int:
    """Print the table. With --check, return 1 if a goal is not reached."""
    values = [one.measure() for one in MEASURES]
    rows = [("measure", "today", "goal")]
    rows += [(one.name, f"{value:,}", one.goal) for one, value in zip(MEASURES, values, strict=True)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    missed = [one.name for one, value in zip(MEASURES, values, strict=True) if not one.is_reached(value)]
    return int("--check" in arguments and bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
