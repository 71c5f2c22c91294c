"""Reads a queue: how callers leave it, and what they hear about their position."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action, Leaving, Queue
from flowc.flow.read.destinations import read_destination
from flowc.flow.read.fields import FieldReader, Fields, Given
from flowc.flow.values import LEFT, Case, Setting
from flowc.profiles.speech import prompt_language

#: How many positions have a text of their own, and the placeholder for the position in a text.
_POSITIONS, _POSITION = 20, "{position}"

_Said = Callable[[str, NodeRef], Action]


def read_queue(
    reader: FieldReader, common: dict[str, Any], settings: dict[str, Setting], fields: Fields, said: _Said
) -> Queue:
    """Return a queue; `common` are the fields of any action, and `said` makes the action that reads a text aloud."""
    settings.pop("wait", None)  # the word for the carrier's own music
    wanted = fields.get("position")
    if wanted is not None and wanted.value is False:
        wanted = None
    leave = _leaving(reader, fields["leave"], common) if "leave" in fields else None
    return Queue(
        **common,
        settings=tuple(settings.values()),
        leave=leave,
        position_at=wanted.at if wanted else None,
        positions=_positions(wanted, said) if wanted else (),
    )


def _leaving(reader: FieldReader, given: Given, common: dict[str, Any]) -> Leaving:
    """Return how a caller leaves; the destination becomes that of the outcome, if then: names none."""
    fields = reader.fields(given.value)
    key = Setting("key", str(fields["key"].value), fields["key"].at)
    if "to" not in fields:
        return Leaving(key, None)
    to, then = read_destination(reader, *fields["to"]), common.get("then")
    if then is not None and all(case.outcome != LEFT for case in then.cases):
        case = Case(LEFT, to, fields["to"].at._replace(part="key"))
        common["then"] = then._replace(cases=(*then.cases, case))
    return Leaving(key, to)


def _positions(given: Given, said: _Said) -> tuple[Action, ...]:
    """Return the texts about each position; none if they are left to a language that has none."""
    text = str(given.value)
    if given.value is True:
        setting = said("", given.at).setting("language")
        language = prompt_language(str(setting.value) if setting else "")
        text = language.position if language else ""
    numbers = range(1, _POSITIONS + 1) if text else ()
    return tuple(said(text.replace(_POSITION, str(number)), given.at) for number in numbers)
