"""What rules see: a flow, its targets, and lists that several rules need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action, Dial, Notify, Redirect, Sound, Switch, screens_of
from flowc.flow.callees import differs, is_caller_name
from flowc.flow.graph import Graph, Reference
from flowc.flow.model import Flow
from flowc.flow.values import BundledUrl, Callee, Endpoint, Leave, Setting, ToStep, Url, flow_of
from flowc.flow.verbs import VERBS, leads
from flowc.profiles.profile import Profile, is_number
from flowc.profiles.speech import PromptLanguage, prompt_language

#: Fields of a request to the carrier's API with text that people read.
_TEXTS_OF_REQUESTS = ("caller_name",)
#: Keys of a target's own block that name a voice.
_VOICES = ("voice", "language")

_Result = TypeVar("_Result")


class Compared(NamedTuple):
    """A text that is compared with telephone numbers, such as a case of a switch, and the party that it names.

    `hidden` is true if it represents callers who hide their number.
    """

    callee: Callee
    hidden: bool


@dataclass(frozen=True, eq=False)
class LintContext:
    """A flow, its graph, and the profiles of the targets that it is compiled for.

    `environment` is the name of the environment that sets variables, if any. `hosted` is the base URL of the command
    line, which replaces that of the flow. `incomplete` says that parts or tables have errors, so that the graph is not
    what the author means. `linked` are the targets of each flow in which its calls may continue, by name, and `names`
    are the flows of the build (None if some are unknown, because of errors). `now` is the present time (seconds since
    1970), if findings may depend on it.
    """

    flow: Flow
    graph: Graph
    profiles: tuple[Profile, ...]
    environment: str | None = None
    hosted: str | None = None
    incomplete: bool = False
    linked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: frozenset[str] | None = frozenset()
    now: int | None = None
    _results: dict[Callable[[LintContext], Any], Any] = field(default_factory=dict, init=False, repr=False)

    def cached(self, compute: Callable[[LintContext], _Result]) -> _Result:
        """Return the result of a function of this context, which is computed once for all rules."""
        if compute not in self._results:
            self._results[compute] = compute(self)
        result: _Result = self._results[compute]
        return result

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Every action of every step, in order, without those of prompts."""
        return tuple(action for step in self.flow.steps for action in step.actions)

    @cached_property
    def entries(self) -> tuple[Callee, ...]:
        """The entries of the phone book, and the callees that dials describe like one."""
        book = {entry.name: entry for entry in self.flow.numbers}
        dials = (action for action in self.actions if isinstance(action, Dial))
        named = ((callee, book.get(callee.name)) for dial in dials for callee in dial.to)
        return (*self.flow.numbers, *(callee for callee, entry in named if entry is None or differs(callee, entry)))

    @cached_property
    def screens(self) -> tuple[Sound, ...]:
        """What entries of the phone book let callees hear before they are connected."""
        return tuple(dict.fromkeys(sound for entry in self.entries for sound in screens_of(entry)))

    @cached_property
    def prompt_actions(self) -> tuple[Action, ...]:
        """Every action of a prompt, including those of the phone book."""
        prompts = (prompt for action in self.actions for prompt in action.prompts())
        return tuple(action for prompt in (*(sound.prompt for sound in self.screens), *prompts) for action in prompt)

    @cached_property
    def all_actions(self) -> tuple[Action, ...]:
        """Every action: those of steps, then those of prompts."""
        return (*self.actions, *self.prompt_actions)

    @cached_property
    def links(self) -> Mapping[str, Reference]:
        """The first mention of each other flow, by its name."""
        links: dict[str, Reference] = {}
        for reference in self.graph.references:
            if name := flow_of(reference.to.step):
                links.setdefault(name, reference)
        return links

    @property
    def entry_steps(self) -> tuple[str, ...]:
        """The step that a call begins with; empty if the author's server decides first, or if there is no entry."""
        entry = self.flow.entry
        return (entry.step,) if isinstance(entry, ToStep) else ()

    @cached_property
    def parties(self) -> tuple[Callee, ...]:
        """Every party that an action or a request names, in order."""
        acting = (party for action in self.actions for party in action.parties())
        return (*acting, *(party for request in self.flow.requests for party in request.parties()))

    def number_fields(self, action: Action) -> Iterator[Setting]:
        """Yield the simple fields of an action that contain a number."""
        fields = VERBS[action.verb].numbers
        if fields:
            yield from (one for one in action.settings if one.name in fields and not is_caller_name(str(one.value)))

    @cached_property
    def number_facts(self) -> frozenset[str]:
        """The facts of a call that are telephone numbers or addresses."""
        facts = ((name, fact) for profile in self.profiles for name, fact in profile.facts.items())
        return frozenset(name for name, fact in facts if is_number(fact))

    @cached_property
    def compared(self) -> Mapping[Switch, tuple[Compared, ...]]:
        """The cases of each switch that branches on a number."""
        return {
            action: tuple(self.compare(case.party) for case in action.then.cases if case.party)
            for action in self.actions
            if isinstance(action, Switch) and action.then and not action.by_hours
            if action.fact.value in self.number_facts
        }

    def compare(self, callee: Callee) -> Compared:
        """Interpret a text that is compared with telephone numbers."""
        return Compared(callee, any(profile.hides(callee.written) for profile in self.profiles))

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every URL of the author's own servers."""
        return tuple(self._endpoints())

    def _endpoints(self) -> Iterator[Endpoint]:
        for entry in self.entries:
            yield from (callback.endpoint for callback in entry.callbacks)
        yield from (sound.endpoint for sound in self.screens if sound.endpoint is not None)
        for request in self.flow.requests:
            yield from (url.to.endpoint for url in request.urls if isinstance(url.to, Leave))
            yield from (callback.endpoint for callback in request.callbacks)
        for action in self.all_actions:
            yield from _endpoints_of(action)

    @cached_property
    def file_urls(self) -> tuple[Setting, ...]:
        """Every field with the URL of a file that a carrier fetches, apart from those of the bundle."""
        settings = (setting for action in self.all_actions for setting in action.settings)
        return tuple(
            setting
            for setting in settings
            if isinstance(setting.value, Url) and not isinstance(setting.value, BundledUrl)
        )

    @cached_property
    def urls(self) -> tuple[tuple[str, NodeRef], ...]:
        """Every URL of a flow that a carrier requests or fetches, without the base URL."""
        return (
            *((endpoint.url, endpoint.at) for endpoint in self.endpoints),
            *((str(url.value), url.at) for url in self.file_urls),
        )

    @cached_property
    def written_urls(self) -> tuple[tuple[str, NodeRef], ...]:
        """The same with the base URL, unless the command line replaces it."""
        base = self.flow.base_url
        own = ((str(base.value), base.at),) if base is not None and self.hosted is None else ()
        return (*own, *self.urls)

    @cached_property
    def texts(self) -> tuple[tuple[str, Setting], ...]:
        """Every field that people hear or read, with its verb (or the kind of its request)."""
        acting = (
            (action.verb, setting)
            for action in self.all_actions
            if (words := VERBS[action.verb].texts)
            for setting in action.settings
            if setting.name in words
        )
        requests = (
            (request.kind, setting)
            for request in self.flow.requests
            for setting in request.settings
            if setting.name in _TEXTS_OF_REQUESTS
        )
        return (*acting, *requests)

    def languages(self, say: Action) -> dict[str, tuple[str, ...]]:
        """Return the languages (tags) in which each target reads a text, as far as they are known."""
        language = say.setting("language")
        tag = str(language.value) if language else ""
        read = {profile.name: profile.speech.read_by(tag, _voice(say, profile)) for profile in self.profiles}
        return {name: languages for name, languages in read.items() if languages}

    def prompt_language(self, say: Action) -> PromptLanguage | None:
        """Return the language of a text, if there is a table for it and the targets agree on it."""
        read = [{tag.partition("-")[0].lower() for tag in tags} for tags in self.languages(say).values()]
        common = set.intersection(*read) if read else {""}
        return prompt_language(common.pop()) if len(common) == 1 else None


def _voice(say: Action, profile: Profile) -> str:
    """Return the voice that a target's own block names, if any."""
    return next((str(setting.value) for setting in say.block(profile.name) if setting.name in _VOICES), "")


def _endpoints_of(action: Action) -> Iterator[Endpoint]:
    if isinstance(action, (Notify, Redirect)):
        yield action.endpoint
    yield from (callback.endpoint for callback in action.callbacks)
    yield from (sound.endpoint for sound in action.sounds if sound.endpoint is not None)
    if isinstance(action, Dial):
        yield from (sound.endpoint for sound in screens_of(action) if sound.endpoint is not None)
    if action.action is not None:
        yield action.action.endpoint
    yield from (to.endpoint for to in leads(action) if isinstance(to, Leave))
