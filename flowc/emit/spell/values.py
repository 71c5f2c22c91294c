"""Values as they are written: durations in the carrier's unit, the carrier's terms, lists in one text, tags."""

from __future__ import annotations

from flowc.diagnostics.wording import counted
from flowc.emit.spell.checks import Checks
from flowc.emit.spell.fragments import fragment_faults
from flowc.emit.spell.headers import header_faults
from flowc.emit.spell.markup import markup_faults
from flowc.emit.spell.report import Report
from flowc.flow.values import Duration, Setting, Url
from flowc.lower.ir import Node
from flowc.profiles.profile import Profile
from flowc.profiles.rows import UNITS, Items, Spelling
from flowc.syntax.markup import Malformed, Markup, read_markup

_LIST = Items()


class ValueSpeller:
    """Spells the values of fields for one target."""

    def __init__(self, profile: Profile, checks: Checks, report: Report) -> None:
        """Take the target, its compiled schemas, and the report for what it does not accept."""
        self._profile = profile
        self._checks = checks
        self._report = report

    def spelled(self, node: Node, field: Setting, spelling: Spelling) -> str | Markup | None:
        """Return a value as it is written; None if it is left out, or refused and reported."""
        value = field.value
        if isinstance(value, Duration):
            size, unit = UNITS[spelling.unit or "s"]
            if value.ms % size:
                message = f"counts the {self._report.what(node, field.name)} in whole {unit}"
                self._report.add("FC402", field.at, message, f"Write whole {unit}.")
                return None
            value = value.ms // size
        elif isinstance(value, tuple):
            return self._joined(node, field, value, spelling)
        elif spelling.items is not None and value not in (spelling.overrides or ()):
            return self._item(node, field, field._replace(name=""), spelling, spelling.items)
        elif isinstance(value, str):
            if isinstance(value, Url):
                what = self._report.what(node, field.name)
                self._report.extend(fragment_faults(value, field.at, what, spelling.retry, self._profile, self._checks))
            value = str(value)  # of a Url, the text
        if spelling.values is not None:
            if value not in spelling.values:
                self._report.unknown(node, field, spelling, spelling.values)
                return None
            return spelling.values[str(value)]
        if spelling.overrides is not None and plain(value) in spelling.overrides:
            return spelling.overrides[plain(value)]
        if spelling.schema is not None and not self._checks.takes(spelling.schema, value):
            self._report.out_of_range(node, field, spelling.schema, spelling, value)
        return self._tags(field, spelling) if spelling.markup else plain(value)

    def _joined(self, node: Node, field: Setting, settings: tuple[Setting, ...], spelling: Spelling) -> str:
        """Write a list as one text."""
        items = spelling.items or _LIST
        faults = list(header_faults(items.header, settings, self._profile.name)) if items.header else []
        self._report.extend(faults)
        # One fault, one message: a name that is already reported is not judged by its schema too.
        wrong = {fault.at for fault in faults}
        texts = [
            text
            for setting in settings
            if setting.at.name(setting.name) not in wrong
            and (text := self._item(node, field, setting, spelling, items)) is not None
        ]
        if items.most is not None and len(texts) > items.most:
            what = self._report.what(node, field.name)
            message = f"takes at most {counted(items.most, 'value')} in {what}; these are {len(texts)}"
            self._report.add("FC402", field.at, message, items.beyond)
        joined = items.join.join(texts)
        if spelling.schema is not None and not self._checks.takes(spelling.schema, joined):
            self._report.out_of_range(node, field, spelling.schema, spelling, joined)
        return f"{items.lead}{joined}"

    def _item(self, node: Node, field: Setting, item: Setting, spelling: Spelling, items: Items) -> str | None:
        text = _item_text(items, item)
        if items.values is not None:
            if text not in items.values:
                self._report.unknown(node, item._replace(name=field.name), spelling, items.values)
            return items.values.get(text)
        if items.schema is not None and not self._checks.takes(items.schema, text):
            bad_name = item.name and not self._checks.takes(items.schema, _item_text(items, item._replace(value="x")))
            at = item.at.name(item.name) if bad_name else item.at
            self._report.out_of_range(node, Setting(field.name, item.value, at), items.schema, spelling, text)
        elif (header := items.header) and header.documented:
            if not self._checks.takes(header.documented, header.written(item.name)):
                message = f"may not send the header {item.name}: {header.reason}"
                self._report.add("FC406", item.at.name(item.name), message, header.help)
        return text

    def _tags(self, field: Setting, spelling: Spelling) -> Markup | None:
        markup = read_markup(str(field.value))
        if isinstance(markup, Malformed) or spelling.markup is None:
            return None
        several = "\n" in str(field.value).strip()
        for fault in markup_faults(markup, spelling.markup, self._checks, field.at):
            line = f" (line {fault.tag.line} of it)" if several else ""
            self._report.add("FC409", field.at, f"{fault.message}{line}", fault.help)
        return markup


def plain(value: object) -> str:
    """Return a value as text, with the truth values of XML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _item_text(items: Items, item: Setting) -> str:
    name = items.header.written(item.name) if items.header and item.name else item.name
    return f"{name}{items.pair}{item.value}" if name else str(item.value)
