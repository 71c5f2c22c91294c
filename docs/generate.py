"""Write the generated parts of the documentation: `python docs/generate.py`. With `--check`, compare only.

A part is between `<!-- generated: NAME -->` and `<!-- end -->`; the rest of a page is written by hand. The pages of
targets, of their requests and of rules are generated as a whole.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import speed
from contracts import request_pages
from pages import anchor, rules_page, severity, target_pages
from reference import ELSEWHERE, Holder, Language, Row, Schema

from flowc.diagnostics.codes import CODES
from flowc.diagnostics.explain import explained
from flowc.diagnostics.wording import taken
from flowc.profiles.hosts import host_profiles
from flowc.profiles.rows import NodeRow
from flowc.profiles.targets import find_targets

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
#: What writes a part of a page.
Part = Callable[[Language], str]
_PART = re.compile(r"(?<=<!-- generated: )([a-z-]+) -->\n.*?(?=<!-- end -->)", re.DOTALL)

#: Kinds that a cell describes itself, since a row of their own would say no more.
_PLAIN = ("flag", "method")
#: What a field accepts besides its usual values, by the condition of the schema.
_MORE = {"array": ", or a list", "object": ", or a mapping", "#/$defs/is-outcomes": ", or one for each outcome"}
_TYPES = {
    "object": "mapping",
    "array": "list",
    "boolean": "`true`, `false`",
    "integer": "whole number",
    "string": "text",
}
_WORD = re.compile(r"(?![0-9.]+$)[A-Za-z0-9](?:[\w ./;=?@!'-]|:(?=\S))*(?<! )")
_LINE = 110
#: The page of a verb, to which remarks can be added by hand.
_PAGE = "# {verb}\n\n<!-- generated: {verb} -->\n<!-- end -->\n"


def table(language: Language, holder: Holder, kind: str = "", alternatives: Mapping[str, str] | None = None) -> str:
    """The fields of a mapping as a table, then the keys of the targets' blocks."""
    lines = ["| field | value | default | meaning | example |", "|---|---|---|---|---|"]
    for row in language.rows(holder):
        other = (alternatives or {}).get(row.name)
        usual = f"this or `{other}`" if other else default(language, row, holder)
        cells = (takes(language, row.schema), usual, meaning(language, row, kind), _code(row))
        lines.append(f"| `{row.name}` | {' | '.join(map(_cell, cells))} |")
    text = "\n".join(lines) + "\n" if len(lines) > 2 else ""
    for name in language.profiles:
        keys = list(language.block(name, holder))
        if keys and kind != "raw":
            text += f"\nIn a block `{name}:`\n\n| key | value | meaning | example |\n|---|---|---|---|\n"
            meanings = ((row, str(row.schema["x-flowc"]["meaning"])) for row in keys)
            rows = ((f"`{row.path[-1]}`", takes(language, row.schema), words, _code(row)) for row, words in meanings)
            text += "".join(f"| {' | '.join(map(_cell, cells))} |\n" for cells in rows)
    return text


def default(language: Language, row: Row, holder: Holder) -> str:
    """The value of a field that is left out, or that the field is required."""
    around: Schema = {**holder.schema, "required": holder.required}
    for name in row.path[:-1]:
        around = language.inner(around["properties"][name])
    if row.path[-1] in around.get("required", ()):
        return "required"
    return f"`{compact(row.schema['default'])}`" if "default" in row.schema else ""


def meaning(language: Language, row: Row, kind: str) -> str:
    """The description of a field, or else of its kind."""
    text = str(row.schema.get("description") or language.definition(row.schema).get("description") or "")
    if language.kind(row.schema) == "duration" and language.to_the_millisecond(kind, row.name):
        text += " Milliseconds count."
    return text + " No target has it yet." if language.nowhere(kind, row.name) else text


def takes(language: Language, row: Schema) -> str:
    """The values that a field accepts, in a few words."""
    row = language.definition(row) if language.kind(row) in _PLAIN else row
    if "const" in row:
        return f"`{row['const']}`"
    if "enum" in row:
        return ", ".join(f"`{'true' if word is True else word}`" for word in row["enum"])
    if "anyOf" in row:
        return ", or ".join(map(partial(takes, language), row["anyOf"]))
    if "$ref" in row:
        return language.kind(row).replace("-", " ")
    if "else" in row:
        more = _MORE.get(str(row["if"].get("type") or row["if"].get("$ref")), "")
        return takes(language, row["else"]) + more
    name = str(row.get("type", ""))
    return f"{_TYPES.get(name, name)}{_bounds(row)}"


def listed(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def compact(value: Any) -> str:
    """A value as YAML, on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{compact(key)}: {compact(item)}" for key, item in value.items()) + "}"
        case list():
            return f"[{', '.join(map(compact, value))}]"
        case str() if _WORD.fullmatch(value) and value not in ("true", "false", "null"):
            return value
        case str() if '"' in value and "'" not in value:
            return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def action_of(language: Language, verb: str, fields: Any) -> Any:
    """An action with these fields, in its shortest form."""
    short = language.short(verb)
    if not fields and language.bare(verb):
        return verb
    return {verb: fields[short] if short and list(fields) == [short] else fields}


def written(action: Any) -> str:
    """An action as an item of a YAML list: a line for each field where one line would be long."""
    line = f"- {compact(action).removeprefix('{').removesuffix('}')}\n"
    if len(line) <= _LINE or not isinstance(action, dict):
        return line
    ((verb, fields),) = action.items()
    return f"- {verb}:\n" + "".join(f"    {compact(name)}: {compact(value)}\n" for name, value in fields.items())


def _bounds(row: Schema) -> str:
    return f" {taken(row)}" if "minimum" in row else ""


def _code(row: Row) -> str:
    if row.example is None:
        return ""
    return f"`{compact({row.path[-1]: row.example})[1:-1]}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def frame(language: Language) -> str:
    """The flow to which the examples of actions belong."""
    lines = []
    for name, value in language.schema["examples"][0].items():
        if name == "steps":
            parts = (f"  {step}:\n{_indented(map(written, actions))}" for step, actions in value.items())
            lines.append(f"{name}:\n{''.join(parts)}")
        else:
            lines.append(f"{name}: {compact(value)}\n")
    return f"```yaml file=example.flow.yaml\n{''.join(lines)}```\n"


def _indented(items: Iterable[str]) -> str:
    return "".join(f"    {line}\n" for item in items for line in item.splitlines())


def mapping(name: str) -> Part:
    """The part for a mapping that is not an action."""
    return lambda language: table(language, language.holders()[name], name)


def shared(name: str) -> Part:
    """The part for a mapping that belongs to files beside the flow."""
    return lambda language: table(language, language.shared()[name], name)


def values(language: Language) -> str:
    """The kinds of values that fields accept."""
    holders = [*language.holders().values(), *map(language.verb, language.verbs())]
    rows = [row.schema for holder in holders for row in language.rows(holder)]
    rows += [row["else"] for row in rows if "else" in row]
    kinds = dict.fromkeys(kind for row in rows if (kind := language.kind(row)))
    lines = ["| kind | what it is | examples |", "|---|---|---|"]
    for kind in sorted(kinds):
        if kind not in (*ELSEWHERE, *_PLAIN):
            row = language.definitions[kind]
            examples = listed(compact(value) for value in row["examples"])
            lines.append(f"| {kind.replace('-', ' ')} | {_cell(row['description'])} | {_cell(examples)} |")
    return "\n".join(lines) + "\n"


def defaults(language: Language) -> str:
    """The fields that can be set for all actions of a verb."""
    rows: Schema = language.definitions["defaults"]["properties"]
    return "".join(f"- `{verb}`: {listed(row['propertyNames']['enum'])}\n" for verb, row in rows.items())


def verbs(language: Language) -> str:
    """The list of verbs, each with a link to its page."""
    rows = ((verb, language.verb(verb).schema["description"]) for verb in language.verbs())
    return "| verb | action |\n|---|---|\n" + "".join(
        f"| [{verb}]({verb}.md) | {_cell(text)} |\n" for verb, text in rows
    )


def action(verb: str, language: Language) -> str:
    """A verb: what it does, its fields, outcomes and examples."""
    holder = language.verb(verb)
    short = language.short(verb)
    forms = [f"`{verb}: {short.upper()}`"] if short else []
    forms += [f"`{verb}`"] if language.bare(verb) else []
    text: str = holder.schema["description"]
    text += f" Short form: {', or '.join(forms)}.\n" if forms else "\n"
    fields = table(language, holder, verb, language.alternatives(verb))
    outcomes = "".join(
        f"| `{compact(name)}` | {meaning(language, Row((name,), row, None, None), verb)} |\n"
        for name, row in language.outcomes(holder).items()
    )
    text += f"\n{fields}" if fields else ""
    text += f"\n| outcome | when |\n|---|---|\n{outcomes}" if outcomes else ""
    if language.needs_files(verb):
        return text
    examples = "".join(written(action_of(language, verb, whole)) for whole in holder.schema["examples"])
    return f"{text}\n```yaml examples\n{examples}```\n"


def kinds(language: Language) -> str:
    """The kinds of nodes that have a row in a target, and the fields that lowering may set."""
    fields: dict[str, dict[str, None]] = {}
    for profile in language.profiles.values():
        for kind, row in profile.nodes.items():
            fields.setdefault(kind, {}).update(dict.fromkeys(row.fields if isinstance(row, NodeRow) else ()))
    lines = [
        "| kind | fields |",
        "|---|---|",
        *(f"| `{kind}` | {listed(list(names))} |" for kind, names in fields.items()),
    ]
    return "\n".join(lines) + "\n"


def codes(_: Language) -> str:
    """The table of codes."""
    lines = ["| code | name | severity | meaning |", "|---|---|---|---|"]
    for row in CODES.values():
        cells = (f"[{row.code}](rules.md#{anchor(row)})", row.name, severity(row), _cell(explained(row.code).meaning))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def hosts(language: Language) -> str:
    """The abilities of the hosts that tests have run."""
    heads = ["server", "host", "files by", "branches on", "prefixes", "signatures", "notify", "requests"]
    heads.append("deviations from the manifest")
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    reads = {"GET": "query", "POST": "form"}
    for server, found in json.loads((ROOT / "docs/hosts.json").read_text("utf-8")).items():
        host = language.hosts[found["host"]]
        branches = ", ".join([*(reads[method] for method in host.routes), *["time"] * bool(host.hours)]) or "-"
        asked = f"{found['requests']} on {found['routes']} routes, {found['raw']} raw"
        if "instants" in found:
            asked += f", {found['instants']} times"
        other = "; ".join(dict.fromkeys(host.leniencies[variant] for variant in found["lenient"]))
        verifies = "verified" if host.signatures else "-"
        prefixes = "compared" if host.prefixes else "-"
        notifies = "sent" if host.notifies else "-"
        files = ", ".join(host.documents)
        cells = (server, f"`{host.name}`", files, branches, prefixes, verifies, notifies, asked, other)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


PARTS: dict[str, Part] = {
    "frame": frame,
    "top": mapping("top"),
    "variable": mapping("variable"),
    "number": mapping("number"),
    "link": mapping("link"),
    "retry": mapping("retry"),
    "application": mapping("application"),
    "call": mapping("call"),
    "scenario": mapping("scenario"),
    "happens": mapping("happens"),
    "expect": mapping("expect"),
    "part": shared("part"),
    "input": shared("input"),
    "table": shared("table"),
    "calendar": shared("calendar"),
    "weekly": shared("weekly"),
    "dates": shared("dates"),
    "rows": shared("rows"),
    "values": values,
    "defaults": defaults,
    "verbs": verbs,
    "kinds": kinds,
    "codes": codes,
    "hosts": hosts,
    "machine": lambda _: speed.machine(),
    "ratios": lambda _: speed.listed("start", "lint", "changed", "growth", "collector"),
    "cold": lambda _: speed.by_size("cold"),
    "servers": lambda _: speed.listed("hosts", "notify"),
}


def generated(text: str, parts: Mapping[str, Part], language: Language) -> str:
    """A page with its generated parts replaced."""
    return _PART.sub(lambda match: f"{match[1]} -->\n{parts[match[1]](language)}", text)


def pages(language: Language) -> dict[str, str]:
    """The pages with generated parts, by their path below the repository. A new verb gets a page."""
    parts: dict[str, Part] = {**PARTS, **{verb: partial(action, verb) for verb in language.verbs()}}
    texts = {f"docs/verbs/{verb}.md": _PAGE.format(verb=verb) for verb in language.verbs()}
    for path in (ROOT / "README.md", *DOCS.glob("*.md"), *DOCS.glob("verbs/*.md")):
        texts[path.relative_to(ROOT).as_posix()] = path.read_text("utf-8")
    return {name: generated(text, parts, language) for name, text in texts.items()}


def main() -> None:
    """Write the pages, or report those that are not up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is not up to date")
    check = parser.parse_args().check
    targets = find_targets()
    language = Language(targets.profiles, host_profiles(targets))
    whole = {**target_pages(language.profiles), **request_pages(targets), "docs/rules.md": rules_page()}
    stale = []
    for name, new in {**pages(language), **whole}.items():
        path = ROOT / name
        if not path.exists() or path.read_text("utf-8") != new:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(new, "utf-8")
    if check and stale:
        sys.exit(f"not up to date: {', '.join(stale)}; run: python docs/generate.py")


if __name__ == "__main__":
    main()
