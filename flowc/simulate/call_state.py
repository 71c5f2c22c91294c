"""The state of a call: its clock, its log, the requests of the carrier, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flowc.bundle.notification import NotifyEntry
from flowc.simulate.call_log import Ended, EndReason, Entry, Event
from flowc.simulate.decisions import PendingInput
from flowc.simulate.documents import CarrierRequest, Fetcher, Missing, Page, Purpose
from flowc.simulate.entry_points import CallUrl, Opening
from flowc.simulate.key_input import SECOND
from flowc.simulate.parameters import Parameters
from flowc.simulate.rules import CallFailure, Does, Rules


class Waiting(NamedTuple):
    """A stay in a queue: the document and the element that began it, since when, and at which position.

    `answered` is when an agent takes the call (None: never), for a talk of `talk` seconds.
    """

    page: Page
    element: int
    pending: PendingInput
    since: int
    position: int
    answered: int | None
    talk: int


class Due(NamedTuple):
    """The call is about to end: in how many milliseconds, and why."""

    after: int
    end: EndReason


@dataclass
class CallState:
    """A call as the carrier knows it.

    `facts` are id, from, to, direction and the like, by their names in carrier.yaml. `fetched_as` is the purpose for
    which the present document was requested, and `after` is the last element of it that was run (empty: none, or one
    that any element can follow). Times are in milliseconds since the call began: `leaves` is when the caller hangs up,
    `deadline` when a hangup is due. `background` are the recordings that are reported when the call is over. `pending`
    is the input that the call waits for, `entered` the outcome of the last gather (the keys that were sent, speech, or
    no-input), and `last_dial` how the last dial ended, which some carriers report again later. `began` is when the call
    began, in seconds since 1970; `words` replace the time, by the names of calendars or of single decisions. `jumps`
    counts how often the call continued elsewhere than after an element. `waiting` is the stay in a queue, and `met` are
    the stays that are over: the document, the element, and the outcome.
    """

    rules: Rules
    fetch: Fetcher
    facts: Mapping[str, str]
    opening: Opening | None = None
    clock: int = 0
    log: list[Entry] = field(default_factory=list)
    page: Page | None = None
    fetched_as: Purpose = Purpose.ANSWER
    index: int = 0
    after: str = ""
    fetches: int = 0
    jumps: int = 0
    ended: Ended | None = None
    leaves: int | None = None
    deadline: int | None = None
    background: tuple[Mapping[str, str], ...] = ()
    pending: PendingInput | None = None
    entered: str = ""
    last_dial: Mapping[str, str] = field(default_factory=dict)
    began: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    waiting: Waiting | None = None
    met: tuple[tuple[str, int, str], ...] = ()

    # Time

    def due(self, ms: int) -> Due | None:
        """Return how the call ends within so many milliseconds, if it does."""
        if self.leaves is None and self.deadline is None:
            return None
        moments = [
            (moment, end)
            for moment, end in ((self.leaves, EndReason.CALLER), (self.deadline, EndReason.SCHEDULED))
            if moment is not None and moment <= self.clock + ms
        ]
        if not moments:
            return None
        moment, end = min(moments)
        return Due(max(moment - self.clock, 0), end)

    def advance(self, ms: int) -> bool:
        """Let so many milliseconds pass; False if the call ends meanwhile."""
        due = self.due(ms)
        if due is None:
            self.clock += ms
            return True
        self.clock += due.after
        self.end(due.end)
        return False

    # The log

    def note(self, event: Event, text: str, request: CarrierRequest | None = None, at: int | None = None) -> None:
        """Log an event, by default at the present time."""
        self.log.append(
            Entry(
                at=self.clock if at is None else at,
                what=event,
                text=text,
                page=self.page,
                element=self.index,
                request=request,
            )
        )

    def note_sound(self, event: Event, request: CarrierRequest, page: Page | Missing) -> None:
        """Log a document that is heard outside of the call's own, or as silence the reason why there is none."""
        if isinstance(page, Page):
            self.note(event, " ".join(element.text for element in page.elements), request)
        elif page.what == "server":
            self.note(event, f"what {request.url} answers", request)
        else:
            self.note(Event.SILENCE, f"{request.method} {request.url}: {page.why}", request)

    # Requests

    def carrier_request(
        self, purpose: Purpose, contract: str, method: str, url: str, facts: Mapping[str, str]
    ) -> CarrierRequest:
        """Return a request with the parameters of its contract, filled from the facts of the call and these."""
        return CarrierRequest(
            purpose=purpose,
            method=method,
            url=url,
            parameters=Parameters(self.rules, contract, self.facts, facts),
            contract=contract,
            at=None if self.began is None else self.began + self.clock // SECOND,
            words=self.words,
        )

    def request_action(self, settings: Mapping[str, str], facts: Mapping[str, str], follow: bool = True) -> None:
        """Request the action URL of an element, if it has one, and run the returned document if it is followed."""
        url = settings.get("url")
        if not url:
            return
        contract, method = f"{settings['called']}-action", settings.get("method", "POST")
        if follow and settings.get("follow") != "false":
            self.go_to(Purpose.ACTION, contract, method, url, facts)
        else:
            self.notify(contract, method, url, facts)

    def notify_events(self, what: str, settings: Mapping[str, str], facts: Mapping[str, str]) -> None:
        """Report to the URL of events of an element, if it has one, the events that it asks for."""
        url = settings.get("events")
        wanted = settings.get("events_on", "").replace(",", " ").split()
        for order, event in enumerate(self.rules.events.get(what, ()) if url else ()):
            if not wanted or event in wanted:
                own = {"event": event, "standing": event, "order": str(order), "called": settings["called"]}
                method = settings.get("events_method", "POST")
                self.notify(f"{settings['called']}-events", method, str(url), {**facts, **own})

    def notify_further(self, name: str, settings: Mapping[str, str], facts: Mapping[str, str]) -> None:
        """Report to a further URL of an element, by its name in carrier.yaml, if it has one."""
        if url := settings.get(name):
            self.notify(f"{settings['called']}-{name}", settings.get(f"{name}_method", "POST"), url, facts)

    def notify(self, contract: str, method: str, url: str, facts: Mapping[str, str]) -> None:
        """Log a request whose answer does not matter."""
        self.note(Event.NOTIFIED, f"{method} {url}", self.carrier_request(Purpose.NOTICE, contract, method, url, facts))

    def note_notification(self, entry: NotifyEntry, request: CarrierRequest) -> None:
        """Log a notification by the host: it repeats the parameters of a request for a document."""
        parameters = {**request.parameters, **entry.parameters}
        sent = request._replace(purpose=Purpose.NOTICE, method=entry.method, url=entry.url, parameters=parameters)
        self.note(Event.NOTIFIED, f"{entry.method} {entry.address}", sent)

    def go_to(self, purpose: Purpose, contract: str, method: str, url: str, facts: Mapping[str, str]) -> None:
        """Request a document, and continue with it."""
        request = self.carrier_request(purpose, contract, method, url, facts)
        page = self.fetch(request)
        # What is heard in a queue counts as a sound.
        self.fetches += self.waiting is None
        self.jumps += 1
        decided = f" ({page.decided})" if isinstance(page, Page) and page.decided else ""
        self.note(Event.FETCHED, f"{method} {url}{decided}", request)
        for one in page.notify if isinstance(page, Page) else ():
            self.note_notification(one, request)
        fallback = self.opening.fallback if self.opening else None
        # The document of a fallback counts as the answer that it replaces.
        fetched_as = Purpose.ANSWER if purpose is Purpose.FALLBACK else purpose
        if isinstance(page, Page):
            self.page, self.fetched_as, self.index, self.after = page, fetched_as, 0, ""
        elif page.what == "server":
            served = self.page.at_server(url, self.index) if self.page is not None else None
            if served is None:
                self.leave_to(url)
            else:
                self.page, self.fetched_as, self.index, self.after = served, fetched_as, 0, ""
        elif fallback is not None and purpose is Purpose.ANSWER:
            self.note(Event.FAILED, page.why)
            failure = self.failure(f"{fetched_as}-{page.what}", page.how)
            facts = {"code": failure.code, "url": url}
            self.go_to(Purpose.FALLBACK, CallUrl.FALLBACK, fallback.method, fallback.url, facts)
        else:
            self.end(f"{fetched_as}-{page.what}", page.why, page.how)

    # The end

    def end(self, what: str, why: str = "", how: str = "") -> None:
        """End the call, with the carrier's code and name for it."""
        failure = self.failure(what, how)
        self.stop(Ended(what, failure.code, f"{failure.name}: {why}" if why else failure.name))

    def leave_to(self, url: str) -> None:
        """End the call here: the author's server continues it, and what happens there is unknown."""
        self.stop(Ended(EndReason.SERVER, "", f"{url} continues"))

    def end_unusable(self, why: str) -> None:
        """End the call, since the carrier cannot run its document."""
        self.end(f"{self.fetched_as}-unusable", why)

    def failure(self, what: str, how: str) -> CallFailure:
        """Return the carrier's code and name for an end; it may have others for how something failed."""
        return self.rules.ends.get(how) or self.rules.ends[what]

    def stop(self, ended: Ended) -> None:
        """End the call, and report the end."""
        self.ended = ended
        self.mark_completed()
        seconds = str(self.clock // SECOND)
        for settings in self.background:
            self.notify_events(Does.RECORD, settings, {"recording": self.recording_url(), "seconds": seconds})
        self.note(Event.ENDED, f"{ended.why}{f' ({ended.code})' if ended.code else ''}")
        # Where the author's own server continues, the end of the call is unknown here.
        failure = self.rules.ends.get(ended.what)
        if self.opening is not None and self.opening.hangup is not None and failure is not None:
            url, method = self.opening.hangup
            facts = {"code": ended.code, "why": failure.name, "by": failure.by, "event": "completed"}
            self.notify(CallUrl.HANGUP, method, url, facts)

    def mark_completed(self) -> None:
        """Report the call as completed in all further requests."""
        self.facts = {**self.facts, "status": "completed", "lasted": str(self.clock // SECOND)}

    def recording_url(self) -> str:
        """Return where the carrier keeps what it has recorded."""
        return f"https://recordings.example.com/{self.facts['id']}.mp3"
