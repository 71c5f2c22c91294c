"""Texts without tags and entities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.verbs import SAY, VERBS
from flowc.lint.context import LintContext
from flowc.lint.markup import TAG, SuspectText, is_placeholder, suspect_texts
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling

STAGE = Stage.CONTENT

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);")


def check(context: LintContext) -> Iterator[Finding]:
    """Report a tag and an entity in a text that is not markup (FC319)."""
    for suspect in context.cached(suspect_texts):
        if suspect.setting.name != "ssml":
            yield from _tag(context, suspect)
            yield from _entity(suspect)


def _tag(context: LintContext, suspect: SuspectText) -> Iterator[Finding]:
    text = suspect.text
    tag = next((found for found in TAG.finditer(text) if not is_placeholder(found, text)), None)
    if tag is not None:
        message = f"the tag <{tag[1]}> is {suspect.becomes} literally"
        help_ = _without_tags(context.profiles, suspect.verb, tag[1])
        yield Finding("FC319", suspect.setting.at, message, help_)


def _entity(suspect: SuspectText) -> Iterator[Finding]:
    found = [match[0] for match in _ENTITY.finditer(suspect.text)]
    if not found:
        return
    # Few texts need the table of all entities.
    from html import unescape
    from html.entities import html5

    entity = next((one for one in found if one[1] == "#" or one[1:] in html5), None)
    if entity is not None:
        char = unescape(entity)
        itself = char if char.isprintable() and not char.isspace() else "the character"
        message = f"{entity} is {suspect.becomes} literally"
        help_ = f"Write {itself} as it is: flowc escapes it for XML."
        yield Finding("FC319", suspect.setting.at, message, help_)


def _without_tags(profiles: tuple[Profile, ...], verb: str, tag: str) -> str:
    if verb not in VERBS or VERBS[verb].timing != "speech":
        return "Remove the tag: only voices understand tags."
    without = [profile.name for profile in profiles if not _takes_ssml(profile)]
    if without:
        pause = ", and write - pause: 1s instead" if tag == "break" else ""
        accept = "does not accept" if len(without) == 1 else "do not accept"
        return f"Remove the tag{pause}: {listing(without, 'and')} {accept} tags."
    pause = ", or - pause: 1s instead of the tag" if tag == "break" else ""
    return f"Write say: {{ssml: ...}}, which accepts tags{pause}."


def _takes_ssml(profile: Profile) -> bool:
    say = profile.row(SAY)
    return isinstance(say, NodeRow) and isinstance(say.fields.get("ssml"), Spelling)
