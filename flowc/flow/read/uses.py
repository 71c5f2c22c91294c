"""What a use of a part gives, and where its exits lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef
from flowc.diagnostics.wording import listing, nearest, suggestion
from flowc.flow.model import Step
from flowc.flow.read.fields import Given
from flowc.flow.read.library import Library
from flowc.flow.tables import DataRow
from flowc.flow.values import Destination, End, Following, Then, ToStep
from flowc.project.parts import Argument, Part
from flowc.project.substitution import insert
from flowc.project.variables import LoadedFile, Scope, Variable
from flowc.syntax import Map, copied

#: The most steps that a flow is written out to: beyond that it has far too many documents for any limit.
_MOST_STEPS = 50_000


class Steps(NamedTuple):
    """What the steps of one flow share while they are read: those that are done, uses by what they mean, and names.

    `full` has the finding after which nothing more is written out.
    """

    done: dict[str, Step]
    shared: dict[object, str]
    counts: dict[str, int]
    full: list[Finding]

    def fits(self, number: int, at: NodeRef) -> bool:
        """Whether so many further steps may be written out (FC603)."""
        if len(self.done) + number <= _MOST_STEPS:
            return True
        message = f"parts, rows and repetitions of this flow become more than {_MOST_STEPS:,} steps"
        self.stop(Finding("FC603", at, message, "Divide the flow, or use fewer rows or repetitions."))
        return False

    def stop(self, finding: Finding) -> None:
        """Write nothing more out; the first reason is reported."""
        if not self.full:
            self.full.append(finding)


class Rest:
    """The step of what follows an action in its step; it is made if an exit leads there (`at`)."""

    def __init__(self, name: str, exists: bool) -> None:
        """`exists` says whether anything follows."""
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


def arguments(
    given: Given | None, columns: Mapping[str, Variable], document: LoadedFile, variables: Scope, library: Library
) -> tuple[dict[str, Argument], bool]:
    """Return what a use gives, its variables and columns inserted, and whether all of these have values."""
    if given is None:
        return {}, True
    values = cast(Map, copied(given.value))
    scope = Scope({**variables.variables, **columns})
    library.found(*insert(LoadedFile(document.file, values), scope), *scope.findings)
    variables.used |= scope.used
    if document.file.use is not None:
        document.file.use.contains(scope.inserted)
    node = NodeRef(document.file, values.node)
    given_here = {
        name: Argument(value, _origin(node.of(name), scope, columns), node.name(name)) for name, value in values.items()
    }
    return given_here, not scope.holes


def _origin(at: NodeRef, scope: Scope, columns: Mapping[str, Variable]) -> Location:
    """Where a value comes from: the cell, if it is one of a row and nothing else."""
    names = scope.inserted.get((at.node, at.key), set())
    cells = [columns[name].at for name in names if name in columns]
    return cells[0] if len(cells) == len(names) == 1 else at


def exits_of(part: Part, then: Then, rest: Rest, library: Library) -> dict[str, Destination] | None:
    """Where each exit leads. FC303 an exit that is not covered, FC304 one that the part does not have."""
    faults = []
    for case in then.cases:
        if case.outcome not in part.exits:
            help_ = suggestion(case.outcome, part.exits) or (
                f"Its exits are {listing(part.exits, 'and')}." if part.exits else "It has no exits: remove it."
            )
            message = f'the part {part.name} has no exit "{case.outcome}"'
            faults.append(Finding("FC304", case.at, message, help_))
    if then.otherwise is not None and not isinstance(then.otherwise, Following) and not part.exits:
        message = f"the part {part.name} has no exits, so the call never continues here"
        faults.append(Finding("FC304", then.otherwise.at, message, "Remove it, or give the part an exit."))
    meant = {nearest(case.outcome, part.exits) for case in then.cases if case.outcome not in part.exits}
    missing = [name for name in part.exits if then.of(name) is None and name not in meant]
    if missing:
        where = f"the exit {missing[0]} leads" if len(missing) == 1 else f"the exits {listing(missing, 'and')} lead"
        message = f"this use of {part.name} does not say where {where}"
        help_ = f"Add {listing(missing, 'and')}, or else: for all that is not named."
        faults.append(Finding("FC303", then.at, message, help_, (Related(part.exits[missing[0]], "an exit"),)))
    library.found(*faults)
    if faults:
        return None
    exits = {name: cast(Destination, then.of(name)) for name in part.exits}
    return {name: rest.step(to.at) if isinstance(to, Following) else to for name, to in exits.items()}


def unused_exits(
    part: str, exits: Mapping[str, NodeRef], steps: Iterable[str], led: Iterable[str]
) -> Iterator[Finding]:
    """FC332 an exit that is not among the destinations of its part, nor probably meant by an unknown one."""
    left = {*led}
    left |= {nearest(name, exits) for name in left.difference(exits, steps)}
    for name, at in exits.items():
        if name not in left:
            help_ = "Name it in then: or goto:, or remove it."
            yield Finding("FC332", at, f"no step of the part {part} leads to its exit {name}", help_)


def columns_of(row: DataRow | None) -> dict[str, Variable]:
    """The cells of a row as variables."""
    cells = row.cells if row is not None else {}
    return {f"row.{name}": Variable(f"row.{name}", "", cell.value, cell.at) for name, cell in cells.items()}


def values_of(given: Mapping[str, Argument]) -> tuple[object, ...]:
    """Return what two uses with equal inputs have in common."""
    return tuple(sorted((name, repr(argument.value)) for name, argument in given.items()))
