"""Writes the parts of the documentation that the code knows better: `python docs/generate.py`, `--check` to compare.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; everything else in a file is written by hand. In
the table of codes the last column is by hand too: it is kept, row by row.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flowc.diagnostics import CODES
from flowc.profile import Kind, Profile
from flowc.schemas import flow_schema
from flowc.targets import find_targets

ROOT = Path(__file__).parent.parent
FILES = ("README.md", "docs/language.md", "docs/targets.md", "docs/diagnostics.md")
_PART = re.compile(r"(?<=<!-- generated: )([a-z-]+) -->\n(.*?)(?=<!-- end -->)", re.DOTALL)
_ROW = re.compile(r"^\| (?P<code>FC[0-9]+) \|.*\| (?P<meaning>[^|]+) \|$", re.MULTILINE)

Schema = dict[str, Any]


class Language:
    """The composed schema of a flow, read as a reference."""

    def __init__(self, profiles: dict[str, Profile]) -> None:
        """Compose the schema with the blocks of these targets."""
        self.profiles = profiles
        self.schema = flow_schema(profiles)
        self.definitions: Schema = self.schema["$defs"]
        self.actions: Schema = self.definitions["action"]["then"]["properties"]

    def not_yet(self, row: Schema) -> bool:
        """Whether it is a word of the language that is refused for now."""
        return bool(row.get("$ref") == "#/$defs/not-yet")

    def verbs(self) -> list[str]:
        """The verbs that are compiled."""
        return [verb for verb, row in self.actions.items() if not self.not_yet(row)]

    def waiting(self, properties: Schema) -> list[str]:
        """The keys of a mapping that are not compiled yet."""
        return [name for name, row in properties.items() if self.not_yet(row)]

    def fields(self, properties: Schema, prefix: str = "") -> Iterator[tuple[str, Schema]]:
        """The fields of a mapping that are compiled, those of the mappings in it after them; no targets' blocks."""
        for name, row in properties.items():
            if name in self.profiles or self.not_yet(row):
                continue
            yield f"{prefix}{name}", row
            inner = {key: value for key, value in row.get("properties", {}).items() if "description" in value}
            yield from self.fields(inner, f"{prefix}{name}.")

    def described(self, row: Schema) -> str:
        """What the schema says about a field: of its own, or of its kind."""
        kind = self.definitions.get(str(row.get("$ref", "")).rpartition("/")[2], {})
        text = str(row.get("description") or kind.get("description") or "")
        words = row.get("enum")
        if words:
            text += f" One of {listed(words)}."
        if "then" in row and "if" in row and row["if"].get("$ref") == "#/$defs/is-outcomes":
            text += f" Outcomes: {listed(self.outcomes(row['then']))}."
        return text.strip()

    def outcomes(self, mapping: Schema) -> list[str]:
        """The named outcomes of a then: mapping."""
        return [name for name, row in mapping["properties"].items() if not self.not_yet(row)]

    def block(self, name: str, properties: Schema) -> list[str]:
        """The keys of a target's own block."""
        return list(properties.get(name, {}).get("properties", {}))

    def table(self, properties: Schema, required: list[str]) -> str:
        """The fields of a mapping as a table, then what its targets' blocks take, then what is not compiled yet."""
        lines = ["| field | default | meaning |", "|---|---|---|"]
        for name, row in self.fields(properties):
            default = "required" if name in required else _default(row)
            lines.append(f"| `{name}` | {default} | {_cell(self.described(row))} |")
        text = "\n".join(lines) + "\n"
        for name in self.profiles:
            keys = self.block(name, properties)
            if keys:
                text += f"\nIn a block `{name}:` - {listed(keys)}.\n"
        waiting = self.waiting(properties)
        return text + (f"\nNot compiled yet: {listed(waiting)}.\n" if waiting else "")


def listed(names: list[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def _default(row: Schema) -> str:
    if "default" not in row:
        return ""
    value = row["default"]
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def verbs(language: Language, _: str) -> str:
    """Which actions and keys are compiled, for the README."""
    top: Schema = language.schema["properties"]
    return (
        f"- Compiled: {listed(language.verbs())}.\n"
        f"- Not yet: {listed(language.waiting(language.actions))};\n"
        f"  at the top of a flow {listed(language.waiting(top))}; some fields, which\n"
        "  [docs/language.md](docs/language.md) lists. They are refused where they stand (FC210).\n"
    )


def top(language: Language, _: str) -> str:
    """The keys at the top of a flow."""
    properties: Schema = {
        name: {key: value for key, value in row.items() if key != "properties"}
        for name, row in language.schema["properties"].items()
    }
    return language.table(properties, language.schema["required"])


def numbers(language: Language, _: str) -> str:
    """An entry of the phone book."""
    return language.table(language.definitions["number"]["properties"], ["to"])


def defaults(language: Language, _: str) -> str:
    """Which fields can be given once for all actions of a verb."""
    rows: Schema = language.definitions["defaults"]["properties"]
    return "".join(f"- `{verb}`: {listed(row['propertyNames']['enum'])}\n" for verb, row in rows.items())


def actions(language: Language, _: str) -> str:
    """Every verb with its fields."""
    return "\n".join(_action(language, verb) for verb in language.verbs())


def _action(language: Language, verb: str) -> str:
    row = language.actions[verb]
    holder: Schema = language.definitions[verb]
    required = [*holder.get("required", ()), *row.get("required", ()), *row.get("then", {}).get("required", ())]
    short = ""
    if "if" in row:
        short = f" Short form: `{verb}`." if not required else f" Short form: `{verb}: {required[0].upper()}`."
    return f"### {verb}\n\n{holder['description']}{short}\n\n{language.table(holder['properties'], required)}"


def kinds(language: Language, _: str) -> str:
    """The kinds of nodes that a target has a row for, and the fields that lowering may give them."""
    fields: dict[str, dict[str, None]] = {}
    for profile in language.profiles.values():
        for kind, row in profile.nodes.items():
            fields.setdefault(kind, {}).update(dict.fromkeys(row.fields if isinstance(row, Kind) else ()))
    lines = [
        "| kind | fields |",
        "|---|---|",
        *(f"| `{kind}` | {listed(list(names))} |" for kind, names in fields.items()),
    ]
    return "\n".join(lines) + "\n"


def codes(_: Language, old: str) -> str:
    """The table of codes; meanings are taken from the old table."""
    meanings = {match["code"]: match["meaning"] for match in _ROW.finditer(old)}
    lines = ["| code | name | severity | meaning |", "|---|---|---|---|"]
    for row in CODES.values():
        if row.code not in meanings:
            raise SystemExit(f"docs/diagnostics.md says nothing of {row.code} ({row.name}): add a row with its meaning")
        lines.append(f"| {row.code} | {row.name} | {row.severity} | {meanings[row.code]} |")
    return "\n".join(lines) + "\n"


PARTS: dict[str, Callable[[Language, str], str]] = {
    "verbs": verbs,
    "top": top,
    "numbers": numbers,
    "defaults": defaults,
    "actions": actions,
    "kinds": kinds,
    "codes": codes,
}


def generated(text: str, language: Language) -> str:
    """A file with its generated parts made anew."""
    return _PART.sub(lambda match: f"{match[1]} -->\n{PARTS[match[1]](language, match[2])}", text)


def main() -> None:
    """Write the files, or tell which are not up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is not up to date")
    check = parser.parse_args().check
    language = Language(find_targets().profiles)
    stale = []
    for name in FILES:
        path = ROOT / name
        old = path.read_text("utf-8")
        new = generated(old, language)
        if new != old:
            stale.append(name)
            if not check:
                path.write_text(new, "utf-8")
    if check and stale:
        sys.exit(f"not up to date: {', '.join(stale)}; run: python docs/generate.py")


if __name__ == "__main__":
    main()
