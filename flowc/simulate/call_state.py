"""The carrier's end of a call: its clock, its log, what it asks and tells, and how it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flowc.simulate.decisions import Ended, Entry
from flowc.simulate.documents import CarrierRequest, Fetcher, Missing, Page
from flowc.simulate.elements import text_of
from flowc.simulate.entry_points import Opening
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import CallFailure, Rules

#: As what the answer to a request counts that stands for another.
_STANDS_FOR = {"fallback": "answer"}


class Due(NamedTuple):
    """The call is about to end: in so many milliseconds, and why (caller, scheduled)."""

    after: int
    what: str


@dataclass
class CallState:
    """A call as the carrier holds it.

    `facts` are id, from, to, direction and the like, by the names of the rules; `asked_as` says as what the present
    document was asked for, `after` which of its elements was run last (empty: none, or one that anything can follow).
    Times are in milliseconds since the call began: `leaves` is when the caller hangs up, `deadline` when a hangup is
    due. `tapes` are the recordings in the background, told of when the call is over.
    """

    rules: Rules
    fetch: Fetcher
    facts: Mapping[str, str]
    opening: Opening | None = None
    clock: int = 0
    log: list[Entry] = field(default_factory=list)
    page: Page | None = None
    asked_as: str = "answer"
    index: int = 0
    after: str = ""
    fetches: int = 0
    ended: Ended | None = None
    leaves: int | None = None
    deadline: int | None = None
    tapes: tuple[Mapping[str, str], ...] = ()

    # Time

    def due(self, ms: int) -> Due | None:
        """How the call ends within so many milliseconds, if it does."""
        if self.leaves is None and self.deadline is None:
            return None
        moments = [
            (moment, what)
            for moment, what in ((self.leaves, "caller"), (self.deadline, "scheduled"))
            if moment is not None and moment <= self.clock + ms
        ]
        if not moments:
            return None
        moment, what = min(moments)
        return Due(max(moment - self.clock, 0), what)

    def passes(self, ms: int) -> bool:
        """Let so many milliseconds pass; False if the call ends meanwhile."""
        due = self.due(ms)
        self.clock += ms if due is None else due.after
        if due is not None:
            self.end(due.what)
        return due is None

    # The log

    def note(self, what: str, text: str, asked: CarrierRequest | None = None, at: int | None = None) -> None:
        """Note what happens: now, or what began at another time."""
        self.log.append(
            Entry(
                at=self.clock if at is None else at,
                what=what,
                text=text,
                page=self.page,
                element=self.index,
                asked=asked,
            )
        )

    def note_sound(self, what: str, asked: CarrierRequest, page: Page | Missing) -> None:
        """Note a document that is heard beside the call, or (a caller would hear nothing) why there is none."""
        if isinstance(page, Page):
            self.note(what, " ".join(text_of(element) for element in page.elements), asked)
        elif page.what == "server":
            self.note(what, f"what {asked.url} answers", asked)
        else:
            self.note("silence", f"{asked.method} {asked.url}: {page.why}", asked)

    # Requests

    def request(self, words: Mapping[str, str], facts: Mapping[str, str], follow: bool = True) -> None:
        """Ask the action URL of an element, if it has one; what it answers is run, unless it is only told."""
        url = words.get("url")
        if not url:
            return
        contract, method = f"{words['called']}-action", words.get("method", "POST")
        if follow and words.get("follow") != "false":
            self.go("action", contract, method, url, facts)
        else:
            self.tell(contract, method, url, facts)

    def events(self, what: str, words: Mapping[str, str], facts: Mapping[str, str]) -> None:
        """Tell the URL of events of an element, if it has one, what it is to be told."""
        url = words.get("events")
        wanted = words.get("events_on", "").replace(",", " ").split()
        for order, event in enumerate(self.rules.events.get(what, ()) if url else ()):
            if not wanted or event in wanted:
                told = {**facts, "event": event, "standing": event, "order": str(order), "called": words["called"]}
                self.tell(f"{words['called']}-events", words.get("events_method", "POST"), str(url), told)

    def told(self, name: str, words: Mapping[str, str], facts: Mapping[str, str]) -> None:
        """Tell a further URL of an element by its name in the rules, if it has one."""
        if url := words.get(name):
            self.tell(f"{words['called']}-{name}", words.get(f"{name}_method", "POST"), url, facts)

    def tell(self, contract: str, method: str, url: str, facts: Mapping[str, str]) -> None:
        """Note a request whose answer does not matter."""
        self.note("told", f"{method} {url}", self.asked("told", contract, method, url, facts))

    def asked(self, what: str, contract: str, method: str, url: str, facts: Mapping[str, str]) -> CarrierRequest:
        """A request that says what its contract has, of the facts of the call and these."""
        return CarrierRequest(what, method, url, self.rules.parameters(contract, {**self.facts, **facts}), contract)

    def go(self, what: str, contract: str, method: str, url: str, facts: Mapping[str, str]) -> None:
        """Ask for a document, which takes over."""
        asked = self.asked(what, contract, method, url, facts)
        page = self.fetch(asked)
        self.fetches += 1
        self.note("fetched", f"{method} {url}", asked)
        fallback = self.opening.fallback if self.opening and what == "answer" else None
        counts_as = _STANDS_FOR.get(what, what)
        if isinstance(page, Page):
            self.page, self.asked_as, self.index, self.after = page, counts_as, 0, ""
        elif page.what == "server":
            self.stop(Ended("server", "", f"{url} goes on"))
        elif fallback is not None:
            self.note("failed", page.why)
            failure = self.failure(f"{counts_as}-{page.what}", page.how)
            self.go("fallback", "fallback", fallback.method, fallback.url, {"code": failure.code, "url": url})
        else:
            self.end(f"{counts_as}-{page.what}", page.why, page.how)

    # The end

    def end(self, what: str, why: str = "", how: str = "") -> None:
        """End the call, in the carrier's words."""
        failure = self.failure(what, how)
        self.stop(Ended(what, failure.code, f"{failure.name}: {why}" if why else failure.name))

    def failure(self, what: str, how: str) -> CallFailure:
        """The carrier's code and words for an end; it may have others for how something failed."""
        return self.rules.ends.get(how) or self.rules.ends[what]

    def stop(self, ended: Ended) -> None:
        """End the call, and tell who wants to know."""
        self.ended = ended
        self.over()
        seconds = str(self.clock // SECOND)
        for tape in self.tapes:
            self.events("record", tape, {"recording": self.recording(), "seconds": seconds})
        self.note("ended", f"{ended.why}{f' ({ended.code})' if ended.code else ''}")
        # Where the author's own server goes on, nobody here knows when the call is over.
        failure = self.rules.ends.get(ended.what)
        if self.opening is not None and self.opening.hangup is not None and failure is not None:
            url, method = self.opening.hangup
            facts = {"code": ended.code, "why": failure.name, "by": failure.by, "event": "completed"}
            self.tell("hangup", method, url, facts)

    def over(self) -> None:
        """From here on what is told is told of a call that has ended."""
        self.facts = {**self.facts, "status": "completed", "lasted": str(self.clock // SECOND)}

    def recording(self) -> str:
        """Where the carrier keeps what it has recorded."""
        return f"https://recordings.example.com/{self.facts['id']}.mp3"
