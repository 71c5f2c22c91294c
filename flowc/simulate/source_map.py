"""Maps the log of a call to the flow that it came from: to its steps, and to its names of callees."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

from flowc.bundle.manifest import RouteEntry
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.flow.callees import KEYS_SENT
from flowc.flow.model import Flow
from flowc.flow.values import Callee
from flowc.simulate.call_log import Entry
from flowc.simulate.documents import Page


class SourceMap:
    """The steps and the callees of one flow, and of those in which its calls may continue.

    Steps of other flows have names such as `office/start`.
    """

    def __init__(self, flow: Flow, switches: Mapping[str, RouteEntry], linked: Iterable[Flow] = ()) -> None:
        """`switches` are the routes of the bundle's switches by their URLs."""
        flows = (flow, *linked)
        self._own = flow.name
        self._switches = switches
        self._callees: dict[tuple[NodeRef | None, tuple[str, ...]], list[str]] = {}
        # Where in its file each step begins; the times of a repetition begin at the same place.
        self._steps: dict[SourceFile, dict[int, list[str]]] = {}
        self._known = {self.named(one.name, step.name) for one in flows for step in one.steps}
        for one in flows:
            for step in one.steps:
                begins = min(action.at.node for action in step.actions)
                name = self.named(one.name, step.name)
                self._steps.setdefault(step.actions[0].at.file, {}).setdefault(begins, []).append(name)
        self._begins = {file: sorted(steps) for file, steps in self._steps.items()}
        self._names = {
            (action.at.file, action.at.node): {_dialled(callee): callee.name for callee in action.parties()}
            for one in flows
            for step in one.steps
            for action in step.actions
        }
        self._phone_book = {_dialled(one): one.name for own in reversed(flows) for one in own.numbers}

    def named(self, flow: str, step: str) -> str:
        """Return the name of a step of one of the flows."""
        return step if flow in ("", self._own) else f"{flow}/{step}"

    def step_of(self, entry: Entry) -> str:
        """Return the step that an entry of a log belongs to."""
        return self.step_at(entry.page, entry.element) if entry.page is not None else ""

    def steps_of(self, entry: Entry) -> Iterator[str]:
        """Yield that step, and the one whose switch is requested: it may have no document that could be run."""
        yield from self.steps_along((entry,))

    def steps_along(self, log: Iterable[Entry]) -> Iterator[str]:
        """Yield the same for each entry of a log; most are of the same element as the entry before."""
        page, element, step = None, 0, ""
        for entry in log:
            if entry.page is not page or entry.element != element:
                page, element, step = entry.page, entry.element, self.step_of(entry)
            if step:
                yield step
            if entry.request is not None and (route := self._switches.get(entry.request.url)) is not None:
                yield self.named(route.flow, route.step)

    def around(self, step: str) -> Iterator[str]:
        """Yield the steps that use the part of a step, from the outermost: they may have no element of their own."""
        parts = step.split(".")
        yield from (outer for end in range(1, len(parts)) if (outer := ".".join(parts[:end])) in self._known)

    def step_at(self, page: Page, element: int) -> str:
        """Return the step that an element of a document belongs to."""
        step = self.named(page.flow, page.step)
        if element >= len(page.places):
            return step
        file, node, *_ = page.places[element]
        begins = self._begins.get(file, [])
        index = bisect_right(begins, node) - 1
        steps = self._steps[file][begins[index]] if index >= 0 else [step]
        return step if step in steps else steps[0]

    def callees_of(self, entry: Entry) -> list[str]:
        """Return the callees of a dial: their names in the action or the phone book, or else their numbers."""
        places = entry.page.places if entry.page is not None else ()
        action = places[entry.element] if entry.element < len(places) else None
        known = self._callees.get((action, entry.dialled))
        if known is None:
            known = self._callees[action, entry.dialled] = self._named_callees(action, entry.dialled)
        return known

    def _named_callees(self, action: NodeRef | None, dialled: Iterable[str]) -> list[str]:
        names = self._names.get((action.file, action.node), {}) if action else {}
        numbers = ((number, _plain(number)) for number in dialled)
        return [names.get(plain, self._phone_book.get(plain)) or number.partition(" ")[0] for number, plain in numbers]

    def answered_by(self, entry: Entry) -> str:
        """Return which of several callees has answered; empty if there was only one, or none has answered."""
        if entry.answered is None or len(entry.dialled) <= 1:
            return ""
        return self.callees_of(entry)[entry.answered]


def _dialled(callee: Callee) -> str:
    """Return what a callee is in the log of a call."""
    keys = next((str(one.value) for one in callee.settings if one.name in KEYS_SENT), "")
    return _plain(f"{callee.address} {keys}".strip())


def _plain(number: str) -> str:
    return number.removeprefix("+")
