"""The elements of a document as a carrier understands them: what each does, its settings and its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from flowc.simulate.rules import Does, ElementRule, Rules
from flowc.syntax.markup import Tag

#: More digits than any number in a document has.
_DIGITS = 9
#: What may be in a dial.
_DIALLED = (Does.CALLEE, Does.ROOM, Does.SERVE)


@dataclass(frozen=True, eq=False)
class CarrierElement:
    """An element: its rule (None: the carrier does not know it), its settings, its text without tags, what is in it.

    It is read once for all calls. `settings` have the names of carrier.yaml, and defaults for what is missing or no
    number; `called` is the first part of the names of the contracts of its requests.
    """

    name: str
    rule: ElementRule | None
    settings: Mapping[str, str]
    text: str
    children: tuple[CarrierElement, ...]

    @cached_property
    def callees(self) -> tuple[Mapping[str, str], ...]:
        """The settings of what a dial dials: the elements in it, or else its text."""
        inner = (child for child in self.children if child.rule is not None and child.rule.does in _DIALLED)
        return tuple(child.settings for child in inner) or (({"address": self.text},) if self.text else ())

    @cached_property
    def dialled(self) -> tuple[str, ...]:
        """What a dial dials, as the log shows it."""
        return tuple(map(dialled, self.callees))


def read_elements(content: Iterable[Tag | str], rules: Rules) -> Iterator[CarrierElement]:
    """Yield the elements of a document, or of another element."""
    for tag in content:
        if isinstance(tag, Tag):
            rule = rules.elements.get(tag.name)
            text = " ".join(_text(tag).split())
            settings = _settings(tag, rule, text) if rule is not None else {}
            yield CarrierElement(tag.name, rule, settings, text, tuple(read_elements(tag.children, rules)))


def _settings(tag: Tag, rule: ElementRule, text: str) -> dict[str, str]:
    given = dict(tag.attributes)
    settings = {}
    for name, one in rule.settings.items():
        value = given.get(one.attribute, one.default) if one.attribute else text
        numeric = one.default.isdecimal() and not (value.isdecimal() and len(value) <= _DIGITS)
        settings[name] = one.default if numeric else value
    settings["called"] = rule.called
    return settings


def _text(tag: Tag) -> str:
    return "".join(child if isinstance(child, str) else " ".join(_text(child).split()) for child in tag.children)


def dialled(callee: Mapping[str, str]) -> str:
    """Return what is dialled: the address, and after a space the keys that are sent, such as those of an extension."""
    return f"{address(callee)} {callee.get('keys', '')}".strip()


def address(callee: Mapping[str, str]) -> str:
    """Return the number or address of a callee, without the headers that may follow it."""
    return callee["address"].partition("?")[0]
