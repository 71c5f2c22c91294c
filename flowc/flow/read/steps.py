"""Reads the steps of a flow: each use of a part, each repetition and each row of a table is written out.

A file that a web server sends has no stack. So a part is written for each use, into steps of their own: those of the
second use of `voicemail` in the step `desk` are `desk.voicemail.2/greet` and so on. What follows a use in its step is a
step too, `desk.3` for the third action. Uses with equal inputs that lead to the same places share their steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown, written
from flowc.flow.actions import Action, Goto
from flowc.flow.model import Step
from flowc.flow.read.actions import ActionReader, WrittenAction
from flowc.flow.read.destinations import read_then
from flowc.flow.read.fields import Given
from flowc.flow.read.library import Library
from flowc.flow.read.uses import Rest, Steps, arguments, columns_of, exits_of, unused_exits, values_of
from flowc.flow.tables import DataRow, DataTable, TableCell
from flowc.flow.values import ActionId, Case, Destination, Following, Then, ToStep, destination_key
from flowc.flow.verbs import GATHER, GOTO, REPEAT, USE, leads
from flowc.project.parts import Part, check_inputs, instantiate
from flowc.project.variables import LoadedFile, Scope, Variable
from flowc.syntax import Map, Seq

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 63
#: The type of a column whose values are choices of a gather.
_KEYS = "digits"
#: The most parts that may be nested.
_MOST_NESTED = 30


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
        self._rest = Rest("", False)
        actions.rows, actions.hours = self._rows, library.hours
        self._reader.steps = tuple(cast(Map, document.data["steps"]))

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
        if "." in name and not self._steps.fits(1, at):
            return
        base = name if first == 0 else name.rpartition(".")[0]
        self._steps.done[name] = Step(name, (), at, line)  # in the order of writing
        built: list[Action] = []
        counts: dict[str, int] = {}
        for index in range(first, len(actions)):
            one = self._actions.written(actions, index)
            counts[one.verb] = counts.get(one.verb, 0) + 1
            identity = ActionId(name, len(built) + 1, counts[one.verb])
            self._rest = rest = Rest(f"{base}.{index + 2}", index + 1 < len(actions) or then is not None)
            if one.verb == USE:
                built.append(self._use(one, base, identity))
            elif one.verb == REPEAT:
                built.append(self._repeat(one, base, identity))
            else:
                built.append(self._actions.action(one, identity))
            if rest.at is not None:
                if any(isinstance(to, Following) for to in leads(built[-1])):
                    identity = ActionId(name, len(built) + 1, counts.get(GOTO, 0) + 1)
                    built.append(_goto(rest.step(rest.at), identity, rest.at, line))
                self._follow(rest, actions, index + 1, line, then)
                then = None
                break
        if then is not None:
            built.append(_goto(then.to, ActionId(name, len(built) + 1, 1), then.at, then.line))
        self._steps.done[name] = Step(name, tuple(built), at, line)

    def _follow(self, rest: Rest, actions: Seq, index: int, line: int, then: Goto | None) -> None:
        """Make the step of what follows a use; where nothing follows, `next` leads nowhere."""
        assert rest.at is not None
        if index < len(actions) or then is not None:
            at = self._actions.written(actions, index).at if index < len(actions) else rest.at
            self._step(rest.name, actions, at, line, index, then)
        else:
            nothing = _goto(Following(rest.at), ActionId(rest.name, 1, 1), rest.at, line)
            self._steps.done[rest.name] = Step(rest.name, (nothing,), rest.at, line)

    # Uses of parts

    def _use(self, one: WrittenAction, base: str, identity: ActionId) -> Action:
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
        if self._steps.full:
            return None
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
        if len(self._chain) >= _MOST_NESTED:
            help_ = "Let fewer parts use further ones."
            self._steps.stop(Finding("FC111", name.at, f"parts are nested more than {_MOST_NESTED} deep", help_))
            return None
        given, is_whole = arguments(fields.get("with"), columns, self._document, self._variables, self._library)
        faults = list(check_inputs(part, given, name.at))
        then = self._then(fields, at)
        # What follows a use with a fault is not of interest.
        exits = exits_of(part, then, Rest("", True) if faults or not is_whole else self._rest, self._library)
        if faults or exits is None or not is_whole:
            self._library.found(*faults)
            return None
        places = tuple((exit_, destination_key(to)) for exit_, to in exits.items())
        same = (part.document.file, self._reader.prefix, values_of(given), places)
        known = self._steps.shared.get(same)
        if known is not None:
            return ToStep(known, at)
        instance = instantiate(part, given, name.at, self._library.shared)
        steps = {
            one: self._reader.destination(str(to.value), to.at if isinstance(to.at, NodeRef) else name.at)
            for one, to in instance.steps.items()
        }
        if not self._library.takes(instance) or not self._steps.fits(len(part.steps), name.at):
            return None
        use = self._name(f"{prefix}{part.name}", key)
        reader = self._reader.within(instance.document.file, f"{use}/", exits, steps)
        actions = ActionReader(reader, self._actions.book, self._actions.named)
        entry = f"{use}/{part.entry}"
        self._steps.shared[same] = entry
        StepReader(
            document=instance.document,
            actions=actions,
            library=self._library,
            steps=self._steps,
            variables=instance.scope,
            chain=(*self._chain, part),
        ).read()
        if not self._steps.full:
            self._library.found(*unused_exits(part.name, part.exits, part.steps, reader.led))
        return ToStep(entry, at)

    def _then(self, fields: Mapping[str, Given], at: NodeRef) -> Then:
        given = fields.get("then")
        return Then((), Following(at), at) if given is None else read_then(self._reader, given)

    def _name(self, base: str, key: str) -> str:
        """A name for the steps of a use that no other use has: by the row's key, or by its number."""
        base = f"{base}/{key}" if key else base
        count = self._steps.counts[base] = self._steps.counts.get(base, 0) + 1
        return base if count == 1 else f"{base}.{count}"

    # Repetitions

    def _repeat(self, one: WrittenAction, base: str, identity: ActionId) -> Action:
        rest = self._rest
        fields = self._reader.fields(one.value)
        times, actions = cast(int, fields["times"].value), cast(Seq, fields["do"].value)
        then = fields.get("then")
        last = Following(one.at) if then is None else read_then(self._reader, then).otherwise
        after = rest.step(last.at) if isinstance(last, Following) else cast(Destination, last)
        if not self._steps.fits(times, fields["times"].at):
            return _goto(rest.nowhere(one.at), identity, one.at, one.line)
        name = self._name(f"{base}.{REPEAT}", "")
        at = fields["do"].at._replace(part="key")
        for number in range(1, times + 1):
            to = ToStep(f"{name}/{number + 1}", one.at) if number < times else after
            self._step(f"{name}/{number}", actions, at, actions.line, 0, _goto(to, identity, one.at, one.line))
        self._rest = rest
        return _goto(ToStep(f"{name}/1", one.at), identity, one.at, one.line)

    # Rows of tables

    def rows_of(self, fields: Mapping[str, Given]) -> Iterator[tuple[DataRow, TableCell]]:
        """The rows of the table that a call names, each with the cell of its column."""
        column, name = fields["column"], fields["table"]
        table = self._table(name, column)
        if table is not None:
            self._library.found(*table.callees(name.at))
            yield from ((row, row.cells[str(column.value)]) for row in table.rows)

    def _table(self, name: Given, column: Given) -> DataTable | None:
        """The table of a name that has a column; None (and FC378) if there is none."""
        table = self._library.table(str(name.value), name.at, self._document)
        faults = list(table.column(str(column.value), column.at)) if table is not None else []
        self._library.found(*faults)
        return None if faults else table

    def unheard(self, given: Given) -> None:
        """Note that a call names a part that would answer, but has no callees."""
        name = self._reader.fields(given.value)["part"]
        self._library.part(str(name.value), name.at, self._document)

    def answer(self, call: str, given: Given, row: DataRow | None, key: str) -> ToStep | None:
        """The use of a part that answers a call: one for each row of its table."""
        at = given.at._replace(part="key")
        self._rest = rest = Rest(f"calls.{call}.next", False)
        entry = self._part(self._reader.fields(given.value), at, f"calls.{call}.", columns_of(row), key)
        if rest.at is not None and rest.name not in self._steps.done:
            self._follow(rest, Seq(), 0, 1, None)
        return entry

    def _rows(self, given: Given, identity: ActionId, at: NodeRef, then: Then) -> Then:
        """Add the cases of the rows of tables to a `then`. FC379 one that is a choice already."""
        known = {case.outcome: case.at for case in then.cases}
        cases = list(then.cases)
        of_rows: list[Destination] = []
        for item in self._reader.entries(given):
            fields = self._reader.fields(item.value)
            key = fields["key"]
            table = self._table(fields["table"], key)
            if table is None:
                continue
            if at.key == GATHER and table.columns[str(key.value)] != _KEYS:
                message = f"the choices of a gather are keys, and {key.value} is {table.columns[str(key.value)]}"
                help_ = f"Give the column the type {_KEYS}, or name another column."
                self._library.found(Finding("FC378", key.at, message, help_, table.declared))
                continue
            self._library.found(*table.keys(str(key.value)))
            to = read_then(self._reader, fields["to"]).otherwise if "to" in fields else None
            if not table.rows:
                of_rows += [to] if to else self._of_no_row(fields, table, at)
            for row in table.rows:
                cell = row.cells[str(key.value)]
                outcome = written(cell.value)
                if outcome in known:
                    message = f"{shown(outcome)} is a choice already"
                    related = (Related(known[outcome], "the other one"),)
                    self._library.found(Finding("FC379", cell.at, message, "Keep one of them.", related))
                    continue
                target = to or self._row(fields, row, outcome, identity, at)
                if target is not None:
                    cases.append(Case(outcome, target, cell.at, row=key.at))
        return then._replace(cases=tuple(cases), of_rows=tuple(of_rows))

    def _row(
        self, fields: Mapping[str, Given], row: DataRow, key: str, identity: ActionId, at: NodeRef
    ) -> ToStep | None:
        """The use of a part for one row."""
        rest = self._rest
        name = _NOT_IN_A_NAME.sub("-", key.lower())[:_LONGEST_NAME].strip("-")
        entry = self._part(fields, at, f"{identity.step}.", columns_of(row), name)
        self._rest = rest
        return entry

    def _of_no_row(self, fields: Mapping[str, Given], table: DataTable, at: NodeRef) -> Iterator[Destination]:
        """Where the exits of a part lead that is used for each row of a table without rows."""
        part = self._library.part(str(fields["part"].value), fields["part"].at, self._document)
        if part is None:
            return
        columns = columns_of(table.blank)
        given, _ = arguments(fields.get("with"), columns, self._document, self._variables, self._library)
        self._actions.named.update(str(argument.value) for argument in given.values())
        exits = exits_of(part, self._then(fields, at), self._rest, self._library)
        yield from exits.values() if exits else ()
        steps = (argument.value for name, argument in given.items() if part.takes_step(name))
        yield from (self._reader.destination(str(step), fields["part"].at) for step in steps)


def _goto(to: Destination, identity: ActionId, at: NodeRef, line: int) -> Goto:
    return Goto(verb=GOTO, id=identity, at=at, line=line, to=to)
