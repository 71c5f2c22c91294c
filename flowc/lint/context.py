"""What rules see: a flow, its targets, and lists that several rules need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action, Dial, Goto, Notify, Redirect, Sound, Switch, screens_of
from flowc.flow.callees import differs, is_caller_name
from flowc.flow.graph import Graph, Reference
from flowc.flow.model import Flow
from flowc.flow.values import BundledUrl, Callee, Endpoint, Leave, Setting, ToStep, Url, flow_of
from flowc.flow.verbs import VERBS, leads, verbs_with
from flowc.profiles.profile import Profile, is_number
from flowc.profiles.speech import PromptLanguage, prompt_language

#: Fields of a request to the carrier's API with text that people read.
_TEXTS_OF_REQUESTS = ("caller_name",)
#: The verb of each class of actions.
_VERB_OF = {row.model: verb for verb, row in VERBS.items()}
_WITH_TEXTS = verbs_with(lambda verb: verb.texts)
_WITH_PARTIES = verbs_with(lambda verb: verb.model.parties is not Action.parties)
_WITH_NUMBERS = verbs_with(lambda verb: verb.numbers)
#: Keys of a target's own block that name a voice.
_VOICES = ("voice", "language")

_Result = TypeVar("_Result")
_Action = TypeVar("_Action", bound=Action)


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
        return tuple([action for step in self.flow.steps for action in step.actions])

    def of(self, kind: type[_Action]) -> Sequence[_Action]:
        """Return the actions that have a class of their own, such as Gather, in order."""
        return cast(Sequence[_Action], self._by_verb.get(_VERB_OF[kind], ()))

    def with_verbs(self, verbs: frozenset[str]) -> Sequence[Action]:
        """Return every action with one of these verbs: those of steps, then those of prompts."""
        found = verbs.intersection(self._by_verb)
        if len(found) > 1:
            return [action for action in self.all_actions if action.verb in found]
        return self._by_verb.get(next(iter(found), ""), ())

    @cached_property
    def _by_verb(self) -> Mapping[str, list[Action]]:
        """Every action by its verb, so that a rule costs nothing in a flow without its verbs."""
        found: dict[str, list[Action]] = {}
        for action in self.all_actions:
            found.setdefault(action.verb, []).append(action)
        return found

    @cached_property
    def entries(self) -> tuple[Callee, ...]:
        """The entries of the phone book, and the callees that dials describe like one."""
        book = {entry.name: entry for entry in self.flow.numbers}
        dials = (action for action in self.actions if isinstance(action, Dial))  # `of` needs the entries first
        callees = (callee for dial in dials for callee in dial.to)
        own = (one for one in callees if (entry := book.get(one.name)) is None or differs(one, entry))
        return (*self.flow.numbers, *own)

    @cached_property
    def screens(self) -> tuple[Sound, ...]:
        """What entries of the phone book let callees hear before they are connected."""
        return tuple(dict.fromkeys(sound for entry in self.entries for sound in screens_of(entry)))

    @cached_property
    def prompt_actions(self) -> tuple[Action, ...]:
        """Every action of a prompt, including those of the phone book."""
        prompts = [sound.prompt for sound in self.screens]
        for action in self.actions:
            prompts += action.prompts()
        return tuple([action for prompt in prompts for action in prompt])

    @cached_property
    def all_actions(self) -> tuple[Action, ...]:
        """Every action: those of steps, then those of prompts."""
        return (*self.actions, *self.prompt_actions)

    @cached_property
    def outgoing(self) -> tuple[Reference, ...]:
        """The mentions of steps of other flows."""
        # Most names have no slash, and need no closer look.
        return tuple(one for one in self.graph.references if "/" in one.to.step and flow_of(one.to.step))

    @cached_property
    def links(self) -> Mapping[str, Reference]:
        """The first mention of each other flow, by its name."""
        links: dict[str, Reference] = {}
        for reference in self.outgoing:
            links.setdefault(flow_of(reference.to.step), reference)
        return links

    @property
    def entry_steps(self) -> tuple[str, ...]:
        """The step that a call begins with; empty if the author's server decides first, or if there is no entry."""
        entry = self.flow.entry
        return (entry.step,) if isinstance(entry, ToStep) else ()

    @cached_property
    def parties(self) -> tuple[Callee, ...]:
        """Every party that an action or a request names, in order."""
        acting = (party for action in self.with_verbs(_WITH_PARTIES) for party in action.parties())
        return (*acting, *(party for request in self.flow.requests for party in request.parties()))

    @cached_property
    def number_fields(self) -> tuple[Setting, ...]:
        """The simple fields of actions that contain a number."""
        return tuple(setting for action in self.with_verbs(_WITH_NUMBERS) for setting in numbers_of(action))

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
            for action in self.of(Switch)
            if action.then and not action.by_hours and action.fact.value in self.number_facts
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
        settings = [setting for action in self.all_actions for setting in action.settings]
        urls = [setting for setting in settings if isinstance(setting.value, Url)]
        return tuple(url for url in urls if not isinstance(url.value, BundledUrl))

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
            for action in self.with_verbs(_WITH_TEXTS)
            for setting in action.settings
            if setting.name in VERBS[action.verb].texts
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


def numbers_of(action: Action) -> Iterator[Setting]:
    """Yield the simple fields of an action that contain a number."""
    fields = VERBS[action.verb].numbers
    for setting in action.settings if fields else ():
        if setting.name in fields and not is_caller_name(str(setting.value)):
            yield setting


def _voice(say: Action, profile: Profile) -> str:
    """Return the voice that a target's own block names, if any."""
    return next((str(setting.value) for setting in say.block(profile.name) if setting.name in _VOICES), "")


def _endpoints_of(action: Action) -> Iterator[Endpoint]:
    if isinstance(action, (Notify, Redirect)):
        yield action.endpoint
    for callback in action.callbacks:
        yield callback.endpoint
    for sound in (*action.sounds, *screens_of(action)) if isinstance(action, Dial) else action.sounds:
        if sound.endpoint is not None:
            yield sound.endpoint
    if action.action is not None:
        yield action.action.endpoint
    if action.then is not None or isinstance(action, Goto):
        yield from (to.endpoint for to in leads(action) if isinstance(to, Leave))
