"""Words that people hear or read hold nothing that is meant for a machine: tags, entities, other tools' variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing, shown
from flowc.flow.values import Setting
from flowc.flow.verbs import VERBS
from flowc.lint.subject import Subject
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling
from flowc.project.variables import is_variable

#: Most texts have none of these characters, and are looked at no closer.
_SUSPECT = re.compile(r"[<{%]|\$[A-Za-z_(]|&[A-Za-z#]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_TAG = re.compile(r"</?([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>")
#: Tags of HTML and of SSML that people put into texts; another name in angle brackets stands for a value.
_TAGS = frozenset(
    "a audio b big body br break center code div em emphasis font h1 h2 h3 h4 h5 h6 head hr html i img lang li mark "
    "ol p phoneme pre prosody s say say-as script small span speak strong style sub sup table td th tr u ul "
    "voice w".split()
)
#: How other tools write variables: {{ name }}, {name}, #{name}, $name, $NAME_2, $(name), %name%, %(name)s, <%= name %>,
#: <first name>.
_PLACEHOLDER = re.compile(
    r"(?<!\$)\{\{(?P<double>[^{}]*)\}\}"
    r"|(?<![\w${])[#@%]?\{(?P<single>[A-Za-z_][\w.-]*)(?:[:!][^{}\s]*)?\}(?!\})"
    r"|(?<![\w$])\$(?P<dollar>[a-z_]\w+|[A-Z][A-Z0-9]*_\w+)"
    r"|(?<![\w$])\$\((?P<shell>[A-Za-z_][\w.]*)\)"
    r"|(?<![\w%])%(?P<percent>[A-Za-z_]\w*)%(?!\w)"
    r"|(?<![\w%])%\((?P<python>\w+)\)[sd]"
    r"|(?<![\w%])%[sd](?!\w)"
    r"|\{%[^{}]*%\}"
    r"|<%=?(?P<embedded>[^<>]*)%>"
    r"|<(?P<angle>[A-Za-z]\w*(?: [A-Za-z]\w*){0,2})>"
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: What becomes of the words of a request to the carrier's API.
_SHOWN = "shown"


def check(subject: Subject) -> Iterator[Finding]:
    """FC319 a tag or an entity in plain words, FC354 what another tool takes for a variable."""
    for verb, setting in subject.worded:
        text = str(setting.value)
        if _SUSPECT.search(text):
            if setting.name != "ssml":
                yield from _marked(subject, verb, setting, text)
            yield from _placeholder(verb, setting, text)


def _marked(subject: Subject, verb: str, setting: Setting, text: str) -> Iterator[Finding]:
    tag = next((found for found in _TAG.finditer(text) if not _is_placeholder(found, text)), None)
    if tag is not None:
        message = f"the tag <{tag[1]}> is {_done(verb)} as it is written"
        yield Finding("FC319", setting.at, message, _without_tags(subject.profiles, verb, tag[1]))
    entity = next((found[0] for found in _ENTITY.finditer(text) if found[0][1] == "#" or found[0][1:] in html5), None)
    if entity is not None:
        sign = unescape(entity)
        itself = sign if sign.isprintable() and not sign.isspace() else "the character"
        message = f"{entity} is {_done(verb)} as it is written"
        yield Finding("FC319", setting.at, message, f"Write {itself} itself: flowc escapes what XML needs.")


def _done(verb: str) -> str:
    """What becomes of the words of a verb, or of a kind of request."""
    return VERBS[verb].words_are if verb in VERBS else _SHOWN


def _is_placeholder(tag: re.Match[str], text: str) -> bool:
    """Whether a tag is a bare name in angle brackets, such as <name>, and no language of markup has it."""
    bare = tag[0] == f"<{tag[1]}>" and f"</{tag[1]}" not in text
    return bare and tag[1].lower() not in _TAGS


def _without_tags(profiles: tuple[Profile, ...], verb: str, tag: str) -> str:
    if verb not in VERBS or VERBS[verb].takes != "speech":
        return "Write the words alone: only a voice understands tags."
    deaf = [profile.name for profile in profiles if not _understands(profile)]
    if deaf:
        pause = ", and write - pause: 1s in its place" if tag == "break" else ""
        return f"Leave the tag out{pause}: {listing(deaf, 'and')} {'takes' if len(deaf) == 1 else 'take'} no tags."
    pause = ", or - pause: 1s in place of the tag" if tag == "break" else ""
    return f"Write say: {{ssml: ...}}, which takes tags{pause}."


def _understands(profile: Profile) -> bool:
    say = profile.row("say")
    return isinstance(say, NodeRow) and isinstance(say.fields.get("ssml"), Spelling)


def _placeholder(verb: str, setting: Setting, text: str) -> Iterator[Finding]:
    for found in _PLACEHOLDER.finditer(text):
        if found["angle"] and (setting.name == "ssml" or not _is_stub(found, text)):
            continue
        name = _name(next(filter(None, found.groups()), ""))
        what = f"Write ${{{name}}} and declare it" if name else "A variable is written ${name} and declared"
        message = f"{shown(found[0])} is {_done(verb)} as it is written: only ${{...}} is a variable"
        help_ = f"{what} in vars:; it gets its value when the flow is built."
        yield Finding("FC354", setting.at, message, help_)
        return


def _is_stub(found: re.Match[str], text: str) -> bool:
    tag = _TAG.fullmatch(found[0])
    return tag is None or _is_placeholder(tag, text)


def _name(written: str) -> str:
    """The name of a variable that somebody meant, as flowc writes it; empty where that is not clear."""
    last = re.sub(r"[\s-]+", "_", _CAPITAL.sub("_", written.partition("|")[0].strip().rpartition(".")[2])).lower()
    return last if is_variable(last) else ""
