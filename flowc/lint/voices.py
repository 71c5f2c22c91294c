"""Texts are read by a voice that there is, and that knows their letters."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing, one_slip
from flowc.flow.actions import Action
from flowc.flow.verbs import VERBS
from flowc.lint.subject import Subject
from flowc.profiles.profile import Profile, stem_of
from flowc.profiles.scripts import Unread, unread
from flowc.syntax.markup import Malformed, Tag, read_markup


def check(subject: Subject) -> Iterator[Finding]:
    """FC355 a text in letters that its voice does not read, FC356 a voice whose name is nearly that of a known one."""
    for action in subject.heard:
        if VERBS[action.verb].timing == "speech":
            yield from _letters(subject, action)
            for profile in subject.profiles if action.blocks else ():
                yield from _name(action, profile)


def _letters(subject: Subject, say: Action) -> Iterator[Finding]:
    setting = say.setting("text") or say.setting("ssml")
    if setting is None or str(setting.value).isascii():
        return
    words = str(setting.value) if setting.name == "text" else _spoken(str(setting.value))
    read = subject.read_in(say)
    refused = {name: found for name, languages in read.items() if (found := unread(words, languages))}
    if refused:
        found = next(iter(refused.values()))
        spoken = dict.fromkeys(language for name in refused for language in read[name])
        where = "" if len(refused) == len(subject.profiles) else f" on {listing(refused, 'and')}"
        letters = f"this text is in {listing(found.names, 'and')} letters"
        message = f"{letters}, which a voice for {listing(spoken)} cannot read{where}"
        yield Finding("FC355", setting.at, message, _instead(found))


def _instead(found: Unread) -> str:
    example = f", such as language: {found.language}" if found.language else ""
    return f"Write the language of the text{example}."


def _spoken(ssml: str) -> str:
    """The words of a fragment of SSML that are read in the language around it."""
    read = read_markup(ssml)
    return "" if isinstance(read, Malformed) else _words(read.parts)


def _words(parts: tuple[Tag | str, ...]) -> str:
    heard = (part if isinstance(part, str) else _words(part.children) for part in parts if not _is_foreign(part))
    return "".join(heard)


def _is_foreign(part: Tag | str) -> bool:
    return isinstance(part, Tag) and part.name == "lang"


def _name(say: Action, profile: Profile) -> Iterator[Finding]:
    known = profile.speech.stems
    for setting in say.block(profile.name) if known else ():
        stem = stem_of(str(setting.value))
        if setting.name in ("voice", "language") and stem not in known and (near := one_slip(stem, known)):
            message = f"{profile.name} has no voice {setting.value} that is known"
            meant = f"{near}{str(setting.value)[len(stem) :]}"
            yield Finding("FC356", setting.at, message, f"Did you mean {meant}?")
