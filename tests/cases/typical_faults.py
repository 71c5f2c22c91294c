"""Faults that people make in a flow, as edits of its text: where each can be made, and where it must be found.

Nothing of flowc is used here: places come from PyYAML's own nodes, and what is expected from the edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml


class Site(NamedTuple):
    """An entry of a mapping or an item of a list: its path, its nodes, and where the key of what holds it begins.

    `key` is the value itself for an item.
    """

    path: str
    text: str
    key: yaml.Node
    value: yaml.Node
    holder: yaml.CollectionNode
    owner: int


class Edit(NamedTuple):
    """What is written in place of a stretch of the text, and the offset in the new text where the fault is."""

    start: int
    end: int
    new: str
    at: int


class Operator(NamedTuple):
    """A fault: its name, the code it must be found by, the paths where it can be made, and how."""

    name: str
    code: str
    where: str
    edit: Callable[[Site], Edit | None]


def sites(text: str) -> Iterator[Site]:
    """Every entry and item of a document; what an alias repeats counts where it is written."""
    root = yaml.compose(text, yaml.SafeLoader)
    assert root is not None
    return _below(text, root, "", _start(root), set())


def _below(text: str, node: yaml.Node, path: str, owner: int, seen: set[int]) -> Iterator[Site]:
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = f"{path}/{key.value}"
            yield Site(here, text, key, value, node, owner)
            yield from _below(text, value, here, _start(key), seen)
    else:
        for index, item in enumerate(node.value):
            yield Site(f"{path}/{index}", text, item, item, node, owner)
            yield from _below(text, item, f"{path}/{index}", owner, seen)


def _start(node: yaml.Node) -> int:
    return int(node.start_mark.index)


def _end(node: yaml.Node) -> int:
    return int(node.end_mark.index)


# Edits


def misspell(site: Site) -> Edit:
    """The last sign of a key is doubled."""
    return Edit(_end(site.key), _end(site.key), site.key.value[-1], _start(site.key))


def write(new: str, at: str = "value", form: str = ".*", offset: int = 0) -> Callable[[Site], Edit | None]:
    """Another value, where the one that stands there is a text of this form; found in the value, or at its key."""

    def edit(site: Site) -> Edit | None:
        if form and not (isinstance(site.value, yaml.ScalarNode) and re.fullmatch(form, site.value.value)):
            return None
        start = _start(site.value)
        return Edit(start, _end(site.value), new, start + offset if at == "value" else _start(site.key))

    return edit


def rename(new: str) -> Callable[[Site], Edit]:
    """Another key; found there."""
    return lambda site: Edit(_start(site.key), _end(site.key), new, _start(site.key))


def insert(new: str, found: str = "new") -> Callable[[Site], Edit | None]:
    """One more entry before the first of a mapping; that one or (found: old) the one that was first is found."""

    def edit(site: Site) -> Edit | None:
        start = _start(site.key)
        if site.holder.value[0][0] is not site.key:
            return None
        entry = new + (", " if site.holder.flow_style else "\n" + " " * site.key.start_mark.column)
        return Edit(start, start, entry, start if found == "new" else start + len(entry))

    return edit


def delete(site: Site) -> Edit | None:
    """An entry is left out; found at the key of its mapping, or where the first key of the file begins."""
    entries = site.holder.value
    index = next(number for number, (key, _) in enumerate(entries) if key is site.key)
    if len(entries) == 1 or any(key.value == "<<" for key, _ in entries):
        return None  # a merge may have it too
    if site.holder.flow_style:
        last = index + 1 == len(entries)
        start = _end(entries[index - 1][1]) if last else _start(site.key)
        end = _end(site.value) if last else _start(entries[index + 1][0])
    elif index + 1 < len(entries):
        start, end = _start(site.key), _start(entries[index + 1][0])
    else:
        start, end = _end(entries[index - 1][1]), _end(site.value)
    # A comment between the two belongs to what is left.
    return None if "#" in site.text[start:end] else Edit(start, end, "", site.owner)


def repeat(site: Site) -> Edit | None:
    """An entry of one line stands twice; the second one is found."""
    entry = site.text[_start(site.key) : _end(site.value)]
    if "\n" in entry or "&" in entry:
        return None
    between = ", " if site.holder.flow_style else "\n" + " " * site.key.start_mark.column
    start = _start(site.key)
    return Edit(start, start, entry + between, start + len(entry + between))


def open_quote(site: Site) -> Edit | None:
    """The closing quote of a text in quotes is left out; the opening one is found, whatever quote closes it now."""
    end = _end(site.value)
    return Edit(end - 1, end, "", _start(site.value)) if getattr(site.value, "style", None) in ("'", '"') else None


def indent_by_tab(site: Site) -> Edit | None:
    """The indentation of a line is a tab."""
    line = _start(site.key) - site.key.start_mark.column
    if not site.key.start_mark.column or site.text[line : _start(site.key)].strip():
        return None
    return Edit(line, _start(site.key), "\t", line)


def put_in(new: str) -> Callable[[Site], Edit | None]:
    """Something is put in front of a text in quotes; the text is found."""

    def edit(site: Site) -> Edit | None:
        start = _start(site.value)
        return Edit(start + 1, start + 1, new, start) if getattr(site.value, "style", None) == '"' else None

    return edit


_ACTION = r"/steps/[^/]+/\d+"
_SAID = r".*/say|.*/say/text"
_OUTCOMES = rf"{_ACTION}/(gather|dial|record|conference)/then"
_TO = rf"{_OUTCOMES}/[^/]+|{_ACTION}/goto|/entry"

OPERATORS = (
    Operator(
        "a top-level key is misspelt", "FC201", "/(flowc|name|description|targets|base_url|entry|steps)", misspell
    ),
    Operator("a verb is misspelt", "FC201", rf"{_ACTION}/[a-z]+", misspell),
    Operator("a verb in a prompt is misspelt", "FC201", r".*/(prompt|wait_music|music)/\d+/[a-z]+", misspell),
    Operator("a field is misspelt", "FC201", rf"{_ACTION}/(gather|dial|record|conference|sms)/[a-z_]+", misspell),
    Operator("an outcome is misspelt", "FC201", rf"{_OUTCOMES}/[a-z-]+", misspell),
    Operator("an outcome is unknown", "FC201", rf"{_OUTCOMES}/[^/]+", insert("perhaps: end")),
    Operator("a target is unknown", "FC204", r"/targets/\d+", write("telegraph")),
    Operator("the version is another", "FC204", "/flowc", write("2")),
    Operator("a list stands where a text belongs", "FC203", _SAID, write("[Hello]", "key")),
    Operator("a truth value stands where a text belongs", "FC203", _SAID, write("true")),
    Operator(
        "a text stands where a truth value belongs",
        "FC203",
        "/steps/(?!.*/position$).*",
        write("yes", form="true|false"),
    ),
    Operator("a text stands where a number belongs", "FC203", ".*/(tries|max_members)", write("three")),
    Operator("a number is too large", "FC206", ".*/(tries|max_members|digits)", write("99999999", form=r"\d+")),
    Operator(
        "a duration has no unit that exists", "FC205", ".*/(timeout|time_limit|max_length)", write("7x", form=r"\d+\w")
    ),
    Operator("a key is no key of a telephone", "FC205", ".*/(finish_on|confirm/key)", write('"A"')),
    Operator("a language is none", "FC205", ".*/language", write("english please")),
    Operator("a voice is unknown", "FC204", ".*/voice", write("robot")),
    Operator(
        "a required field is left out",
        "FC202",
        rf"{_ACTION}/(dial/(to|then)|conference/room|sms/(to|text))",
        delete,
    ),
    Operator("a required key is left out", "FC202", "/(flowc|name|entry|steps)", delete),
    Operator(
        "the rest of the outcomes is left out",
        "FC303",
        rf"{_ACTION}/(dial|gather)/then/(else|no-input|no-match)",
        delete,
    ),
    Operator(
        "an action has two verbs",
        "FC209",
        rf"{_ACTION}/(say|dial|gather|goto)",
        insert("play: https://a.example.com/a.mp3", "old"),
    ),
    Operator("a key stands twice", "FC106", rf"/(name|entry)|/numbers/[^/]+|{_ACTION}/[a-z]+/[a-z_]+", repeat),
    Operator("a step is not there", "FC301", _TO, write("no-such-step", form="[a-z][a-z-]+(?<!end)")),
    Operator(
        "a number is in no phone book", "FC302", rf"{_ACTION}/dial/to(/\d+)?", write("nobody-at-all", form="[a-z-]+")
    ),
    Operator("a phone number lacks its plus", "FC310", "/numbers/[^/]+", write('"12025550143"', form=r"\+\d+")),
    Operator("a phone number is too short", "FC310", "/numbers/[^/]+", write('"+1202555014"', form=r"\+\d+")),
    Operator(
        "a URL is for files",
        "FC311",
        ".*/(events|action|url|transcribe)",
        write("ftp://a.example.com/b", form="https:.*"),
    ),
    Operator(
        "a URL has a space",
        "FC311",
        ".*/(events|action|url|transcribe)",
        write('"https://a.example.com/a b"', form="https:.*"),
    ),
    Operator("a SIP address has no host", "FC312", "/numbers/[^/]+/to", write('"sip:front desk"', form="sip:.*")),
    Operator("a choice has too many keys", "FC304", rf"{_ACTION}/gather/then/[0-9*]", rename('"123456789"')),
    Operator("a quote is not closed", "FC105", ".*", open_quote),
    Operator("a line is indented by a tab", "FC104", ".*", indent_by_tab),
    Operator("a text is a tag", "FC107", _SAID, write("!loud Hello.")),
    Operator("an alias is of nothing", "FC113", _SAID, write("*nothing")),
    Operator("a variable is undeclared", "FC120", _SAID, put_in("${nowhere} ")),
    Operator("a variable is not closed", "FC123", _SAID, put_in("${nowhere ")),
    Operator("a character cannot be sent", "FC109", _SAID, put_in("\\x01")),
    Operator("a text is empty", "FC207", _SAID, write('""')),
    Operator("a key of a target's block is unknown", "FC201", r".*/plivo/[^/]+", insert("nonsense: true")),
    Operator("next leads nowhere", "FC307", rf"{_ACTION}/goto", write("next")),
    Operator("a step is another flow's", "FC385", rf"{_ACTION}/goto", write("other/start")),
    Operator("a text without quotes has a colon", "FC103", _SAID, write("Note: this is a text", offset=4)),
    Operator("a text without quotes begins with a percent sign", "FC103", _SAID, write("%loud Hello.")),
    Operator("a list of targets is empty", "FC207", "/targets", write("[]", "key", "")),
)
