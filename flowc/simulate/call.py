"""One call as a carrier runs it: element by element, on a clock of its own, waiting whenever a person decides.

A call runs until it waits for an input (what does the caller press, which callee answers?) or ends. `take` is given the
decision, and the call runs on. The source of decisions is unknown here: a scenario, a person at a terminal, or the
explorer, which tries all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flowc.simulate import dials, gathers, queues
from flowc.simulate.call_log import Ended, EndReason, Event
from flowc.simulate.call_state import CallState
from flowc.simulate.decisions import (
    WAITING,
    Answered,
    Choice,
    Dialled,
    HungUp,
    Met,
    PendingInput,
    Recorded,
    Silent,
    Stayed,
)
from flowc.simulate.documents import Page, Purpose
from flowc.simulate.elements import CarrierElement
from flowc.simulate.entry_points import CallUrl, Opening
from flowc.simulate.key_input import SECOND
from flowc.simulate.prompts import play_prompt, play_prompts
from flowc.simulate.recordings import finish_recording, finish_stay
from flowc.simulate.rules import Does, ElementRule
from flowc.simulate.server import answer_page

#: Documents, and log entries, without an input after which a call counts as caught in a loop.
_MOST_DOCUMENTS = 50
_MOST_ENTRIES = 100_000
#: The elements that ask something of a person.
_ASKED: Mapping[Does, Callable[[CallState, CarrierElement], None]] = {Does.GATHER: gathers.ask, Does.DIAL: dials.ask}
#: How an input ends if the caller hangs up immediately.
_ABANDONED: Mapping[Does, Choice] = {
    Does.GATHER: Silent(),
    Does.DIAL: Dialled("canceled"),
    Does.RECORD: Recorded(0),
    Does.ROOM: Stayed(0),
    Does.QUEUE: Met(WAITING),
    Does.SERVE: Met(queues.EMPTY),
    Does.PAUSE: Silent(),
}


@dataclass
class Call(CallState):
    """A call under way.

    `answered` is whether the carrier has answered the call: it may run the first elements while the call still rings.
    `halts` keeps the call from running on after a decision.
    """

    answered: bool = False
    halts: bool = False

    def begin(self, opening: Opening) -> None:
        """Request the answer URL, and run its document."""
        self.opening = opening
        if opening.ring is not None:
            self.notify(CallUrl.RING, opening.ring.method, opening.ring.url, {"status": "ringing"})
        self.go_to(Purpose.ANSWER, opening.contract, opening.answer.method, opening.answer.url, {})
        if self.ended is None and self.facts.get("machine") == "true":
            if opening.machine is not None:
                url, method = opening.machine
                facts = {"then": Does.HANGUP if opening.machine_ends else "continue"}
                self.notify("machine-detection", method, url, facts)
            if opening.machine_ends:
                self.end(EndReason.MACHINE)
        self.run()

    def advance(self, ms: int) -> bool:
        """Let time pass; False if the call ends meanwhile, or an agent takes it from a queue."""
        if self.waiting is None:
            return super().advance(ms)
        due, taken = self.due(ms), self.waiting.answered
        left = self.clock + (ms if due is None else due.after)
        if taken is not None and taken <= left:
            self.clock = max(taken, self.clock)
            queues.connect(self)
            return False
        if due is not None:
            self.clock = left
            queues.abandon(self)
            self.end(due.end)
            return False
        self.clock = left
        return True

    @property
    def is_typing(self) -> bool:
        """Whether the caller has begun to press keys, and the carrier waits for more."""
        return self.pending is not None and self.pending.typed is not None and self.pending.typed.last is not None

    @property
    def is_still_gathering(self) -> bool:
        """Whether the same gather continues: the carrier waits for more keys, or has asked again by itself."""
        typed = self.pending.typed if self.pending is not None else None
        return typed is not None and (typed.last is not None or typed.attempt > 1)

    def copied(self) -> Call:
        """Return a copy with an empty log, to try another decision."""
        other = object.__new__(Call)
        # Faster than copy.copy, which goes through the protocol of pickle.
        other.__dict__ = {**self.__dict__, "log": []}
        return other

    def take(self, choice: Choice) -> None:
        """Continue with a decision, until the call waits again or ends.

        Keys need not end an input: then the call waits for further ones, with what is `typed` so far. And a carrier may
        ask again by itself.
        """
        pending, self.pending = self.pending, None
        assert pending is not None and self.ended is None
        if isinstance(choice, HungUp):
            self.leaves = self.clock
            if pending.kind is Does.SERVER:
                self.advance(0)
                return
            choice = _ABANDONED[pending.kind]
        jumps = self.jumps
        self._finish(pending, choice)
        if self.is_still_gathering:
            return
        # Unless another document has taken over, the call continues after the element.
        if self.jumps == jumps and pending.kind is not Does.SERVER:
            self._go_on(self._finished_element(pending, choice))
        if not self.halts:
            self.run()

    def _finish(self, pending: PendingInput, choice: Choice) -> None:
        match pending.kind:
            case Does.GATHER:
                gathers.finish(self, pending, choice)
            case Does.DIAL if isinstance(choice, Dialled):
                dials.finish(self, pending, choice)
            case Does.RECORD:
                finish_recording(self, pending, choice.seconds if isinstance(choice, Recorded) else 0)
            case Does.ROOM if isinstance(choice, Stayed):
                finish_stay(self, pending, choice)
            case Does.SERVER if isinstance(choice, Answered):
                self.note(Event.SERVER, f"returns to {choice.outcome}" if choice.entry else choice.outcome)
                self.page = answer_page(self.rules, choice)
            case Does.QUEUE if isinstance(choice, Met):
                queues.enter(self, pending, choice)
            case Does.SERVE if isinstance(choice, Met):
                queues.serve(self, pending, choice)
            case Does.PAUSE:
                queues.play(self)

    def _go_on(self, name: str) -> None:
        """Continue after an element."""
        self.index += 1
        self.after = name if name in self.rules.order else ""

    def _finished_element(self, pending: PendingInput, choice: Choice) -> str:
        """Return the element that is over: the room itself if it was full, and none if the caller was in it."""
        if not isinstance(choice, Stayed):
            return pending.element.name
        return self._room(pending.element).name if choice.full else ""

    def _room(self, element: CarrierElement) -> CarrierElement:
        """Return the room in a dial, or the element itself."""
        rooms = (child for child in element.children if child.rule is not None and child.rule.does is Does.ROOM)
        return next(rooms, element)

    # Running a document

    def run(self) -> None:
        """Run until the call waits for an input, or ends."""
        jumped, logged = self.jumps, len(self.log)
        while self.ended is None and self.pending is None:
            assert self.page is not None
            if not self.advance(0):
                return
            if self.jumps - jumped > _MOST_DOCUMENTS:
                self.stop(
                    Ended(EndReason.LOOP, "", f"{_MOST_DOCUMENTS} documents in a row without input from the caller")
                )
            elif len(self.log) - logged > _MOST_ENTRIES:
                self.stop(Ended(EndReason.LOOP, "", f"more than {_MOST_ENTRIES} events without input from the caller"))
            elif self.page.server:
                self.pending = _at_server(self.page)
            elif self.index >= len(self.page.elements):
                if self.waiting is None:
                    self.end(EndReason.RAN_OUT)
                else:
                    queues.rest(self)
            else:
                self._run(self.page.elements[self.index])

    def _run(self, element: CarrierElement) -> None:
        rule = element.rule
        if rule is None:
            self._run_unknown(element)
        elif element.name in self.rules.order.get(self.after, ()):
            self.end(EndReason.STUCK, f"<{element.name}> after <{self.after}>")
        else:
            self.answered = self.answered or not (rule.does.is_refusal or element.name in self.rules.ringing)
            self._run_known(element, rule)

    def _run_known(self, element: CarrierElement, rule: ElementRule) -> None:
        if rule.does in _ASKED:
            _ASKED[rule.does](self, element)
            return
        settings, jumps = element.settings, self.jumps
        match rule.does:
            case does if does.is_prompt:
                play_prompt(self, element, does)
            case Does.EARLY:
                play_prompts(self, element)
            case Does.SEND:
                self.note(Event.SENT, f"{element.name} {element.text}".strip())
                self.notify_events(settings["called"], settings, {})
                self.request_action(settings, {})
            case Does.RECORD if "true" in (settings.get("background"), settings.get("later")):
                self.note(Event.RECORDING, "in the background")
                self.background = (*self.background, settings)
            case Does.HANGUP if int(settings.get("after", "0")):
                self.deadline = self.clock + int(settings["after"]) * SECOND
            case Does.REJECT if self.answered and self.rules.switches["late_reject"] == "skipped":
                self.note(Event.SKIPPED, f"{element.name}: the call is answered already")
                self.index += 1
                return
            case _:
                self._turn(element, rule.does, settings)
                return
        if self.jumps == jumps:
            self._go_on(element.name)

    def _turn(self, element: CarrierElement, does: Does, settings: Mapping[str, str]) -> None:
        """Run an element after which the call does not simply continue with the next one."""
        match does:
            # A room without a limit of its own is valid only in a dial.
            case Does.RECORD | Does.ROOM if "limit" in settings:
                self.pending = PendingInput(does, element, settings)
            case Does.QUEUE if self.waiting is None:
                self.pending = PendingInput(does, element, settings)
            case Does.LEAVE if self.waiting is not None:
                queues.leave(self, queues.LEFT)
            case Does.REDIRECT:
                self.go_to(Purpose.REDIRECT, Purpose.REDIRECT, settings["method"], settings["url"], {})
            case Does.HANGUP | Does.REJECT:
                self.end(EndReason.REJECTED if settings.get("reason") and not self.answered else EndReason.HANGUP)
            case _:
                self.end_unusable(f"<{element.name}> is not allowed here")

    def _run_unknown(self, element: CarrierElement) -> None:
        if self.rules.switches["unknown"] == "unusable":
            self.end_unusable(f"<{element.name}> is not an element of this carrier")
            return
        # The carrier skips unknown elements, and runs the known ones in them. The rest of the page is replaced here,
        # so that nested elements are visited only once.
        assert self.page is not None
        rest = self._known(self.page.elements[self.index :])
        self.page = self.page._replace(elements=(*self.page.elements[: self.index], *rest), places=(), returns=())

    def _known(self, elements: Iterable[CarrierElement]) -> Iterator[CarrierElement]:
        """Yield the elements that the carrier knows, also from within unknown ones."""
        for element in elements:
            if element.rule is not None:
                yield element
            else:
                yield from self._known(element.children)


def _at_server(page: Page) -> PendingInput:
    """Return the wait for the author's server; steps have the names that the flow of the page gives them."""
    ((element,), (returns,)) = page.elements, page.returns
    names = {one.step if one.flow == page.flow else f"{one.flow}/{one.step}": one for one in returns}
    return PendingInput(Does.SERVER, element, {}, returns=names)
