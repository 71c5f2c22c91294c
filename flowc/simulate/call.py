"""One call as a carrier runs it: element by element, on a clock of its own, asking whenever somebody else decides.

A call runs until it asks (what does the caller press, who answers?) or ends. What is chosen is given to `take`, and
the call runs on. Nothing here knows who chooses: a scenario, a person at a terminal, or somebody who tries it all.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flowc.profiles.speech import FILE_MS, spoken_ms
from flowc.simulate.call_state import CallState, Due
from flowc.simulate.decisions import (
    Choice,
    Dialled,
    Ended,
    Entry,
    HungUp,
    PendingInput,
    Pressed,
    Recorded,
    Silent,
    Spoke,
    Stayed,
)
from flowc.simulate.elements import address, said, text_of
from flowc.simulate.entry_points import Opening
from flowc.simulate.key_input import SECOND, Typed
from flowc.simulate.rules import ElementRule
from flowc.syntax.markup import Tag

#: Documents in a row, with nobody asked, after which a call goes round and round; and what is noted of them.
_ROUND = 50
_LONG = 100_000
#: What is heard, or waited for.
_HEARD = ("say", "play", "pause")
#: What ends a call that rings without answering it.
_REFUSALS = ("hangup", "reject")
#: How long a call lasts at most, in milliseconds: carriers end it after a day.
_DAY = 86_400 * SECOND
#: What comes of a question when the caller hangs up at once.
_LEFT: Mapping[str, Choice] = {
    "gather": Silent(),
    "dial": Dialled("canceled"),
    "record": Recorded(0),
    "room": Stayed(0),
}


@dataclass
class Call(CallState):
    """A call under way.

    `answered` says whether the carrier has answered the call: it may run the first elements while it still rings.
    `halts` keeps the call from running on after a choice. `entered` is the outcome of the last gather: the keys that
    were sent, speech, or no-input. `earlier` is how the last dial ended, which some carriers report again later.
    """

    asks: PendingInput | None = None
    answered: bool = False
    halts: bool = False
    entered: str = ""
    earlier: Mapping[str, str] = field(default_factory=dict)

    def begin(self, opening: Opening) -> None:
        """Ask the answer URL, and run."""
        self.opening = opening
        if opening.ring is not None:
            self.tell("ring", opening.ring.method, opening.ring.url, {"status": "ringing"})
        self.go("answer", opening.contract, opening.answer.method, opening.answer.url, {})
        if self.ended is None and self.facts.get("machine") == "true":
            if opening.machine is not None:
                url, method = opening.machine
                self.tell("machine-detection", method, url, {"then": "hangup" if opening.machine_ends else "continue"})
            if opening.machine_ends:
                self.end("machine")
        self.run()

    @property
    def is_typing(self) -> bool:
        """Whether the caller has begun to press keys, and the carrier waits for more."""
        return self.asks is not None and self.asks.typed is not None and self.asks.typed.last is not None

    @property
    def asks_on(self) -> bool:
        """Whether the gather that was asked goes on: the carrier waits for more keys, or asks again by itself."""
        typed = self.asks.typed if self.asks is not None else None
        return typed is not None and (typed.last is not None or typed.asked > 1)

    def copied(self) -> Call:
        """The same call, to take another way."""
        other = copy.copy(self)
        other.log = []
        return other

    def take(self, choice: Choice) -> None:
        """Go on with what was chosen, until the call asks again or ends.

        Keys need not end an input: then the call asks again, for further ones, with what is `typed` so far. And a
        carrier may ask again by itself.
        """
        asks, self.asks = self.asks, None
        assert asks is not None and self.ended is None
        if isinstance(choice, HungUp):
            self.leaves = self.clock
            choice = _LEFT[asks.what]
        fetched = self.fetches
        if asks.what == "gather":
            self._gathered(asks, choice)
        elif asks.what == "dial" and isinstance(choice, Dialled):
            self._dialled(asks, choice)
        elif asks.what == "record":
            self._recorded(asks, choice.seconds if isinstance(choice, Recorded) else 0)
        elif asks.what == "room" and isinstance(choice, Stayed):
            self._stayed(asks, choice)
        if self.asks_on:
            return
        # Where no document has taken over, the call goes on behind the element.
        if self.fetches == fetched:
            self._goes_on(self._name_of(asks, choice))
        if not self.halts:
            self.run()

    def _goes_on(self, name: str) -> None:
        """Go on after an element."""
        self.index += 1
        self.after = name if name in self.rules.order else ""

    def _name_of(self, asks: PendingInput, choice: Choice) -> str:
        """The element that is over: of a room that is full the room's own, and none where the caller was in."""
        if not isinstance(choice, Stayed):
            return asks.element.name
        return self._room(asks.element).name if choice.full else ""

    def _room(self, element: Tag) -> Tag:
        """The room that stands in a dial, or the element itself."""
        inner = (child for child in element.children if isinstance(child, Tag) and child.name in self.rules.verbs)
        return next((child for child in inner if self.rules.verbs[child.name].does == "room"), element)

    # Running a document

    def run(self) -> None:
        """Run until somebody is asked, or the call ends."""
        begun, noted = self.fetches, len(self.log)
        while self.ended is None and self.asks is None:
            assert self.page is not None
            if not self.passes(0):
                return
            if self.fetches - begun > _ROUND:
                self.stop(Ended("loop", "", f"{_ROUND} documents in a row, and nobody was asked"))
            elif len(self.log) - noted > _LONG:
                self.stop(Ended("loop", "", f"more than {_LONG} things in a row, and nobody was asked"))
            elif self.index >= len(self.page.elements):
                self.end("ran-out")
            else:
                element = self.page.elements[self.index]
                verb = self.rules.verbs.get(element.name)
                if verb is None:
                    self._unknown(element)
                elif element.name in self.rules.order.get(self.after, ()):
                    self.end("stuck", f"<{element.name}> after <{self.after}>")
                else:
                    self.answered = self.answered or not (verb.does in _REFUSALS or element.name in self.rules.ringing)
                    self._do(element, verb)

    def _do(self, element: Tag, verb: ElementRule) -> None:
        words = said(element, verb)
        match verb.does:
            case does if does in _HEARD:
                self._heard(element, verb, words)
            case "early":
                self._inside(element)
            case "send":
                self.note("sent", f"{element.name} {text_of(element)}".strip())
                fetched = self.fetches
                self.events(words["called"], words, {})
                self.request(words, {})
                if self.fetches > fetched:
                    return
            case "record" if "true" in (words.get("background"), words.get("later")):
                self.note("recording", "in the background")
                self.tapes = (*self.tapes, words)
            case "hangup" if int(words.get("after", "0")):
                self.deadline = self.clock + int(words["after"]) * SECOND
            case "reject" if self.answered and self.rules.switches["late_reject"] == "skipped":
                self.note("skipped", f"{element.name}: the call is answered already")
                self.index += 1
                return
            case _:
                self._turn(element, verb, words)
                return
        self._goes_on(element.name)

    def _turn(self, element: Tag, verb: ElementRule, words: Mapping[str, str]) -> None:
        """An element after which the call does not simply run on."""
        match verb.does:
            case "gather":
                self._asks_gather(element, words)
            case "dial":
                self.asks = self._asks_dial(element, words)
            case "record" | "room" if "limit" in words:  # a room without one of its own stands in a dial only
                self.asks = PendingInput(verb.does, element, words)
            case "redirect":
                self.go("redirect", "redirect", words["method"], words["url"], {})
            case "hangup" | "reject":
                self.end("rejected" if words.get("reason") and not self.answered else "hangup")
            case _:
                self.end(f"{self.asked_as}-unusable", f"<{element.name}> does not stand here")

    def _asks_gather(self, element: Tag, words: Mapping[str, str], asked: int = 1) -> None:
        last = next((child for child in reversed(element.children) if isinstance(child, Tag)), None)
        verb = self.rules.verbs.get(last.name) if last is not None else None
        if last and verb and verb.does == "pause" and self.rules.switches["last_pause"] == "breaks":
            self.end(f"{self.asked_as}-unusable", f"<{last.name}> last in <{element.name}> breaks its prompt")
        elif self._inside(element, answerable=True):
            self.asks = PendingInput("gather", element, words, typed=Typed(self.clock, asked=asked))

    def _asks_dial(self, element: Tag, words: Mapping[str, str]) -> PendingInput:
        callees, room = [], None
        for child in element.children:
            verb = self.rules.verbs.get(child.name) if isinstance(child, Tag) else None
            if isinstance(child, Tag) and verb is not None and verb.does in ("callee", "room"):
                inner = said(child, verb)
                room = {**words, **inner} if verb.does == "room" else room
                callees.append(inner)
        if not callees and (number := text_of(element)):
            callees.append({"address": number})
        if room is not None:
            return PendingInput("room", element, room)
        return PendingInput("dial", element, words, tuple(callees))

    def _unknown(self, element: Tag) -> None:
        if self.rules.switches["unknown"] == "unusable":
            self.end(f"{self.asked_as}-unusable", f"<{element.name}> is no element of this carrier")
            return
        # The carrier skips what it does not know, and runs the verbs in it. All of the rest is looked through at once.
        assert self.page is not None
        rest = self._known(self.page.elements[self.index :])
        self.page = self.page._replace(elements=(*self.page.elements[: self.index], *rest), places=())

    def _known(self, elements: Iterable[Tag | str]) -> Iterator[Tag]:
        """The elements that the carrier knows, those that stand in unknown ones among them."""
        for element in elements:
            if isinstance(element, Tag):
                if element.name in self.rules.verbs:
                    yield element
                else:
                    yield from self._known(element.children)

    def _inside(self, element: Tag, answerable: bool = False) -> bool:
        """Play what is in an element; False if the call ends meanwhile.

        Where the caller can answer (`answerable`), a sound that repeats without end is heard once before the answer.
        """
        for child in element.children:
            verb = self.rules.verbs.get(child.name) if isinstance(child, Tag) else None
            if isinstance(child, Tag) and verb is not None and verb.does in _HEARD:
                words = said(child, verb)
                if answerable and words.get("often") == "0":
                    words["often"] = "1"
                self._heard(child, verb, words)
                if self.ended is not None:
                    return False
        return True

    def _heard(self, element: Tag, verb: ElementRule, words: Mapping[str, str]) -> None:
        text = f"{words['length']} s" if verb.does == "pause" else text_of(element)
        self.note({"say": "heard", "play": "played"}.get(verb.does, "waited"), text)
        if verb.does == "pause":
            self.passes(int(words["length"]) * SECOND)
            return
        often = int(words.get("often", "1"))
        if not often and self.rules.switches["loop_zero"] == "endless":
            if self.passes(_DAY):
                self.end("caller")
            return
        self.passes((FILE_MS if verb.does == "play" else spoken_ms(text)) * max(often, 1))

    # What was chosen

    def _gathered(self, asks: PendingInput, choice: Choice) -> None:
        takes = asks.words.get("input", "dtmf").split()
        self.entered = "no-input"
        if isinstance(choice, Pressed) and choice.keys and "dtmf" in takes:
            self._pressed(asks, choice)
        elif isinstance(choice, Spoke) and "speech" in takes and asks.typed and asks.typed.last is None:
            self._spoke(asks, choice)
        else:
            self._waited(asks)

    def _pressed(self, asks: PendingInput, choice: Pressed) -> None:
        words, typed = asks.words, asks.typed
        assert typed is not None
        self.note("pressed", choice.keys)
        for key in choice.keys:
            if self.clock + choice.every > typed.deadline(words):
                self._waited(asks._replace(typed=typed), late=True)
                return
            if not self.passes(choice.every):
                return
            if key == words["finish"]:
                self._enter(asks, typed)
                return
            typed = typed.plus(key, self.clock)
            if typed.is_complete(words):
                self._enter(asks, typed)
                return
        self.asks = asks._replace(typed=typed)

    def _spoke(self, asks: PendingInput, choice: Spoke) -> None:
        words, lasts = asks.words, spoken_ms(choice.text)
        assert asks.typed is not None
        self.note("spoke", choice.text)
        if "whole" in words and self.clock + lasts > asks.typed.deadline(words):
            self._waited(asks, late=True)
        elif self.passes(lasts):
            self.entered = "speech"
            self.told("interim", words, {"speech": choice.text})
            self.request(words, {"keys": "", "speech": choice.text, "input": "speech"})

    def _waited(self, asks: PendingInput, late: bool = False) -> None:
        """Nothing more comes in time: what was entered is sent; if nothing was, this try is missed.

        `late` says that the caller has not finished.
        """
        words, typed, begun = asks.words, asks.typed, self.clock
        assert typed is not None
        if not self.passes(max(typed.deadline(words) - begun, 0)):
            return
        if not typed.is_lost(words):
            self._enter(asks, typed)
            return
        if "whole" in words and (late or typed.last is not None):
            self.note("too late", f"the {words['whole']} s for the whole input are over")
        else:
            self.note("silence", f"{(self.clock - begun) / SECOND:g} s", at=begun)
        self._missed(asks)

    def _enter(self, asks: PendingInput, typed: Typed) -> None:
        """Send an input that has ended, unless it has no keys, or keys that the carrier does not take."""
        sound = asks.words.get("invalid")
        if not typed.keys and self.rules.switches["finish_alone"] == "falls-through":
            self._missed(asks)
        elif typed.is_valid(asks.words):
            self.entered = typed.keys or "no-input"
            self.request(asks.words, {"keys": typed.keys, "speech": "", "input": "dtmf"})
        elif not sound:
            self._missed(asks)
        else:
            self.note("played", sound)
            if self.passes(FILE_MS):
                self._missed(asks)

    def _missed(self, asks: PendingInput) -> None:
        """Ask again, or after the last time go on: nothing was entered that counts."""
        assert asks.typed is not None
        if not asks.typed.is_last(asks.words):
            self._asks_gather(asks.element, asks.words, asks.typed.asked + 1)
        elif asks.words.get("empty") == "true":
            self.request(asks.words, {})

    def _dialled(self, asks: PendingInput, choice: Dialled) -> None:
        rings, talks = choice.ring * SECOND, choice.talk * SECOND
        due = self.due(rings + talks)
        if due is not None and (not talks or due.after < rings):
            choice = Dialled("canceled", due.after // SECOND)
        elif due is not None:
            choice = choice._replace(talk=(due.after - rings) // SECOND)
        self.clock += rings + talks if due is None else due.after
        who = tuple(address(callee) for callee in asks.callees)
        answered = choice.who if choice.talk else None
        self.log.append(
            Entry(
                at=self.clock,
                what="dialled",
                text=choice.outcome,
                page=self.page,
                element=self.index,
                asked=None,
                who=who,
                answered=answered,
            )
        )
        if choice.outcome == "declined" and self.rules.switches["declined"] == "ends-call":
            self.end("declined")
            return
        facts = {
            "outcome": self._outcome(asks, choice, due),
            "rang": str(bool(choice.ring)).lower(),
            "other": f"{self.facts['id']}-b" if choice.talk else "",
            "rings": str(choice.ring),
            "seconds": str(choice.talk),
            "dialled": "true",
        }
        self.earlier = {name: facts[name] for name in ("outcome", "other", "seconds")}
        if due is not None:
            self.over()
        self._tell_of_dial(asks, choice, facts)
        talked = (
            choice.outcome == "completed"
            and bool(asks.words.get("url"))
            and self.rules.switches["after_talk"] == "ignored"
        )
        self.request(asks.words, facts, follow=due is None and not talked)
        if due is not None or talked:
            self.end(due.what if due is not None else "talked")

    def _outcome(self, asks: PendingInput, choice: Dialled, due: Due | None) -> str:
        """The carrier's word for how a dial ended; some have others for a caller who gave up, or a talk cut off."""
        word = self.rules.outcomes[choice.outcome]
        if due is not None and due.what == "caller" and choice.outcome == "canceled":
            return self.rules.words.get("outcome", {}).get("gave-up", word)
        if due is None and choice.outcome == "completed" and choice.talk >= int(asks.words["limit"]):
            return self.rules.words.get("outcome", {}).get("cut-off", word)
        return word

    def _tell_of_dial(self, asks: PendingInput, choice: Dialled, facts: Mapping[str, str]) -> None:
        """Tell of a dial as a whole, or of everybody who was called, as the document has it."""
        ended = "answered" if choice.outcome == "completed" else "unanswered"
        answers = address(asks.callees[choice.who]) if asks.callees else ""
        self.events(f"dial-{ended}", asks.words, {**facts, "callee": answers})
        for number, callee in enumerate(asks.callees):
            one = ended if number == choice.who else "unanswered"
            leg = {"other": f"{self.facts['id']}-{number}", "callee": address(callee), "side": "dialled"}
            self.events(f"callee-{one}", callee, {**facts, **leg})

    def _recorded(self, asks: PendingInput, seconds: int) -> None:
        lasts = (seconds or int(asks.words["timeout"])) * SECOND
        due = self.due(lasts)
        if due is not None:
            lasts, seconds = due.after, min(seconds, due.after // SECOND)
        self.clock += lasts
        self.note("recorded", f"{seconds} s" if seconds else "nothing")
        left = due is not None and due.what == "caller" and self.rules.switches["left_recording"] == "hangup"
        facts = {"recording": self.recording() if seconds else "", "seconds": str(seconds)}
        facts["keys"] = "hangup" if left else ""
        if due is not None:
            self.over()
        if seconds:
            self.events("record", asks.words, facts)
            self.told("transcribe", asks.words, facts)
        if seconds or self.rules.switches["empty_recording"] == "requested":
            self.request(asks.words, facts, follow=due is None)
        if due is not None:
            self.end(due.what)

    def _stayed(self, asks: PendingInput, choice: Stayed) -> None:
        if choice.full:
            self.note("room", "full")
            return
        due = self.due(choice.seconds * SECOND)
        stays = choice.seconds * SECOND if due is None else due.after
        self.note("room", f"{stays // SECOND} s in {asks.words.get('name')}")
        self.clock += stays
        facts = {**self.earlier, "name": asks.words.get("name", "")}
        if due is not None:
            self.over()
        self.events(asks.words["called"], asks.words, facts)
        self.request(asks.words, facts, follow=due is None)
        if due is not None:
            self.end(due.what)
