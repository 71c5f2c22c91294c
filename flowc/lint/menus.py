"""Menus that a caller can use: few enough choices, and the keys that are said are those that are offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Confirm, Dial, Gather
from flowc.flow.values import Case, Setting, Then, destination_key, is_keys
from flowc.flow.verbs import VERBS, Timing
from flowc.lint.subject import Subject
from flowc.profiles.speech import PromptLanguage, language_of_keys

#: People keep about four things in mind that they hear once, five at best (N. Cowan, The magical number 4, 2001).
_MOST = 5
#: Keys that are known without being remembered: the operator, back, again.
_USUAL = "0*#"
#: What is heard before a gather, and belongs to it.
_PLAYED: tuple[Timing, ...] = ("speech", "file", "silence")


def check(subject: Subject) -> Iterator[Finding]:
    """FC360 more choices than people remember, FC361 a key that is said but not offered, FC362 one never said.

    FC357 keys that are said before anybody listens to them, FC355 a menu in another language than that of its voice.
    """
    for step in subject.flow.steps:
        for index, action in enumerate(step.actions):
            if isinstance(action, Gather) and action.takes_keys:
                yield from _unheard(subject, action, step.actions[:index])
            if isinstance(action, Gather) and action.takes_keys and action.then is not None:
                if any(is_keys(case.outcome) and not action.fits(case.outcome) for case in action.then.cases):
                    continue  # a choice is written wrongly, and told of
                choices = [case for case in action.then.cases if len(case.outcome) == 1]
                yield from _too_many(action, choices)
                before = takewhile(
                    lambda earlier: VERBS[earlier.verb].timing == "speech", reversed(step.actions[:index])
                )
                yield from _keys(subject, action, action.then, choices, tuple(before))
            elif isinstance(action, Dial) and action.confirm is not None:
                yield from _confirming(subject, action.confirm)
    for entry in subject.flow.numbers:
        if entry.confirm is not None:
            yield from _confirming(subject, entry.confirm)


def _unheard(subject: Subject, gather: Gather, before: tuple[Action, ...]) -> Iterator[Finding]:
    """A menu that is spoken before a gather which says nothing itself."""
    spoken = (
        takewhile(lambda earlier: VERBS[earlier.verb].timing in _PLAYED, reversed(before)) if not gather.prompt else ()
    )
    for say in spoken:
        text, tongue = say.setting("text"), subject.tongue(say)
        if text is not None and tongue is not None and tongue.pressed(str(text.value)):
            message = "the keys that a caller presses while this is said are not listened to"
            help_ = "Put the text into prompt: of the gather."
            yield Finding("FC357", text.at, message, help_, (Related(gather.at, "listening begins here"),))
            return


def _other_tongue(subject: Subject, prompt: Iterable[Action]) -> Iterator[Finding]:
    """A menu without a language, in which the words of another one ask for keys."""
    for say in prompt:
        text, read = say.setting("text"), subject.read_in(say).values()
        tongue = None if text is None or say.setting("language") else language_of_keys(str(text.value))
        if text is not None and tongue is not None and read:
            spoken = dict.fromkeys(tag for tags in read for tag in tags)
            message = f"this text is {tongue.name}, and a voice for {listing(spoken)} reads it"
            yield Finding("FC355", text.at, message, f"Write the language of the text, such as language: {tongue.tag}.")


def _too_many(gather: Gather, choices: Iterable[Case]) -> Iterator[Finding]:
    places = {destination_key(case.to) for case in choices if case.outcome not in _USUAL}
    if len(places) > _MOST:
        message = f"this menu has {len(places)} choices, and few people keep more than {_MOST} in mind"
        yield Finding("FC360", gather.at, message, "Put some of them into a menu of their own.")


def _keys(
    subject: Subject, gather: Gather, then: Then, choices: list[Case], before: tuple[Action, ...]
) -> Iterator[Finding]:
    """What the prompts say, held against the choices."""
    prompt = _texts(subject, gather.prompt)
    if prompt and not any(tongue.pressed(text) for _, tongue, text in prompt):
        yield from _other_tongue(subject, gather.prompt)
        return
    if not prompt or not choices or any(case.outcome == "digits" for case in then.cases):
        return
    retry = _texts(subject, (*gather.again_after_silence, *gather.again_after_wrong))
    unsaid = _unsaid(choices, (*prompt, *(_texts(subject, before) or ())))
    related = tuple(Related(case.at, f"{case.outcome} is offered, but not said") for case in unsaid)
    strange = list(_strange(gather, then, (*prompt, *(retry or ())), related))
    yield from strange or _never_said(unsaid)


_Text = tuple[Setting, PromptLanguage, str]


def _texts(subject: Subject, prompt: Iterable[Action]) -> tuple[_Text, ...] | None:
    """The texts of a prompt with their languages; None if some of it cannot be judged."""
    texts = []
    for action in prompt:
        if VERBS[action.verb].timing == "silence":
            continue
        text, tongue = action.setting("text"), subject.tongue(action)
        if text is None or tongue is None:
            return None
        texts.append((text, tongue, str(text.value)))
    return tuple(texts)


def _strange(gather: Gather, then: Then, texts: Iterable[_Text], related: tuple[Related, ...]) -> Iterator[Finding]:
    offered = {case.outcome for case in then.cases} | {str(gather.finish_on.value)}
    if gather.tries == 1 and "no-match" not in offered and then.otherwise is not None and not related:
        said = {key for _, tongue, text in texts for key in tongue.pressed(text)}
        if len(said - offered) == 1:
            return  # the one key that is left is what else: is for, such as "9 to hear this again"
    for setting, tongue, text in texts:
        strange = sorted(tongue.pressed(text) - offered)
        if strange:
            message = f"this says to press {listing(strange, 'and')}, which {_among(strange)} the choices"
            help_ = f"Add {listing(strange, 'and')} to then:, or say another key."
            yield Finding("FC361", setting.at, message, help_, related)


def _among(keys: list[str]) -> str:
    return "is not among" if len(keys) == 1 else "are not among"


def _unsaid(choices: Iterable[Case], texts: Iterable[_Text]) -> list[Case]:
    mentioned = {key for _, tongue, text in texts for key in tongue.mentioned(text)}
    return [case for case in choices if case.outcome not in mentioned]


def _never_said(unsaid: list[Case]) -> Iterator[Finding]:
    if unsaid:
        first, *others = unsaid
        keys = f"the key{'s' if others else ''} {listing([case.outcome for case in unsaid], 'and')}"
        message = f"the prompt never says {keys}"
        related = tuple(Related(case.at, f"nor {case.outcome}") for case in others)
        help_ = (
            f"Say in the prompt what {'they are' if others else 'it is'} for, or take {'them' if others else 'it'} out."
        )
        yield Finding("FC362", first.at, message, help_, related)


def _confirming(subject: Subject, confirm: Confirm) -> Iterator[Finding]:
    texts = _texts(subject, confirm.sound.prompt)
    key = str(confirm.key.value)
    if not texts or not any(tongue.pressed(text) for _, tongue, text in texts):
        return
    if not any(key in tongue.mentioned(text) for _, tongue, text in texts):
        message = f"the prompt says to press another key than {key}, which is the one that confirms"
        yield Finding("FC362", confirm.key.at, message, "Say the key that confirms, or change it.")
