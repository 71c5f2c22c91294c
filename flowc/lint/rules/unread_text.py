"""Texts whose letters and language their voice reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action
from flowc.flow.verbs import SPEECH
from flowc.lint.context import LintContext
from flowc.lint.menus import menus
from flowc.lint.stage import Stage
from flowc.profiles.scripts import unread
from flowc.profiles.speech import language_of_keys
from flowc.syntax.markup import Malformed, Tag, read_markup

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a text in letters, or a menu in a language, that its voice does not read (FC355)."""
    for say in context.with_verbs(SPEECH):
        yield from _letters(context, say)
    for menu in context.cached(menus):
        if menu.prompt and not menu.names_keys:
            yield from _language(context, menu.gather.prompt)


def _letters(context: LintContext, say: Action) -> Iterator[Finding]:
    setting = say.setting("text") or say.setting("ssml")
    if setting is None or str(setting.value).isascii():
        return
    text = str(setting.value) if setting.name == "text" else _spoken(str(setting.value))
    read = context.languages(say)
    refused = {name: found for name, languages in read.items() if (found := unread(text, languages))}
    if refused:
        found = next(iter(refused.values()))
        tags = dict.fromkeys(language for name in refused for language in read[name])
        targets = "" if len(refused) == len(context.profiles) else f" on {listing(refused, 'and')}"
        letters = f"this text is in {listing(found.names, 'and')} letters"
        message = f"{letters}, which a voice for {listing(tags)} cannot read{targets}"
        example = f", such as language: {found.language}" if found.language else ""
        yield Finding("FC355", setting.at, message, f"Write the language of the text{example}.")


def _language(context: LintContext, prompt: Iterable[Action]) -> Iterator[Finding]:
    """A menu without a language that asks for keys in the words of another one."""
    for say in prompt:
        text, read = say.setting("text"), context.languages(say).values()
        language = None if text is None or say.setting("language") else language_of_keys(str(text.value))
        if text is not None and language is not None and read:
            tags = dict.fromkeys(tag for tags in read for tag in tags)
            message = f"this text is in {language.name}, but a voice for {listing(tags)} reads it"
            help_ = f"Write the language of the text, such as language: {language.tag}."
            yield Finding("FC355", text.at, message, help_)


def _spoken(ssml: str) -> str:
    """Return the text of a fragment of SSML that is read in the language around it."""
    read = read_markup(ssml)
    return "" if isinstance(read, Malformed) else _text(read.parts)


def _text(parts: tuple[Tag | str, ...]) -> str:
    own = (part for part in parts if isinstance(part, str) or part.name != "lang")
    return "".join(part if isinstance(part, str) else _text(part.children) for part in own)
