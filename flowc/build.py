"""Builds the model from a document that its schema has accepted: short forms, defaults, units, phone book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast

from flowc.convert import CONVERT
from flowc.load import Data, Map, Seq
from flowc.model import (
    Action,
    ActionId,
    Block,
    Callee,
    Case,
    Confirm,
    Destination,
    Dial,
    End,
    Flow,
    Following,
    Gather,
    Goto,
    Leave,
    Link,
    Record,
    Redirect,
    Setting,
    Step,
    Switch,
    Then,
    ToStep,
    Value,
    is_name,
)
from flowc.resolve import Document
from flowc.schemas import Field
from flowc.source import Place

#: The field that a verb's short form gives.
_SHORT = {"say": "text", "play": "url", "pause": "length", "goto": "step", "redirect": "url"}
#: The most keys a gather takes when its flow does not say; every target takes as many.
_MOST_DIGITS = 32

Fields = Mapping[str, tuple[Field, ...]]


def build(flow: Document, project: Document | None, fields: Fields) -> Flow:
    """The model of a flow. `fields` is `schemas.verb_fields` of the schema that accepted it."""
    return _Builder(flow, project, fields).flow()


class _Given(NamedTuple):
    """A field as it stands in the file."""

    value: Data
    at: Place


_Fields = Mapping[str, _Given]


class _Simple(NamedTuple):
    """A field that is only converted: its name and converter, what the defaults say of it, the language's default."""

    name: str
    convert: Callable[[Data], Value]
    usual: Setting | None
    own: Value | None


class _Builder:
    def __init__(self, flow: Document, project: Document | None, fields: Fields) -> None:
        self._file = flow.file
        self._data = flow.data
        self._project = project
        self._simple = {verb: self._rows(rows, self._layers(verb, flow, project)) for verb, rows in fields.items()}
        self._blocks_of = {
            verb: [field.name for field in rows if field.kind == "block"] for verb, rows in fields.items()
        }
        self._numbers: dict[str, Callee] = {}

    def flow(self) -> Flow:
        data = self._data
        root = Place(self._file, data.node)
        for name, given in self._fields(data.get("numbers")).items():
            self._numbers[name] = self._entry(name, given)
        steps = cast(Map, data["steps"])
        targets = self._shared("targets")
        base_url = self._shared("base_url")
        return Flow(
            self._file,
            str(data["name"]),
            root.of("name"),
            tuple(str(name) for name in targets.value) if targets and isinstance(targets.value, Seq) else (),
            Setting("base_url", str(base_url.value), base_url.at) if base_url else None,
            _destination_named(str(data["entry"]), root.of("entry")),
            tuple(
                Step(name, self._actions(name, actions), Place(self._file, steps.node, name, "key"), _line(actions))
                for name, actions in steps.items()
            ),
            tuple(self._numbers.values()),
        )

    def _shared(self, key: str) -> _Given | None:
        """A top-level key of the flow, or else of the project file."""
        for document in (Document(self._file, self._data), self._project):
            if document and key in document.data:
                return _Given(document.data[key], Place(document.file, document.data.node, key))
        return None

    def _fields(self, data: Data) -> dict[str, _Given]:
        """The entries of a mapping with their places; none where there is no mapping."""
        if not isinstance(data, Map):
            return {}
        where = Place(self._file, data.node)
        return {name: _Given(value, where.of(name)) for name, value in data.items()}

    # The phone book

    def _entry(self, name: str, given: _Given) -> Callee:
        if not isinstance(given.value, Map):
            return _callee(str(given.value), name, given.at, given.at)
        fields = self._fields(given.value)
        settings = self._settings("number", fields, given.at)
        to = settings.pop("to")
        callee = _callee(str(to.value), name, given.at, to.at)
        return replace(callee, settings=tuple(settings.values()), blocks=self._blocks("number", fields))

    def _dialled(self, text: str, at: Place) -> Callee:
        known = self._numbers.get(text)
        if known is not None:
            return replace(known, at=at)
        return Callee("", text, text, at, at) if is_name(text) else _callee(text, "", at, at)

    # Actions

    def _actions(self, step: str, actions: Data) -> tuple[Action, ...]:
        counts: dict[str, int] = {}
        built = []
        for index, entry in enumerate(cast(Seq, actions or Seq())):
            if isinstance(entry, Map):
                ((verb, value),) = entry.items()
                at, line = Place(self._file, entry.node, verb, "key"), entry.line
            else:
                verb, value = str(entry), None
                at, line = Place(self._file, cast(Seq, actions).node, index), cast(Seq, actions).line
            counts[verb] = counts.get(verb, 0) + 1
            built.append(self._action(verb, value, ActionId(step, index + 1, counts[verb]), at, line))
        return tuple(built)

    def _action(self, verb: str, value: Data, name: ActionId, at: Place, line: int) -> Action:
        fields: _Fields = self._fields(value)
        if value is not None and not isinstance(value, Map):
            fields = {_SHORT[verb]: _Given(value, at._replace(part="value"))}
        settings = self._settings(verb, fields, at)
        common: dict[str, Any] = {
            "verb": verb,
            "id": name,
            "at": at,
            "line": line,
            "blocks": self._blocks(verb, fields),
        }
        match verb:
            case "goto":
                step = settings.pop("step")
                return Goto(**common, to=_destination_named(str(step.value), step.at))
            case "redirect":
                return Redirect(
                    **common, link=Link(str(settings["url"].value), str(settings["method"].value), settings["url"].at)
                )
            case "switch":
                return Switch(**common, fact=settings["on"], then=cast(Then, self._then(fields)))
        special = {"gather": self._gather, "dial": self._dial, "record": self._record}.get(verb)
        if special is None:
            return Action(**common, settings=tuple(settings.values()))
        common |= {"then": self._then(fields), "action": self._link(fields.get("action"))}
        return special(common, settings, fields)

    def _gather(self, common: dict[str, Any], settings: dict[str, Setting], fields: _Fields) -> Gather:
        given = fields.get("digits", _Given(Map(max=_MOST_DIGITS), common["at"]))
        exact = not isinstance(given.value, Map)
        most = given.value if not isinstance(given.value, Map) else given.value["max"]
        retry = self._fields(fields["retry"].value) if "retry" in fields else {}
        finish_on = settings.pop("finish_on")
        if finish_on.at == common["at"]:
            finish_on = finish_on._replace(value=_free_finish_key(str(finish_on.value), common["then"]))
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

    def _dial(self, common: dict[str, Any], settings: dict[str, Setting], fields: _Fields) -> Dial:
        value, at = fields["to"]
        if isinstance(value, Seq):
            where = Place(self._file, value.node)
            callees = tuple(self._dialled(str(name), where.of(index)) for index, name in enumerate(value))
        else:
            callees = (self._dialled(str(value), at),)
        ring = settings.pop("ring")
        caller = settings.get("caller_id")
        if caller is not None and caller.value in self._numbers:
            settings["caller_id"] = caller._replace(value=self._numbers[str(caller.value)].address)
        return Dial(
            **common,
            settings=tuple(settings.values()),
            to=callees,
            in_turn=ring.value == "in-turn" and len(callees) > 1,
            confirm=self._confirm(fields.get("confirm")),
            events=self._link(fields.get("events")),
        )

    def _record(self, common: dict[str, Any], settings: dict[str, Setting], fields: _Fields) -> Record:
        return Record(**common, settings=tuple(settings.values()), events=self._link(fields.get("events")))

    def _confirm(self, given: _Given | None) -> Confirm | None:
        if given is None:
            return None
        fields = self._fields(given.value)
        at = given.at._replace(part="key")
        settings = self._settings("confirm", fields, at)
        return Confirm(settings["key"], self._prompt(fields["prompt"]), settings["timeout"], at)

    def _prompt(self, given: _Given | None) -> tuple[Action, ...]:
        return self._actions("", given.value) if given else ()

    # Fields

    def _settings(self, verb: str, fields: _Fields, owner: Place) -> dict[str, Setting]:
        """The simple fields of an action: given here, else by the defaults, else the language's own default.

        The language's own has the place of the action, `owner`.
        """
        settings = {}
        for name, convert, usual, own in self._simple[verb]:
            given = fields.get(name)
            if given is not None:
                settings[name] = Setting(name, convert(given.value), given.at)
            elif usual is not None:
                settings[name] = usual
            elif own is not None:
                settings[name] = Setting(name, own, owner)
        return settings

    @staticmethod
    def _rows(fields: tuple[Field, ...], defaults: _Fields) -> list[_Simple]:
        rows = []
        for name, kind, own in fields:
            convert = CONVERT.get(kind)
            if convert is not None:
                usual = defaults.get(name)
                setting = None if usual is None else Setting(name, convert(usual.value), usual.at)
                rows.append(_Simple(name, convert, setting, None if own is None else convert(own)))
        return rows

    def _layers(self, verb: str, *documents: Document | None) -> dict[str, _Given]:
        """What the defaults say of a verb's fields; the first document that says it counts."""
        layers: dict[str, _Given] = {}
        for document in documents:
            block = document.data.get("defaults") if document else None
            values = block.get(verb) if isinstance(block, Map) else None
            if document and isinstance(values, Map):
                where = Place(document.file, values.node)
                layers = {**{name: _Given(value, where.of(name)) for name, value in values.items()}, **layers}
        return layers

    def _blocks(self, verb: str, fields: _Fields) -> tuple[Block, ...]:
        return tuple(
            Block(
                name,
                tuple(
                    Setting(key, cast(Value, given.value), given.at)
                    for key, given in self._fields(fields[name].value).items()
                ),
            )
            for name in self._blocks_of[verb]
            if name in fields
        )

    # Destinations

    def _then(self, fields: _Fields) -> Then | None:
        if "then" not in fields:
            return None
        value, at = fields["then"]
        if not isinstance(value, Map) or "url" in value:
            return Then((), self._destination(_Given(value, at)), at._replace(part="key"))
        cases = {name: self._destination(given) for name, given in self._fields(value).items()}
        otherwise = cases.pop("else", None)
        where = Place(self._file, value.node)
        return Then(
            tuple(Case(name, to, where.name(name)) for name, to in cases.items()), otherwise, at._replace(part="key")
        )

    def _destination(self, given: _Given) -> Destination:
        if isinstance(given.value, Map):
            return Leave(cast(Link, self._link(given)), given.at)
        return _destination_named(str(given.value), given.at)

    def _link(self, given: _Given | None) -> Link | None:
        if given is None:
            return None
        if not isinstance(given.value, Map):
            return Link(str(given.value), "POST", given.at)
        fields = self._fields(given.value)
        method = fields["method"].value if "method" in fields else "POST"
        return Link(str(fields["url"].value), str(method), fields["url"].at)


def _line(data: Data) -> int:
    return data.line if isinstance(data, (Map, Seq)) else 1


def _callee(text: str, name: str, at: Place, address_at: Place) -> Callee:
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("sip", "sips"):
        return Callee("sip", text, name, at, address_at)
    if colon and scheme == "client":
        return Callee("client", rest, name, at, address_at)
    return Callee("number", text, name, at, address_at)


def _destination_named(name: str, at: Place) -> Destination:
    match name:
        case "next":
            return Following(at)
        case "end":
            return End(at)
    return ToStep(name, at)


def _free_finish_key(usual: str, then: Then | None) -> str:
    """The finish key of a gather that names none: the usual one, else the star, else none."""
    taken = "".join(case.outcome for case in then.cases) if then else ""
    return next((key for key in (usual, "*") if key not in taken), "none")
