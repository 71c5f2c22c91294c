"""Reads the steps of a flow: each use of a part, each repetition and each row of a table is written out.

A file that a web server sends has no stack. So a part is written for each use, into steps of their own: those of the
second use of `voicemail` in the step `desk` are `desk.voicemail.2/greet` and so on. What follows a use in its step is a
step too, `desk.3` for the third action. Uses with equal inputs that lead to the same places share their steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import Location, NodeRef
from flowc.diagnostics.wording import listing, suggestion, written
from flowc.flow.actions import Action, Goto
from flowc.flow.model import Step
from flowc.flow.read.actions import ActionReader, Written
from flowc.flow.read.destinations import read_then
from flowc.flow.read.fields import Given
from flowc.flow.read.library import Library
from flowc.flow.tables import Cell, Row
from flowc.flow.values import (
    ActionId,
    Case,
    Destination,
    End,
    Following,
    Then,
    ToStep,
    destination_key,
)
from flowc.project.parts import Argument, Part, check_inputs, instantiate
from flowc.project.variables import LoadedFile, Scope, Variable, insert
from flowc.syntax import Map, Seq, copied

#: The verbs that are written out here.
USE, REPEAT = "use", "repeat"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
#: The most steps that a flow is written out to: beyond that it has far too many documents for any limit.
_MOST_STEPS = 200_000


class Steps(NamedTuple):
    """What the steps of one flow share while they are read: those that are done, uses by what they mean, and names."""

    done: dict[str, Step]
    shared: dict[object, str]
    counts: dict[str, int]


class _Rest:
    """The step of what follows an action in its step; it is made if an exit leads there (`at`)."""

    def __init__(self, name: str, exists: bool) -> None:
        self.name = name
        self.exists = exists
        self.at: NodeRef | None = None

    def step(self, at: NodeRef) -> ToStep:
        """The destination that `next` means here."""
        self.at = self.at or at
        return ToStep(self.name, at)

    def nowhere(self, at: NodeRef) -> Destination:
        """Where a use with a fault leads, so that nothing else is reported about what follows."""
        return Following(at) if self.exists else End(at)


class StepReader:
    """Reads the steps of one file: of a flow, or of a part for one use. `chain` are the parts around it."""

    def __init__(
        self,
        document: LoadedFile,
        actions: ActionReader,
        library: Library,
        steps: Steps,
        variables: Scope,
        chain: tuple[Part, ...] = (),
    ) -> None:
        """`steps` gets the steps of the file, and of all that they use."""
        self._document = document
        self._actions = actions
        self._reader = actions.reader
        self._library = library
        self._steps = steps
        self._variables = variables
        self._chain = chain
        self._rest = _Rest("", False)
        actions.rows = self._rows

    def read(self) -> None:
        """Read every step of the file."""
        steps = cast(Map, self._document.data["steps"])
        for name, actions in steps.items():
            at = NodeRef(self._document.file, steps.node, name, "key")
            items = cast(Seq, actions or Seq())
            line = items.line if actions else 1
            self._step(f"{self._reader.prefix}{name}", items, at, line)

    def _step(self, name: str, actions: Seq, at: NodeRef, line: int, first: int = 0, then: Goto | None = None) -> None:
        """Read the actions of a step from one on; `then` is where it leads in the end."""
        base = name if first == 0 else name.rpartition(".")[0]
        self._steps.done[name] = Step(name, (), at, line)  # in the order of writing
        built: list[Action] = []
        counts: dict[str, int] = {}
        for index in range(first, len(actions)):
            one = self._actions.written(actions, index)
            counts[one.verb] = counts.get(one.verb, 0) + 1
            identity = ActionId(name, len(built) + 1, counts[one.verb])
            self._rest = rest = _Rest(f"{base}.{index + 2}", index + 1 < len(actions) or then is not None)
            if one.verb == USE:
                built.append(self._use(one, base, identity))
            elif one.verb == REPEAT:
                built.append(self._repeat(one, base, identity))
            else:
                built.append(self._actions.action(one, identity))
            if rest.at is not None:
                if not isinstance(built[-1], Goto):
                    identity = ActionId(name, len(built) + 1, counts.get("goto", 0) + 1)
                    built.append(_goto(rest.step(rest.at), identity, rest.at, line))
                self._follow(rest, actions, index + 1, line, then)
                then = None
                break
        if then is not None:
            built.append(_goto(then.to, ActionId(name, len(built) + 1, 1), then.at, then.line))
        self._steps.done[name] = Step(name, tuple(built), at, line)

    def _follow(self, rest: _Rest, actions: Seq, index: int, line: int, then: Goto | None) -> None:
        """Make the step of what follows a use; where nothing follows, `next` leads nowhere."""
        assert rest.at is not None
        if index < len(actions) or then is not None:
            at = self._actions.written(actions, index).at if index < len(actions) else rest.at
            self._step(rest.name, actions, at, line, index, then)
        else:
            nothing = _goto(Following(rest.at), ActionId(rest.name, 1, 1), rest.at, line)
            self._steps.done[rest.name] = Step(rest.name, (nothing,), rest.at, line)

    # Uses of parts

    def _use(self, one: Written, base: str, identity: ActionId) -> Action:
        rest = self._rest
        entry = self._part(self._reader.fields(one.value), one.at, f"{base}.", {}, "")
        self._rest = rest
        return _goto(entry or rest.nowhere(one.at), identity, one.at, one.line)

    def _part(
        self,
        fields: Mapping[str, Given],
        at: NodeRef,
        prefix: str,
        columns: Mapping[str, Variable],
        key: str,
    ) -> ToStep | None:
        """Write a part out for one use, or one row; where it begins. None (and findings) if that is not possible."""
        name = fields["part"]
        part = self._library.part(str(name.value), name.at, self._document)
        if part is None:
            return None
        if part.document.file in [one.document.file for one in self._chain]:
            around = [one.name for one in self._chain] + [part.name]
            cycle = " -> ".join(around[around.index(part.name) :])
            message = f"the part {part.name} uses itself: {cycle}"
            self._library.found(Finding("FC339", name.at, message, "Let a step of the part lead back with goto:."))
            return None
        given = self._arguments(fields.get("with"), columns)
        faults = list(check_inputs(part, given, name.at))
        exits = self._exits(part, fields.get("then"), at)
        if faults or exits is None:
            self._library.found(*faults)
            return None
        places = tuple((exit_, destination_key(to)) for exit_, to in exits.items())
        same = (part.document.file, self._reader.prefix, _values(given), places)
        known = self._steps.shared.get(same)
        if known is not None:
            return ToStep(known, at)
        instance = instantiate(part, given, name.at, self._library.shared)
        exits |= {one: self._reader.destination(str(to.value), name.at) for one, to in instance.steps.items()}
        if not self._library.takes(instance) or not self._fits(len(part.steps), name.at):
            return None
        name_of = self._name(f"{prefix}{part.name}", key)
        reader = self._reader.within(instance.document.file, f"{name_of}/", exits)
        actions = ActionReader(reader, self._actions.book, self._actions.named)
        entry = f"{name_of}/{part.entry}"
        self._steps.shared[same] = entry
        StepReader(instance.document, actions, self._library, self._steps, self._variables, (*self._chain, part)).read()
        return ToStep(entry, at)

    def _name(self, base: str, key: str) -> str:
        """A name for the steps of a use that no other use has: by the row's key, or by its number."""
        base = f"{base}/{key}" if key else base
        count = self._steps.counts[base] = self._steps.counts.get(base, 0) + 1
        return base if count == 1 else f"{base}.{count}"

    def _fits(self, number: int, at: NodeRef) -> bool:
        """Whether so many further steps may be written out. FC603 if not, once."""
        much = len(self._steps.done) + number
        if much > _MOST_STEPS and len(self._steps.done) <= _MOST_STEPS:
            message = f"parts, rows and repetitions of this flow become more than {_MOST_STEPS:,} steps"
            self._library.found(Finding("FC603", at, message, "Divide the flow, or use fewer rows or repetitions."))
        return much <= _MOST_STEPS

    def _arguments(self, given: Given | None, columns: Mapping[str, Variable]) -> dict[str, Argument]:
        """What a use gives, its variables and the columns of its row inserted."""
        if given is None:
            return {}
        values = cast(Map, copied(given.value))
        scope = Scope({**self._variables.variables, **columns})
        self._library.found(*insert(LoadedFile(self._document.file, values), scope), *scope.findings)
        self._variables.used |= scope.used
        node = NodeRef(self._document.file, values.node)
        return {name: Argument(value, self._origin(node.of(name), scope, columns)) for name, value in values.items()}

    @staticmethod
    def _origin(at: NodeRef, scope: Scope, columns: Mapping[str, Variable]) -> Location:
        """Where a value comes from: the cell, if it is one of a row and nothing else."""
        names = scope.inserted.get((at.node, at.key), set())
        cells = [columns[name].at for name in names if name in columns]
        return cells[0] if len(cells) == len(names) == 1 else at

    def _exits(self, part: Part, given: Given | None, at: NodeRef) -> dict[str, Destination] | None:
        """Where each exit leads. FC303 an exit that is not covered, FC304 one that the part does not have."""
        then = Then((), Following(at), at) if given is None else read_then(self._reader, given)
        faults = []
        for case in then.cases:
            if case.outcome not in part.exits:
                help_ = suggestion(case.outcome, part.exits) or (
                    f"Its exits are {listing(part.exits, 'and')}." if part.exits else "It has no exits: remove it."
                )
                message = f'the part {part.name} has no exit "{case.outcome}"'
                faults.append(Finding("FC304", case.at, message, help_))
        missing = [name for name in part.exits if then.of(name) is None]
        if missing:
            message = f"this use does not say what happens on {listing(missing)}, exits of {part.name}"
            help_ = f"Add {listing(missing, 'and')}, or else: for all that is not named."
            faults.append(Finding("FC303", then.at, message, help_, (Related(part.exits[missing[0]], "an exit"),)))
        self._library.found(*faults)
        if faults:
            return None
        exits = {name: cast(Destination, then.of(name)) for name in part.exits}
        return {name: self._rest.step(to.at) if isinstance(to, Following) else to for name, to in exits.items()}

    # Repetitions

    def _repeat(self, one: Written, base: str, identity: ActionId) -> Action:
        rest = self._rest
        fields = self._reader.fields(one.value)
        times, actions = cast(int, fields["times"].value), cast(Seq, fields["do"].value)
        then = fields.get("then")
        last = Following(one.at) if then is None else read_then(self._reader, then).otherwise
        after = rest.step(last.at) if isinstance(last, Following) else cast(Destination, last)
        if not self._fits(times, fields["times"].at):
            return _goto(rest.nowhere(one.at), identity, one.at, one.line)
        name = self._name(f"{base}.{REPEAT}", "")
        at = fields["do"].at._replace(part="key")
        for number in range(1, times + 1):
            to = ToStep(f"{name}/{number + 1}", one.at) if number < times else after
            self._step(f"{name}/{number}", actions, at, actions.line, 0, _goto(to, identity, one.at, one.line))
        self._rest = rest
        return _goto(ToStep(f"{name}/1", one.at), identity, one.at, one.line)

    # Rows of tables

    def rows_of(self, fields: Mapping[str, Given]) -> Iterator[tuple[Row, Cell]]:
        """The rows of the table that a call names, each with the cell of its column."""
        name, column = fields["table"], fields["column"]
        table = self._library.table(str(name.value), name.at, self._document)
        faults = list(table.column(str(column.value), column.at)) if table is not None else []
        self._library.found(*faults)
        if table is not None and not faults:
            yield from ((row, row.cells[str(column.value)]) for row in table.rows)

    def answer(self, call: str, given: Given, row: Row | None, key: str) -> ToStep | None:
        """The use of a part that answers a call: one for each row of its table."""
        at = given.at._replace(part="key")
        self._rest = rest = _Rest(f"calls.{call}.next", False)
        entry = self._part(self._reader.fields(given.value), at, f"calls.{call}.", _columns(row), key)
        if rest.at is not None and rest.name not in self._steps.done:
            self._follow(rest, Seq(), 0, 1, None)
        return entry

    def _rows(self, given: Given, identity: ActionId, at: NodeRef) -> Iterator[Case]:
        """The cases that the rows of tables add to a `then`."""
        for item in self._items(given):
            fields = self._reader.fields(item.value)
            name, key = fields["table"], fields["key"]
            table = self._library.table(str(name.value), name.at, self._document)
            faults = list(table.column(str(key.value), key.at)) if table is not None else []
            if table is None or faults:
                self._library.found(*faults)
                continue
            self._library.found(*table.keys(str(key.value)))
            to = self._reader_then(fields["to"]) if "to" in fields else None
            for row in table.rows:
                cell = row.cells[str(key.value)]
                outcome = written(cell.value)
                target = to or self._row(fields, row, outcome, identity, at)
                if target is not None:
                    yield Case(outcome, target, cell.at, row=key.at)

    def _reader_then(self, given: Given) -> Destination:
        return cast(Destination, read_then(self._reader, given).otherwise)

    def _row(self, fields: Mapping[str, Given], row: Row, key: str, identity: ActionId, at: NodeRef) -> ToStep | None:
        """The use of a part for one row."""
        rest = self._rest
        entry = self._part(
            fields, at, f"{identity.step}.", _columns(row), _NOT_IN_A_NAME.sub("-", key.lower()).strip("-")
        )
        self._rest = rest
        return entry

    def _items(self, given: Given) -> Iterator[Given]:
        if isinstance(given.value, Seq):
            where_ = NodeRef(self._document.file, given.value.node)
            yield from (Given(value, where_.of(index)) for index, value in enumerate(given.value))
        else:
            yield given


def _goto(to: Destination, identity: ActionId, at: NodeRef, line: int) -> Goto:
    return Goto(verb="goto", id=identity, at=at, line=line, to=to)


def _columns(row: Row | None) -> dict[str, Variable]:
    """The cells of a row as variables."""
    cells = row.cells if row is not None else {}
    return {f"row.{name}": Variable(f"row.{name}", "", cell.value, cell.at) for name, cell in cells.items()}


def _values(given: Mapping[str, Argument]) -> tuple[object, ...]:
    return tuple(sorted((name, repr(argument.value)) for name, argument in given.items()))
