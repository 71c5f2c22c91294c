"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action, Dial, Redirect, Switch
from flowc.flow.graph import Graph
from flowc.flow.model import Flow
from flowc.flow.values import Callee, Endpoint, Leave, Setting, ToStep, Url
from flowc.flow.verbs import VERBS, leads
from flowc.profiles.profile import Profile, is_number
from flowc.profiles.speech import PromptLanguage, prompt_language

#: Fields of a request to the carrier's API whose words people read.
_WORDS_OF_REQUESTS = ("caller_name",)
#: Keys of a target's own block that name a voice.
_VOICES = ("voice", "language")


class Compared(NamedTuple):
    """A text that is compared with telephone numbers: a case of a switch, and whom it names.

    `hidden` says that it stands for callers who hide their number.
    """

    callee: Callee
    hidden: bool


@dataclass(frozen=True, eq=False)
class Subject:
    """A flow, its graph, and the profiles of the targets it is compiled for.

    `environment` is the name of the one that gives variables their values (None: none does), `hosted` what the command
    line says in place of the flow's base_url. What several rules go through is gathered once.
    """

    flow: Flow
    graph: Graph
    profiles: tuple[Profile, ...]
    environment: str | None = None
    hosted: str | None = None

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Every action of every step, in order; those inside prompts not."""
        return tuple(action for step in self.flow.steps for action in step.actions)

    @cached_property
    def parties(self) -> tuple[Callee, ...]:
        """Everybody whom an action or a request names, in order."""
        acting = (party for action in self.actions for party in action.parties())
        return (*acting, *(party for request in self.flow.requests for party in request.parties()))

    @cached_property
    def compared(self) -> Mapping[Switch, tuple[Compared, ...]]:
        """Whom the cases of each switch name that decides by a number."""
        return {
            action: tuple(self.is_compared(case.party) for case in action.then.cases if case.party)
            for action in self.actions
            if isinstance(action, Switch) and action.then and action.fact.value in self.numeric
        }

    @cached_property
    def numeric(self) -> frozenset[str]:
        """The facts of a call that are telephone numbers or addresses."""
        facts = ((name, fact) for profile in self.profiles for name, fact in profile.facts.items())
        return frozenset(name for name, fact in facts if is_number(fact))

    def is_compared(self, callee: Callee) -> Compared:
        """How a text that is compared with telephone numbers is understood."""
        return Compared(callee, any(profile.hides(callee.written) for profile in self.profiles))

    @cached_property
    def prompted(self) -> tuple[Action, ...]:
        """Every action inside a prompt, those of the phone book's confirmations included."""
        confirms = (entry.confirm.sound.prompt for entry in self.flow.numbers if entry.confirm is not None)
        prompts = (prompt for action in self.actions for prompt in action.prompts())
        return tuple(action for prompt in (*confirms, *prompts) for action in prompt)

    @cached_property
    def heard(self) -> tuple[Action, ...]:
        """Every action: those of steps, then those inside prompts."""
        return (*self.actions, *self.prompted)

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every URL of the author's own servers."""
        return tuple(self._links())

    @cached_property
    def fetched(self) -> tuple[Setting, ...]:
        """Every field with the URL of a file that a carrier fetches."""
        return tuple(setting for action in self.heard for setting in action.settings if isinstance(setting.value, Url))

    @cached_property
    def worded(self) -> tuple[tuple[str, Setting], ...]:
        """Every field that people hear or read, with its verb (or the kind of its request)."""
        acting = (
            (action.verb, setting)
            for action in self.heard
            if (words := VERBS[action.verb].texts)
            for setting in action.settings
            if setting.name in words
        )
        named = (
            (request.kind, setting)
            for request in self.flow.requests
            for setting in request.settings
            if setting.name in _WORDS_OF_REQUESTS
        )
        return (*acting, *named)

    def read_in(self, say: Action) -> dict[str, tuple[str, ...]]:
        """In which languages (tags) each target reads a text; those of which that is not known are left out."""
        language = say.setting("language")
        tag = str(language.value) if language else ""
        read = {profile.name: profile.speech.read_by(tag, voice_of(say, profile)) for profile in self.profiles}
        return {name: languages for name, languages in read.items() if languages}

    def tongue(self, say: Action) -> PromptLanguage | None:
        """The language of a text, as far as rules know it and targets agree on it."""
        read = [{tag.partition("-")[0].lower() for tag in tags} for tags in self.read_in(say).values()]
        common = set.intersection(*read) if read else {""}
        return prompt_language(common.pop()) if len(common) == 1 else None

    @cached_property
    def urls(self) -> tuple[tuple[str, NodeRef], ...]:
        """Every URL of a flow that a carrier is to call or fetch, the base URL left out."""
        return (
            *((endpoint.url, endpoint.at) for endpoint in self.endpoints),
            *((str(url.value), url.at) for url in self.fetched),
        )

    @cached_property
    def written_urls(self) -> tuple[tuple[str, NodeRef], ...]:
        """Those and the base URL, unless the command line names another."""
        base = self.flow.base_url
        own = ((str(base.value), base.at),) if base is not None and self.hosted is None else ()
        return (*own, *self.urls)

    @property
    def entry(self) -> tuple[str, ...]:
        """The step that a call begins with; none where the author's server decides at once, or nothing does."""
        entry = self.flow.entry
        return (entry.step,) if isinstance(entry, ToStep) else ()

    def number_fields(self, action: Action) -> Iterator[Setting]:
        """The simple fields of an action that hold a number."""
        fields = VERBS[action.verb].numbers
        if fields:
            yield from (setting for setting in action.settings if setting.name in fields)

    def _links(self) -> Iterator[Endpoint]:
        for entry in self.flow.numbers:
            yield from (callback.endpoint for callback in entry.callbacks)
            if entry.confirm is not None and entry.confirm.sound.endpoint is not None:
                yield entry.confirm.sound.endpoint
        for request in self.flow.requests:
            yield from (url.to.endpoint for url in request.urls if isinstance(url.to, Leave))
            yield from (callback.endpoint for callback in request.callbacks)
        for action in self.heard:
            yield from _links(action)


def voice_of(say: Action, profile: Profile) -> str:
    """The voice that a target's own block names; empty where it names none."""
    return next((str(setting.value) for setting in say.block(profile.name) if setting.name in _VOICES), "")


def _links(action: Action) -> Iterator[Endpoint]:
    if isinstance(action, Redirect):
        yield action.endpoint
    yield from (callback.endpoint for callback in action.callbacks)
    yield from (sound.endpoint for sound in action.sounds if sound.endpoint is not None)
    if isinstance(action, Dial) and action.confirm is not None and action.confirm.sound.endpoint is not None:
        yield action.confirm.sound.endpoint
    if action.action is not None:
        yield action.action.endpoint
    yield from (to.endpoint for to in leads(action) if isinstance(to, Leave))
