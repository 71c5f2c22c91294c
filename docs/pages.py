"""Pages that are generated as a whole: what a target supports and how, and the texts of the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowc.diagnostics.codes import CODES, Code
from flowc.diagnostics.explain import explained
from flowc.diagnostics.wording import listing
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Unsupported
from flowc.schema.portability import PortabilityRow, portability
from flowc.schema.schemas import flow_schema, read_schema, verb_fields


def target_pages(profiles: Mapping[str, Profile]) -> dict[str, str]:
    """A page for every target, by its path below the repository."""
    fields = verb_fields(flow_schema(profiles))
    language = {verb: [field.name for field in given] for verb, given in fields.items()}
    rows = portability(profiles, language)
    return {f"docs/targets/{name}.md": "".join(_page(profile, rows)) for name, profile in profiles.items()}


def _page(profile: Profile, rows: list[PortabilityRow]) -> Iterator[str]:
    yield f"# {profile.title}\n\nThe target `{profile.name}`. `docs/generate.py` writes this page from its folder; "
    yield "`flowc targets` prints the same for all targets side by side.\n\n## Behaviour\n\n"
    axes = read_schema("target")["properties"]["strategies"]["properties"]
    for axis, value in profile.strategies._asdict().items():
        if isinstance(value, str | Unsupported):
            what = _refused(value) if isinstance(value, Unsupported) else f"`{value}`."
            yield f"- {axes[axis]['description'].rstrip('.')}: {what}\n"
    ringing = listing([f"`{verb}`" for verb in profile.ringing] or ["nothing"], "and")
    yield f"- Verbs that do not answer the call: {ringing}.\n"
    for verb, others in profile.order.items():
        names = listing([f"`{other}`" for other in sorted(others)], "and")
        yield f"- Verbs that cannot follow `{verb}` in the same document: {names}.\n"
    if profile.limits.document_bytes is not None:
        yield f"- Largest document: {profile.limits.document_bytes} bytes.\n"
    if profile.limits.callees is not None:
        yield f"- Most callees at once: {profile.limits.callees}.\n"
    if profile.limits.screening is not None:
        yield f"- Longest confirmation by a callee: {profile.limits.screening} seconds.\n"
    yield "\n## Support\n\n"
    yield "Each field of the language with the attribute that it becomes (`text`: the text of the element).\n"
    for row in rows:
        cell = row.cells[profile.name]
        if not row.word:
            yield f"\n### {row.kind}\n\n"
            yield (
                f"Not supported: {_refused(cell)}\n" if isinstance(cell, Unsupported) else "| field | as |\n|---|---|\n"
            )
        elif cell is not None and not isinstance(_whole(rows, row.kind, profile.name), Unsupported):
            written = f"not supported: {_refused(cell)}" if isinstance(cell, Unsupported) else f"`{cell}`"
            yield f"| `{row.word}` | {written} |\n".replace("| ``", "| `")


def _whole(rows: list[PortabilityRow], kind: str, name: str) -> object:
    return next(row.cells[name] for row in rows if row.kind == kind and not row.word)


def _refused(cell: Unsupported) -> str:
    return f"{cell.reason}. {cell.help}".replace("|", "\\|")


_RULES = """\
# Rules

Every code: what it means, why it matters, and flows with and without the problem. The flows omit the first lines, which
all flows share. `flowc explain CODE` prints the same. `docs/generate.py` writes this page from the texts in
`flowc/diagnostics/rules/`.
"""
_HEADING = re.compile(r"^(?=#{1,5} )", re.MULTILINE)
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def rules_page() -> str:
    """The texts of all codes."""
    return _RULES + "".join(f"\n{_lower(row)}" for row in CODES.values())


def _lower(row: Code) -> str:
    """A text with its headings one level down, and its severity below the first."""
    parts = _FENCED.split(explained(row.code).whole)
    parts[::2] = (_HEADING.sub("#", part) for part in parts[::2])
    heading, rest = "".join(parts).split("\n", 1)
    return f"{heading}\n\n{severity(row).capitalize()}.\n{rest}"


def anchor(row: Code) -> str:
    """The anchor of a code on the page of rules."""
    return f"{row.code.lower()}-{row.name}"


def severity(row: Code) -> str:
    """The severity of a code, and whether an error can be ignored."""
    return f"{row.severity}, can be ignored" if row.judged else str(row.severity)
