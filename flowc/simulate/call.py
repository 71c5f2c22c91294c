"""One call as a carrier runs it: element by element, on a clock of its own, asking whenever somebody else decides.

A call runs until it asks (what does the caller press, who answers?) or ends. What is chosen is given to `take`, and
the call runs on. Nothing here knows who chooses: a scenario, a person at a terminal, or somebody who tries it all.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flowc.markup import Tag
from flowc.simulate.page import Asked, Fetcher, Missing, Page
from flowc.simulate.rules import Rules, Verb

#: How long a word takes to be said, and an audio file to be played, in milliseconds: documents do not tell.
_WORD = 400
_FILE = 10_000
#: Documents in a row, with nobody asked, after which a call goes round and round.
_ROUND = 50
_SECOND = 1000
#: What is heard, or waited for.
_HEARD = ("say", "play", "pause")
#: More digits than any number of a document has.
_DIGITS = 9


class Pressed(NamedTuple):
    """The caller presses these keys."""

    keys: str


class Spoke(NamedTuple):
    """The caller says this."""

    text: str


class Silent(NamedTuple):
    """The caller does nothing."""


class HungUp(NamedTuple):
    """The caller hangs up."""


class Dialled(NamedTuple):
    """A dial ends so after ringing and talking (seconds); `who` of those called is the one who answered.

    The outcome is completed, busy, no-answer, timeout, failed, canceled, or declined (the callee did not confirm).
    """

    outcome: str
    ring: int = 0
    talk: int = 0
    who: int = 0


class Recorded(NamedTuple):
    """The caller says something for so long (s), or nothing."""

    seconds: int


class Stayed(NamedTuple):
    """The caller stays in the room for so long (s), or finds it full."""

    seconds: int
    full: bool = False


Choice = Pressed | Spoke | Silent | HungUp | Dialled | Recorded | Stayed


class Asks(NamedTuple):
    """What the call waits for: the kind (gather, dial, record, room), the element, and the numbers that are dialled."""

    what: str
    element: Tag
    words: Mapping[str, str]
    callees: tuple[Mapping[str, str], ...] = ()


class Ended(NamedTuple):
    """Why a call ended: what happened (hangup, caller, server, ...), and the carrier's own code and words for it."""

    what: str
    code: str
    why: str


class Entry(NamedTuple):
    """One thing that happened: when (milliseconds since the call began), what, in words, and where in the bundle."""

    at: int
    what: str
    text: str
    page: Page | None
    element: int
    asked: Asked | None = None


@dataclass
class Call:
    """A call under way.

    `facts` are id, from, to, direction and the like, by the names of the rules. `first` is the answer document,
    `asked_as` says as what the present one was asked for.
    `halts` keeps the call from running on after a choice. `tapes` are the recordings in the background, which are told
    of when the call is over.
    """

    rules: Rules
    fetch: Fetcher
    facts: Mapping[str, str]
    clock: int = 0
    log: list[Entry] = field(default_factory=list)
    page: Page | None = None
    asked_as: str = "answer"
    index: int = 0
    fetches: int = 0
    asks: Asks | None = None
    ended: Ended | None = None
    deadline: int | None = None
    first: Page | None = None
    halts: bool = False
    tapes: tuple[Mapping[str, str], ...] = ()

    def begin(self, url: str, method: str) -> None:
        """Ask the answer URL, and run."""
        self._go("answer", method, url, {})
        self.first = self.page
        self.run()

    def copied(self) -> Call:
        """The same call, to take another way."""
        other = copy.copy(self)
        other.log = []
        return other

    def take(self, choice: Choice) -> None:
        """Go on with what was chosen, until the call asks again or ends."""
        asks, self.asks = self.asks, None
        assert asks is not None and self.ended is None
        if isinstance(choice, HungUp):
            self._end("caller")
            return
        fetched = self.fetches
        if asks.what == "gather":
            self._gathered(asks, choice)
        elif asks.what == "dial" and isinstance(choice, Dialled):
            self._dialled(asks, choice)
        elif asks.what == "record":
            self._recorded(asks, choice.seconds if isinstance(choice, Recorded) else 0)
        elif asks.what == "room" and isinstance(choice, Stayed):
            self._stayed(asks, choice)
        # Where no document has taken over, the call goes on behind the element.
        if self.fetches == fetched:
            self.index += 1
        if not self.halts:
            self.run()

    # Running a document

    def run(self) -> None:
        """Run until somebody is asked, or the call ends."""
        begun = self.fetches
        while self.ended is None and self.asks is None:
            assert self.page is not None
            if self.deadline is not None and self.clock >= self.deadline:
                self._end("scheduled")
            elif self.fetches - begun > _ROUND:
                self._stop(Ended("loop", "", f"{_ROUND} documents in a row, and nobody was asked"))
            elif self.index >= len(self.page.elements):
                self._end("ran-out")
            else:
                element = self.page.elements[self.index]
                verb = self.rules.verbs.get(element.name)
                if verb is None:
                    self._unknown(element)
                else:
                    self._do(element, verb)

    def _do(self, element: Tag, verb: Verb) -> None:
        words = said(element, verb)
        match verb.does:
            case does if does in _HEARD:
                self._heard(element, verb, words)
            case "early":
                self._inside(element)
            case "send":
                self._note("sent", f"{element.name} {text_of(element)}".strip())
            case "record" if "true" in (words.get("background"), words.get("later")):
                self._note("recording", "in the background")
                self.tapes = (*self.tapes, words)
            case "hangup" if int(words.get("after", "0")):
                self.deadline = self.clock + int(words["after"]) * _SECOND
            case _:
                self._turn(element, verb, words)
                return
        self.index += 1

    def _turn(self, element: Tag, verb: Verb, words: Mapping[str, str]) -> None:
        """An element after which the call does not simply run on."""
        match verb.does:
            case "gather":
                self._inside(element)
                self.asks = Asks("gather", element, words)
            case "dial":
                self.asks = self._asks_dial(element, words)
            case "record" | "room":
                self.asks = Asks(verb.does, element, words)
            case "redirect":
                self._go("redirect", words["method"], words["url"], {})
            case "hangup":
                self._end("rejected" if words.get("reason") else "hangup")
            case "reject":
                self._end("rejected")
            case _:
                self._end(f"{self.asked_as}-unusable", f"<{element.name}> does not stand here")

    def _asks_dial(self, element: Tag, words: Mapping[str, str]) -> Asks:
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
            return Asks("room", element, room)
        return Asks("dial", element, words, tuple(callees))

    def _unknown(self, element: Tag) -> None:
        if self.rules.switches["unknown"] == "unusable":
            self._end(f"{self.asked_as}-unusable", f"<{element.name}> is no element of this carrier")
            return
        # The carrier skips what it does not know, and runs the verbs in it.
        assert self.page is not None
        inside = tuple(child for child in element.children if isinstance(child, Tag))
        rest = self.page.elements[self.index + 1 :]
        self.page = self.page._replace(elements=(*self.page.elements[: self.index], *inside, *rest), places=())

    def _inside(self, element: Tag) -> None:
        for child in element.children:
            verb = self.rules.verbs.get(child.name) if isinstance(child, Tag) else None
            if isinstance(child, Tag) and verb is not None and verb.does in _HEARD:
                self._heard(child, verb, said(child, verb))

    def _heard(self, element: Tag, verb: Verb, words: Mapping[str, str]) -> None:
        text = text_of(element)
        self._note({"say": "heard", "play": "played"}.get(verb.does, "waited"), text or f"{words.get('length')} s")
        if verb.does == "say":
            self.clock += _WORD * len(text.split())
        elif verb.does == "play":
            self.clock += _FILE
        else:
            self.clock += int(words["length"]) * _SECOND

    # What was chosen

    def _gathered(self, asks: Asks, choice: Choice) -> None:
        words = asks.words
        takes = words.get("input", "dtmf").split()
        if isinstance(choice, Pressed) and "dtmf" in takes:
            keys = _keys(choice.keys, words)
            self._note("pressed", choice.keys)
            self._request("gather", "action", words, {"keys": keys, "speech": "", "input": "dtmf"})
        elif isinstance(choice, Spoke) and "speech" in takes:
            self._note("spoke", choice.text)
            self._request("gather", "action", words, {"keys": "", "speech": choice.text, "input": "speech"})
        else:
            self._note("silence", f"{words['timeout']} s")
            self.clock += int(words["timeout"]) * _SECOND

    def _dialled(self, asks: Asks, choice: Dialled) -> None:
        self.clock += (choice.ring + choice.talk) * _SECOND
        self._note("dialled", choice.outcome)
        if choice.outcome == "declined" and self.rules.switches["declined"] == "ends-call":
            self._end("declined")
            return
        facts = {
            "outcome": self.rules.outcomes[choice.outcome],
            "rang": str(bool(choice.ring)).lower(),
            "id": self.facts["id"],
            "other": f"{self.facts['id']}-b" if choice.talk else "",
        }
        self._tell_of_dial(asks, choice, facts)
        talked = (
            choice.outcome == "completed"
            and bool(asks.words.get("url"))
            and self.rules.switches["after_talk"] == "ignored"
        )
        self._request("dial", "told" if talked else "action", asks.words, facts)
        if talked:
            self._end("talked")

    def _tell_of_dial(self, asks: Asks, choice: Dialled, facts: Mapping[str, str]) -> None:
        """Tell of a dial as a whole, or of everybody who was called, as the document has it."""
        ended = "answered" if choice.outcome == "completed" else "unanswered"
        self._events("dial", f"dial-{ended}", asks.words, facts)
        for number, callee in enumerate(asks.callees):
            one = ended if number == choice.who else "unanswered"
            self._events("callee", f"callee-{one}", callee, {**facts, "other": f"{self.facts['id']}-{number}"})

    def _events(self, kind: str, what: str, words: Mapping[str, str], facts: Mapping[str, str]) -> None:
        """Tell the URL of events of an element, if it has one, what it is to be told."""
        url = words.get("events")
        wanted = words.get("events_on", "").replace(",", " ").split()
        for event in self.rules.events.get(what, ()) if url else ():
            if not wanted or event in wanted:
                told = {**facts, "event": event}
                own = {name: told[fact] for name, fact in self.rules.requests[f"{kind}-events"].items() if fact in told}
                self.tell("told", words.get("events_method", "POST"), str(url), own)

    def _recorded(self, asks: Asks, seconds: int) -> None:
        self.clock += seconds * _SECOND
        if seconds:
            self._note("recorded", f"{seconds} s")
            facts = {"recording": self._recording(), "seconds": str(seconds), "keys": ""}
            self._events("record", "record", asks.words, facts)
            self._request("record", "action", asks.words, facts)
            return
        self.clock += int(asks.words["timeout"]) * _SECOND
        self._note("recorded", "nothing")
        if self.rules.switches["empty_recording"] == "requested":
            self._request("record", "action", asks.words, {"recording": "", "seconds": "0", "keys": ""})

    def _recording(self) -> str:
        return f"https://recordings.example.com/{self.facts['id']}.mp3"

    def _stayed(self, asks: Asks, choice: Stayed) -> None:
        self._note("room", "full" if choice.full else f"{choice.seconds} s in {asks.words.get('name')}")
        if not choice.full:
            self.clock += choice.seconds * _SECOND
            facts = {"name": asks.words.get("name", "")}
            self._events("room", "room", asks.words, facts)
            self._request("room", "action", asks.words, facts)

    # Requests

    def _request(self, kind: str, what: str, words: Mapping[str, str], facts: Mapping[str, str]) -> None:
        """Ask the action URL of an element, if it has one; what it answers is run unless it is only told."""
        url = words.get("url")
        if not url:
            return
        own = {name: facts[fact] for name, fact in self.rules.requests[kind].items() if fact in facts}
        method = words.get("method", "POST")
        if what == "told" or words.get("follow") == "false":
            self.tell("told", method, url, own)
        else:
            self._go("action", method, url, own)

    def tell(self, what: str, method: str, url: str, parameters: Mapping[str, str]) -> None:
        """Note a request whose answer does not matter."""
        self._note("told", f"{method} {url}", Asked(what, method, url, {**self._standard(), **parameters}))

    def note_sound(self, what: str, asked: Asked, page: Page | Missing) -> None:
        """Note a document that is heard beside the call, or (a caller would hear nothing) why there is none."""
        if isinstance(page, Missing):
            self._note("silence", f"{asked.method} {asked.url}: {page.why}", asked)
            return
        heard = " ".join(text_of(element) for element in page.elements)
        self._note(what, heard, asked)

    def _standard(self) -> dict[str, str]:
        return {name: self.facts[fact] for fact, name in self.rules.names.items() if self.facts.get(fact)}

    def _go(self, what: str, method: str, url: str, parameters: Mapping[str, str]) -> None:
        asked = Asked(what, method, url, {**self._standard(), **parameters})
        page = self.fetch(asked)
        self.fetches += 1
        self._note("fetched", f"{method} {url}", asked)
        if isinstance(page, Page):
            self.page, self.asked_as, self.index = page, what, 0
        elif page.what == "server":
            self._stop(Ended("server", "", f"{url} goes on"))
        else:
            self._end(f"{what}-{page.what}", page.why)

    def _end(self, what: str, why: str = "") -> None:
        failure = self.rules.ends[what]
        self._stop(Ended(what, failure.code, f"{failure.name}: {why}" if why else failure.name))

    def _stop(self, ended: Ended) -> None:
        self.ended = ended
        for tape in self.tapes:
            seconds = str(self.clock // _SECOND)
            self._events("record", "record", tape, {"recording": self._recording(), "seconds": seconds})
        self._note("ended", f"{ended.why}{f' ({ended.code})' if ended.code else ''}")

    def _note(self, what: str, text: str, asked: Asked | None = None) -> None:
        self.log.append(Entry(self.clock, what, text, self.page, self.index, asked))


def said(element: Tag, verb: Verb) -> dict[str, str]:
    """What an element says, by the names of the rules, with what holds where it says nothing, or no number."""
    given = dict(element.attributes)
    words = {}
    for name, word in verb.words.items():
        value = given.get(word.attribute, word.default) if word.attribute else text_of(element)
        numeric = word.default.isdecimal() and not (value.isdecimal() and len(value) <= _DIGITS)
        words[name] = word.default if numeric else value
    return words


def text_of(element: Tag) -> str:
    """The text in an element, its tags left out."""
    parts = [child if isinstance(child, str) else text_of(child) for child in element.children]
    return " ".join("".join(parts).split())


def _keys(pressed: str, words: Mapping[str, str]) -> str:
    """The keys that arrive: up to the finish key, and no more than are taken."""
    keys = ""
    for key in pressed:
        if key == words["finish"] or len(keys) == int(words["digits"]):
            break
        if key in words.get("valid", pressed):
            keys += key
    return keys
