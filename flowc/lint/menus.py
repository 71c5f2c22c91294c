"""Menus: which keys they offer, and what their prompts say about keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from flowc.flow.actions import Action, Confirm, Dial, Gather
from flowc.flow.model import Step
from flowc.flow.values import Case, Setting, Then, is_keys
from flowc.flow.verbs import VERBS
from flowc.lint.context import LintContext
from flowc.profiles.speech import PromptLanguage


@dataclass(frozen=True, eq=False)
class PromptText:
    """A text of a prompt, and its language."""

    setting: Setting
    language: PromptLanguage

    @cached_property
    def pressed(self) -> frozenset[str]:
        """The keys that the text certainly asks for."""
        return self.language.pressed(str(self.setting.value))

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The keys that the text may mention."""
        return self.language.mentioned(str(self.setting.value))


@dataclass(frozen=True, eq=False)
class Menu:
    """A gather that takes keys and decides by them, with its texts as far as all of a prompt can be read.

    `choices` are those of a single key, `before` are the texts directly before the gather, `retry` those of its
    further tries.
    """

    gather: Gather
    then: Then
    choices: tuple[Case, ...]
    prompt: tuple[PromptText, ...]
    before: tuple[PromptText, ...]
    retry: tuple[PromptText, ...]

    @cached_property
    def names_keys(self) -> bool:
        """Whether the prompt certainly asks for keys."""
        return any(text.pressed for text in self.prompt)

    @property
    def is_comparable(self) -> bool:
        """Whether the keys of the prompt can be compared with the choices."""
        takes_any = any(case.outcome == "digits" for case in self.then.cases)
        return self.names_keys and bool(self.choices) and not takes_any

    @cached_property
    def not_said(self) -> tuple[Case, ...]:
        """The choices whose keys no text mentions."""
        mentioned = {key for text in (*self.prompt, *self.before) for key in text.mentioned}
        return tuple(case for case in self.choices if case.outcome not in mentioned)

    @cached_property
    def not_offered(self) -> tuple[tuple[Setting, list[str]], ...]:
        """The texts that ask for keys which are not among the choices, with these keys."""
        texts = (*self.prompt, *self.retry)
        offered = {case.outcome for case in self.then.cases} | {str(self.gather.finish_on.value)}
        takes_rest = self.gather.tries == 1 and "no-match" not in offered and self.then.otherwise is not None
        if takes_rest and not self.not_said and len({key for text in texts for key in text.pressed} - offered) == 1:
            return ()  # else: is for the one key that is left, such as "9 to hear this again"
        found = ((text.setting, sorted(text.pressed - offered)) for text in texts)
        return tuple((setting, keys) for setting, keys in found if keys)


def menus(context: LintContext) -> tuple[Menu, ...]:
    """Return the menus of a flow, without those that have a choice of a wrong length (FC304, FC367)."""
    steps = context.flow.steps if context.of(Gather) else ()
    return tuple(menu for step in steps for menu in _menus(context, step))


def _menus(context: LintContext, step: Step) -> Iterator[Menu]:
    for index, action in enumerate(step.actions):
        if not isinstance(action, Gather) or not action.takes_keys or action.then is None:
            continue
        if all(action.fits(case.outcome) for case in action.then.cases if is_keys(case.outcome)):
            before = takewhile(lambda earlier: VERBS[earlier.verb].timing == "speech", reversed(step.actions[:index]))
            yield Menu(
                gather=action,
                then=action.then,
                choices=tuple(case for case in action.then.cases if len(case.outcome) == 1),
                prompt=prompt_texts(context, action.prompt),
                before=prompt_texts(context, before),
                retry=prompt_texts(context, (*action.again_after_silence, *action.again_after_wrong)),
            )


def prompt_texts(context: LintContext, prompt: Iterable[Action]) -> tuple[PromptText, ...]:
    """Return the texts of a prompt; none if a part of it is not a text, or is in a language without a table."""
    texts = []
    for action in prompt:
        if VERBS[action.verb].timing == "silence":
            continue
        text, language = action.setting("text"), context.prompt_language(action)
        if text is None or language is None:
            return ()
        texts.append(PromptText(text, language))
    return tuple(texts)


def confirmations(context: LintContext) -> Iterator[Confirm]:
    """Yield the confirmations of dials, then those of the phone book."""
    dials = (dial.confirm for dial in context.of(Dial))
    yield from filter(None, dict.fromkeys((*dials, *(entry.confirm for entry in context.entries))))
