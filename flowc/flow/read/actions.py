"""Reads actions and the phone book of one file: short forms, defaults, units."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import (
    HOURS,
    Action,
    Confirm,
    Dial,
    Gather,
    Goto,
    Notify,
    Preanswer,
    Queue,
    Redirect,
    Sms,
    Sound,
    Switch,
)
from flowc.flow.callees import callee_of, completed_by, is_prefix, party_of
from flowc.flow.hours import Hours
from flowc.flow.read.destinations import ROWS, endpoint_of, read_action_url, read_endpoint, read_then
from flowc.flow.read.fields import FieldReader, Fields, Given
from flowc.flow.read.queues import read_queue
from flowc.flow.values import ActionId, Callback, Callee, Case, Setting, SoundUrl, Then, free_finish_key
from flowc.flow.verbs import PLAY, SAY, VERBS
from flowc.syntax import Data, Map, Seq

#: Kinds of fields that are heard; a word among them, such as ringback, is a simple value.
_SOUNDS = {"audio", "audio-or-none", "music", "sound", "waiting"}
#: What is sent before an extension, so that the other side listens: w is half a second.
_PAUSE = "wwww"
#: What the path or URL of an audio file contains, and no such word.
_PATH = re.compile(r"[/\\]|\.[A-Za-z0-9]+\Z")
#: The most keys a gather takes when its flow does not say; every target takes as many.
_MOST_DIGITS = 32

_Common = dict[str, Any]
_Settings = dict[str, Setting]


class WrittenAction(NamedTuple):
    """An action as it is written: its verb, its fields or value, the place of the verb, and its line."""

    verb: str
    value: Data
    at: NodeRef
    line: int


class ActionReader:
    """Reads the actions of one file.

    `rows` makes choices of the rows of a table, given the field, the action, its place, and its other choices; `hours`
    returns the calendar of a name.
    """

    def __init__(self, reader: FieldReader, book: dict[str, Callee], named: set[str]) -> None:
        """`book` is the phone book, `named` are its entries that something uses."""
        self.reader = self._reader = reader
        self.book = self._numbers = book
        self.named = self._named = named
        self.rows: Callable[[Given, ActionId, NodeRef, Then], Then] | None = None
        self.hours: Callable[[str, NodeRef], Hours | None] | None = None

    # The phone book

    def entry(self, name: str, given: Given) -> Callee:
        """Read an entry of the phone book, or (without a name) a callee that a dial describes like one."""
        if not isinstance(given.value, Map):
            return callee_of(str(given.value), name, given.at, given.at)
        fields = self._reader.fields(given.value)
        settings = self._reader.settings("number", fields, given.at)
        to = settings.pop("to")
        if "extension" in settings:
            extension = settings["extension"]
            settings["extension"] = extension._replace(value=f"{_PAUSE}{extension.value}")
        if "auth" in fields:
            auth = self._reader.fields(fields["auth"].value).items()
            settings |= {key: Setting(key, str(entry.value), entry.at) for key, entry in auth}
        common: _Common = {"id": ActionId("", 0, 0), "line": given.value.line}
        callbacks: tuple[Callback, ...] = ()
        if "status" in fields:
            callbacks = (Callback("status", read_endpoint(self._reader, fields["status"])),)
            status = self._reader.fields(fields["status"].value)
            if "on" in status:
                settings["status_on"] = Setting("status_on", self._reader.items(status["on"]), status["on"].at)
        address = str(to.value)
        base = callee_of(address, name, given.at, to.at) if name else self.dialled(address, to.at)
        own = replace(
            base,
            settings=tuple(settings.values()),
            blocks=self._reader.blocks("number", fields),
            callbacks=callbacks,
            confirm=self._confirm(fields, common),
            whisper=self._whisper(fields, common),
        )
        return own if name else completed_by(own, base)

    def _callees(self, given: Given) -> tuple[Callee, ...]:
        """Return the callees of a list, or only one: names, numbers, or fields like those of the phone book."""
        return tuple(
            self.entry("", one) if isinstance(one.value, Map) else self.dialled(str(one.value), one.at)
            for one in self._reader.entries(given)
        )

    def dialled(self, text: str, at: NodeRef) -> Callee:
        """Return the callee that a name of the phone book, a number or an address means."""
        if text in self._numbers:
            self._named.add(text)
        return party_of(text, at, self._numbers)

    # Actions

    def written(self, actions: Seq, index: int) -> WrittenAction:
        """An action of a list, by its index."""
        entry = actions[index]
        if isinstance(entry, Map):
            ((verb, value),) = entry.items()
            return WrittenAction(verb, value, NodeRef(self._reader.file, entry.node, verb, "key"), entry.line)
        return WrittenAction(str(entry), None, NodeRef(self._reader.file, actions.node, index), actions.line)

    def _actions(self, actions: Data) -> tuple[Action, ...]:
        """The actions of a prompt."""
        items = cast(Seq, actions or Seq())
        counts: dict[str, int] = {}
        built = []
        for index in range(len(items)):
            one = self.written(items, index)
            counts[one.verb] = counts.get(one.verb, 0) + 1
            built.append(self.action(one, ActionId("", index + 1, counts[one.verb])))
        return tuple(built)

    def action(self, one: WrittenAction, name: ActionId) -> Action:
        """Read an action of a step, or of a prompt."""
        verb, value, at, line = one
        fields: Fields = self._reader.fields(value)
        if value is not None and not isinstance(value, Map):
            fields = {VERBS[verb].short: Given(value, NodeRef(at.file, at.node, at.key))}
        settings = self._reader.settings(verb, fields, at)
        common: _Common = {
            "verb": verb,
            "id": name,
            "at": at,
            "line": line,
            "blocks": self._reader.blocks(verb, fields),
        }
        kinds = self._reader.verbs[verb].kinds
        for field, given in fields.items():
            if field in kinds:
                self._read_field(field, kinds[field], given, common, settings)
        model = VERBS[verb].model
        if model in _OWN:
            return _OWN[model](self, common, settings, fields)
        return model(**common, settings=tuple(settings.values()))

    def _read_field(self, field: str, kind: str, given: Given, common: _Common, settings: _Settings) -> None:
        """Read a field for a destination, a callback or a sound."""
        if field == "then":
            common["then"] = self._then(given, common)
        elif kind == "action-url":
            common["action"] = read_action_url(self._reader, given)
        elif kind == "callback":
            common["callbacks"] = (*common.get("callbacks", ()), Callback(field, read_endpoint(self._reader, given)))
        elif kind in _SOUNDS:
            if isinstance(given.value, str) and not _PATH.search(given.value):
                settings[field] = Setting(field, given.value, given.at)
            else:
                common["sounds"] = (*common.get("sounds", ()), self._sound(field, given, common))

    def _then(self, given: Given, common: _Common) -> Then:
        then = read_then(self._reader, given)
        if isinstance(given.value, Map) and ROWS in given.value and self.rows is not None:
            block = NodeRef(self._reader.file, given.value.node)
            then = self.rows(Given(given.value[ROWS], block.of(ROWS)), common["id"], common["at"], then)
        return then

    def _sound(self, name: str, given: Given, common: _Common) -> Sound:
        if isinstance(given.value, Map):
            return Sound(name, (), read_endpoint(self._reader, given), given.at)
        if isinstance(given.value, Seq):
            return Sound(name, self._prompt(given), None, given.at)
        url = self._reader.audio(Setting("url", SoundUrl(str(given.value)), given.at))
        return Sound(name, (Action(PLAY, common["id"], given.at, common["line"], (url,)),), None, given.at)

    def _prompt(self, given: Given | None) -> tuple[Action, ...]:
        return self._actions(given.value) if given else ()

    def _goto(self, common: _Common, settings: _Settings, _: Fields) -> Goto:
        step = settings.pop("step")
        return Goto(**common, to=self._reader.destination(str(step.value), step.at))

    def _redirect(self, common: _Common, _: _Settings, fields: Fields) -> Redirect:
        return Redirect(**common, endpoint=endpoint_of(self._reader, fields))

    def _notify(self, common: _Common, settings: _Settings, fields: Fields) -> Notify:
        given = settings["with"].value if "with" in settings else ()
        return Notify(**common, endpoint=endpoint_of(self._reader, fields), given=cast(tuple[Setting, ...], given))

    def _switch(self, common: _Common, settings: _Settings, fields: Fields) -> Switch:
        then = common["then"]
        if HOURS in fields and self.hours is not None:
            name, at = str(fields[HOURS].value), fields[HOURS].at
            return Switch(**common, fact=Setting(HOURS, name, at), calendar=self.hours(name, at))
        cases = tuple(case._replace(party=self._compared(case)) for case in then.cases)
        return Switch(**{**common, "then": then._replace(cases=cases)}, fact=settings["on"])

    def _compared(self, case: Case) -> Callee:
        """Whom the value of a case names."""
        at = case.at if isinstance(case.at, NodeRef) else case.row
        assert at is not None, "only a row is written in a file of another kind"
        party = self.dialled(case.outcome, at)
        kind = "prefix" if is_prefix(case.outcome) else party.kind
        return replace(party, kind=kind, row=None if isinstance(case.at, NodeRef) else case.at)

    def _gather(self, common: _Common, settings: _Settings, fields: Fields) -> Gather:
        given = fields.get("digits", Given(Map(max=_MOST_DIGITS), common["at"]))
        exact = not isinstance(given.value, Map)
        most = given.value if not isinstance(given.value, Map) else given.value["max"]
        retry = self._reader.fields(fields["retry"].value) if "retry" in fields else {}
        finish_on = settings.pop("finish_on")
        if finish_on.at == common["at"]:
            finish_on = finish_on._replace(value=free_finish_key(str(finish_on.value), common.get("then")))
        return Gather(
            **common,
            tries=cast(int, settings.pop("tries").value),
            settings=tuple(settings.values()),
            least=cast(int, most if exact else cast(Map, given.value).get("min", 1)),
            most=cast(int, most),
            digits_at=given.at,
            finish_on=finish_on,
            prompt=self._prompt(fields.get("prompt")),
            again_after_silence=self._prompt(retry.get("no-input")),
            again_after_wrong=self._prompt(retry.get("no-match")),
        )

    def _dial(self, common: _Common, settings: _Settings, fields: Fields) -> Dial:
        callees = self._callees(fields["to"])
        ring = settings.pop("ring")
        if (caller := settings.get("caller_id")) is not None and caller.value in self._numbers:
            self._named.add(str(caller.value))
            settings["caller_id"] = caller._replace(value=self._numbers[str(caller.value)].address)
        return Dial(
            **common,
            settings=tuple(settings.values()),
            to=callees,
            in_turn=ring.value == "in-turn" and len(callees) > 1,
            confirm=self._confirm(fields, common),
            whisper=self._whisper(fields, common),
        )

    def _confirm(self, holder: Fields, common: _Common) -> Confirm | None:
        if "confirm" not in holder:
            return None
        given = holder["confirm"]
        fields = self._reader.fields(given.value)
        at = given.at._replace(part="key")
        settings = self._reader.settings("confirm", fields, at)
        return Confirm(settings["key"], self._sound("prompt", fields["prompt"], common), settings["timeout"], at)

    def _whisper(self, holder: Fields, common: _Common) -> Sound | None:
        return self._sound("whisper", holder["whisper"], common) if "whisper" in holder else None

    def _queue(self, common: _Common, settings: _Settings, fields: Fields) -> Queue:
        return read_queue(self._reader, common, settings, fields, self._said)

    def _said(self, text: str, at: NodeRef) -> Action:
        return self.action(WrittenAction(SAY, text, at, 1), ActionId("", 0, 0))

    def _sms(self, common: _Common, settings: _Settings, fields: Fields) -> Sms:
        sender = self._callees(fields["from"])[0] if "from" in fields else None
        to = tuple(
            replace(callee, kind="caller") if (callee.kind, callee.name) == ("", "caller") else callee
            for callee in self._callees(fields["to"])
        )
        return Sms(**common, settings=tuple(settings.values()), sender=sender, to=to)

    def _preanswer(self, common: _Common, _: _Settings, fields: Fields) -> Preanswer:
        return Preanswer(**common, prompt=self._prompt(fields["prompt"]))


#: How an action is read whose class adds something to an action.
_OWN: dict[type[Action], Callable[[ActionReader, _Common, _Settings, Fields], Action]] = {
    Gather: ActionReader._gather,
    Switch: ActionReader._switch,
    Dial: ActionReader._dial,
    Queue: ActionReader._queue,
    Sms: ActionReader._sms,
    Preanswer: ActionReader._preanswer,
    Goto: ActionReader._goto,
    Redirect: ActionReader._redirect,
    Notify: ActionReader._notify,
}
