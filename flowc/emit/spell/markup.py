"""Checks texts with tags, such as SSML, by the tags that a target knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, meant, shown, suggestion, words_of
from flowc.emit.spell.checks import Checks
from flowc.flow.values import Setting
from flowc.profiles.rows import MarkupRules as Rules
from flowc.profiles.rows import TagRules as Rule
from flowc.syntax.markup import Markup, Tag

#: The root of SSML in the standard, which carriers add themselves.
_ROOT = "speak"


class MarkupFault(NamedTuple):
    """What is wrong with a markup (it follows the target's name in the message), what to do, and the tag."""

    message: str
    help: str
    tag: Tag


def markup_faults(markup: Markup, rules: Rules, checks: Checks, at: NodeRef) -> Iterator[MarkupFault]:
    """Find what a target does not know or accept in a markup; rules without tags accept everything."""
    if rules.tags is not None:
        yield from _MarkupChecker(rules.tags, checks, at).children(markup.parts, "", rules.allowed_children)


class _MarkupChecker(NamedTuple):
    rules: Mapping[str, Rule]
    checks: Checks
    at: NodeRef

    def children(self, parts: tuple[Tag | str, ...], inside: str, allowed: tuple[str, ...]) -> Iterator[MarkupFault]:
        for child in parts:
            if not isinstance(child, Tag):
                continue
            rule = self.rules.get(child.name)
            if rule is None:
                known = suggestion(child.name, self.rules) or f"It knows {listing(self.rules, 'and')}."
                help_ = known if child.name != _ROOT else f"Leave <{_ROOT}> out; it is added."
                yield MarkupFault(f"has no tag <{child.name}>", help_, child)
                continue
            if child.name not in allowed:
                outer = [name for name, other in self.rules.items() if child.name in other.allowed_children]
                message = f"does not take <{child.name}> inside <{inside}>"
                yield MarkupFault(message, f"Put it outside{f', or into {listing(outer)}' if outer else ''}.", child)
            yield from self._attributes(child, rule)
            yield from self._content(child, rule)

    def _content(self, tag: Tag, rule: Rule) -> Iterator[MarkupFault]:
        if not rule.text and tag.children:
            help_ = f"Write <{tag.name}/>, and put the text after it."
            yield MarkupFault(f"takes nothing inside <{tag.name}>", help_, tag)
            return
        if rule.text == "required" and not any(isinstance(part, str) and part.strip() for part in tag.children):
            yield MarkupFault(
                f"needs text inside <{tag.name}>", f"Write <{tag.name}> with its text, and close it.", tag
            )
        yield from self.children(tag.children, tag.name, rule.allowed_children)

    def _attributes(self, tag: Tag, rule: Rule) -> Iterator[MarkupFault]:
        given = dict(tag.attributes)
        for name, value in tag.attributes:
            fragment = rule.attributes.get(name)
            if fragment is None:
                known = f"It has {listing(rule.attributes, 'and')}." if rule.attributes else "Leave it out."
                yield MarkupFault(f"has no {name} on <{tag.name}>", suggestion(name, rule.attributes) or known, tag)
            elif not self.checks.takes(fragment, value):
                help_ = suggestion(value, words_of(fragment)) or f"Write {meant(fragment)}."
                yield MarkupFault(f"does not take {shown(value)} as {name} of <{tag.name}>", help_, tag)
        for name in rule.needs:
            if name not in given:
                yield MarkupFault(f"needs {name} on <{tag.name}>", f"Add {name}.", tag)
        if rule.one_of and not set(rule.one_of) & given.keys():
            yield MarkupFault(f"needs {listing(rule.one_of)} on <{tag.name}>", "Add one of them.", tag)
        values = {name: Setting(name, value, self.at) for name, value in tag.attributes}
        for conflict in rule.conflicts:
            if self.checks.applies(conflict, {**values}):
                yield MarkupFault(f"does not take this <{tag.name}>: {conflict.reason}", conflict.help, tag)
