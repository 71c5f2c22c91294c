"""Builds the model of a document that its schema has accepted: short forms, defaults, units, the phone book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action, Confirm, Dial, Gather, Goto, Preanswer, Raw, Record, Redirect, Sms, Sound, Switch
from flowc.flow.lists import Lists
from flowc.flow.model import Flow, Step
from flowc.flow.read.destinations import destination_named, endpoint_of, read_action_url, read_endpoint, read_then
from flowc.flow.read.fields import FieldReader, Fields, Given
from flowc.flow.read.requests import read_requests
from flowc.flow.values import ActionId, Callback, Callee, Setting, Then, Url, callee_of, party_of
from flowc.flow.verbs import PLAY, VERBS
from flowc.project.variables import LoadedFile
from flowc.schema.schemas import Field
from flowc.syntax import Data, Map, Seq

#: Kinds of fields for sounds; a keyword in them, such as ringback, is a simple value.
_SOUNDS = {"audio", "music", "sound"}
#: The default for the most keys of a gather, which every target accepts.
_MOST_DIGITS = 32

_Common = dict[str, Any]
_Settings = dict[str, Setting]


def build(flow: LoadedFile, project: LoadedFile | None, fields: Mapping[str, tuple[Field, ...]], lists: Lists) -> Flow:
    """Return the model of a flow. `fields` is `schemas.verb_fields` of the schema that accepted it.

    `lists` gets the findings about the files from which it takes numbers.
    """
    return _Builder(flow, project, fields).flow(lists)


class _Builder:
    def __init__(self, flow: LoadedFile, project: LoadedFile | None, fields: Mapping[str, tuple[Field, ...]]) -> None:
        self._file = flow.file
        self._data = flow.data
        self._project = project
        self._reader = FieldReader(flow, project, fields)
        self._numbers: dict[str, Callee] = {}
        self._named: set[str] = set()
        self._own: dict[type[Action], Callable[[_Common, _Settings, Fields], Action]] = {
            Gather: self._gather,
            Switch: self._switch,
            Dial: self._dial,
            Record: self._record,
            Sms: self._sms,
            Preanswer: self._preanswer,
            Raw: self._raw,
            Goto: self._goto,
            Redirect: self._redirect,
        }

    def flow(self, lists: Lists) -> Flow:
        data = self._data
        root = NodeRef(self._file, data.node)
        for name, given in self._reader.fields(data.get("numbers")).items():
            self._numbers[name] = self._entry(name, given)
        steps = cast(Map, data["steps"])
        targets = self._shared("targets")
        base_url, host, signatures = map(self._shared, ("base_url", "host", "signatures"))
        return Flow(
            file=self._file,
            name=str(data["name"]),
            at=root.of("name"),
            targets=tuple(str(name) for name in targets.value) if targets and isinstance(targets.value, Seq) else (),
            base_url=Setting("base_url", str(base_url.value), base_url.at) if base_url else None,
            host=Setting("host", str(host.value), host.at) if host else None,
            signatures=Setting("signatures", str(signatures.value), signatures.at) if signatures else None,
            entry=destination_named(str(data["entry"]), root.of("entry")),
            steps=tuple(
                Step(name, self._actions(name, actions), NodeRef(self._file, steps.node, name, "key"), _line(actions))
                for name, actions in steps.items()
            ),
            numbers=tuple(self._numbers.values()),
            requests=tuple(read_requests(self._reader, data, str(data["name"]), self._dialled, lists)),
            named=frozenset(self._named),
            limits=self._reader.limits(root),
        )

    def _shared(self, key: str) -> Given | None:
        """Return a top-level key of the flow, or else of the project file."""
        for document in (LoadedFile(self._file, self._data), self._project):
            if document and key in document.data:
                return Given(document.data[key], NodeRef(document.file, document.data.node, key))
        return None

    # The phone book

    def _entry(self, name: str, given: Given) -> Callee:
        if not isinstance(given.value, Map):
            return callee_of(str(given.value), name, given.at, given.at)
        fields = self._reader.fields(given.value)
        settings = self._reader.settings("number", fields, given.at)
        to = settings.pop("to")
        if "auth" in fields:
            auth = self._reader.fields(fields["auth"].value).items()
            settings |= {key: Setting(key, str(entry.value), entry.at) for key, entry in auth}
        common: _Common = {"id": ActionId("", 0, 0), "line": _line(given.value)}
        callbacks: tuple[Callback, ...] = ()
        if "status" in fields:
            callbacks = (Callback("status", read_endpoint(self._reader, fields["status"])),)
            status = self._reader.fields(fields["status"].value)
            if "on" in status:
                settings["status_on"] = Setting("status_on", self._reader.items(status["on"]), status["on"].at)
        return replace(
            callee_of(str(to.value), name, given.at, to.at),
            settings=tuple(settings.values()),
            blocks=self._reader.blocks("number", fields),
            callbacks=callbacks,
            confirm=self._confirm(fields["confirm"], common) if "confirm" in fields else None,
        )

    def _callees(self, given: Given) -> tuple[Callee, ...]:
        """Return the callees of a list, or of one name or number."""
        return tuple(self._dialled(str(item.value), item.at) for item in self._reader.items(given))

    def _dialled(self, text: str, at: NodeRef) -> Callee:
        if text in self._numbers:
            self._named.add(text)
        return party_of(text, at, self._numbers)

    # Actions

    def _actions(self, step: str, actions: Data) -> tuple[Action, ...]:
        counts: dict[str, int] = {}
        built = []
        for index, entry in enumerate(cast(Seq, actions or Seq())):
            if isinstance(entry, Map):
                ((verb, value),) = entry.items()
                at, line = NodeRef(self._file, entry.node, verb, "key"), entry.line
            else:
                verb, value = str(entry), None
                at, line = NodeRef(self._file, cast(Seq, actions).node, index), cast(Seq, actions).line
            counts[verb] = counts.get(verb, 0) + 1
            built.append(self._action(verb, value, ActionId(step, index + 1, counts[verb]), at, line))
        return tuple(built)

    def _action(self, verb: str, value: Data, name: ActionId, at: NodeRef, line: int) -> Action:
        fields: Fields = self._reader.fields(value)
        if value is not None and not isinstance(value, Map):
            fields = {VERBS[verb].short: Given(value, at._replace(part="value"))}
        settings = self._reader.settings(verb, fields, at)
        common: _Common = {
            "verb": verb,
            "id": name,
            "at": at,
            "line": line,
            "blocks": self._reader.blocks(verb, fields),
        }
        for field, given in fields.items():
            self._read_field(verb, field, given, common, settings)
        own = self._own.get(VERBS[verb].model)
        return own(common, settings, fields) if own else Action(**common, settings=tuple(settings.values()))

    def _read_field(self, verb: str, field: str, given: Given, common: _Common, settings: _Settings) -> None:
        """Read a field for a destination, a callback or a sound."""
        kind = self._reader.verb(verb).kinds.get(field)
        if field == "then":
            common["then"] = read_then(self._reader, given)
        elif kind == "action-url":
            common["action"] = read_action_url(self._reader, given)
        elif kind == "callback":
            common["callbacks"] = (*common.get("callbacks", ()), Callback(field, read_endpoint(self._reader, given)))
        elif kind in _SOUNDS:
            if isinstance(given.value, str) and "://" not in given.value:
                settings[field] = Setting(field, given.value, given.at)
            else:
                common["sounds"] = (*common.get("sounds", ()), self._sound(field, given, common))

    def _sound(self, name: str, given: Given, common: _Common) -> Sound:
        if isinstance(given.value, Map):
            return Sound(name, (), read_endpoint(self._reader, given), given.at)
        if isinstance(given.value, Seq):
            return Sound(name, self._prompt(given), None, given.at)
        url = Setting("url", Url(str(given.value)), given.at)
        return Sound(name, (Action(PLAY, common["id"], given.at, common["line"], (url,)),), None, given.at)

    def _prompt(self, given: Given | None) -> tuple[Action, ...]:
        return self._actions("", given.value) if given else ()

    def _goto(self, common: _Common, settings: _Settings, _: Fields) -> Goto:
        step = settings.pop("step")
        return Goto(**common, to=destination_named(str(step.value), step.at))

    def _redirect(self, common: _Common, _: _Settings, fields: Fields) -> Redirect:
        return Redirect(**common, endpoint=endpoint_of(self._reader, fields))

    def _switch(self, common: _Common, settings: _Settings, _: Fields) -> Switch:
        then = common["then"]
        cases = tuple(case._replace(party=self._dialled(case.outcome, case.at)) for case in then.cases)
        return Switch(**{**common, "then": then._replace(cases=cases)}, fact=settings["on"])

    def _gather(self, common: _Common, settings: _Settings, fields: Fields) -> Gather:
        given = fields.get("digits", Given(Map(max=_MOST_DIGITS), common["at"]))
        exact = not isinstance(given.value, Map)
        most = given.value if not isinstance(given.value, Map) else given.value["max"]
        retry = self._reader.fields(fields["retry"].value) if "retry" in fields else {}
        finish_on = settings.pop("finish_on")
        if finish_on.at == common["at"]:
            finish_on = finish_on._replace(value=_free_finish_key(str(finish_on.value), common.get("then")))
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
        caller = settings.get("caller_id")
        if caller is not None and caller.value in self._numbers:
            self._named.add(str(caller.value))
            settings["caller_id"] = caller._replace(value=self._numbers[str(caller.value)].address)
        return Dial(
            **common,
            settings=tuple(settings.values()),
            to=callees,
            in_turn=ring.value == "in-turn" and len(callees) > 1,
            confirm=self._confirm(fields["confirm"], common) if "confirm" in fields else None,
        )

    def _confirm(self, given: Given, common: _Common) -> Confirm:
        fields = self._reader.fields(given.value)
        at = given.at._replace(part="key")
        settings = self._reader.settings("confirm", fields, at)
        return Confirm(settings["key"], self._sound("prompt", fields["prompt"], common), settings["timeout"], at)

    def _record(self, common: _Common, settings: _Settings, _: Fields) -> Record:
        return Record(**common, settings=tuple(settings.values()))

    def _sms(self, common: _Common, settings: _Settings, fields: Fields) -> Sms:
        (sender,) = self._callees(fields["from"])
        to = tuple(
            replace(callee, kind="caller") if (callee.kind, callee.name) == ("", "caller") else callee
            for callee in self._callees(fields["to"])
        )
        return Sms(**common, settings=tuple(settings.values()), sender=sender, to=to)

    def _preanswer(self, common: _Common, _: _Settings, fields: Fields) -> Preanswer:
        return Preanswer(**common, prompt=self._prompt(fields["prompt"]))

    def _raw(self, common: _Common, settings: _Settings, _: Fields) -> Raw:
        return Raw(**common, settings=tuple(settings.values()))


def _line(data: Data) -> int:
    return data.line if isinstance(data, (Map, Seq)) else 1


def _free_finish_key(usual: str, then: Then | None) -> str:
    """Return the finish key of a gather that names none: the default, else the star, else none."""
    taken = "".join(case.outcome for case in then.cases) if then else ""
    return next((key for key in (usual, "*") if key not in taken), "none")
