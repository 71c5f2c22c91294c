"""Keys that a caller can press and that arrive: lengths of choices, finish keys, least numbers of digits."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import counted
from flowc.flow.actions import Gather
from flowc.flow.values import is_keys
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC208 keys that are not taken, FC304 a choice with too many, FC367 with too few, FC305 a finish key in one.

    FC306 is a minimum that no carrier checks.
    """
    for action in subject.actions:
        if isinstance(action, Gather):
            yield from _not_taken(action)
            if action.least > action.most:
                message = f"at least {action.least} keys cannot be at most {action.most}"
                yield Finding("FC206", action.digits_at, message, "Make max: as large as min:, or larger.")
                continue
            yield from _choices(action)
            if action.least > 1 and action.least != action.most and action.action is None:
                message = f"no carrier checks that at least {action.least} keys are pressed"
                help_ = "Take an exact number of digits, or let your own server check: action: instead of then:."
                yield Finding("FC306", action.digits_at, message, help_)


def _not_taken(gather: Gather) -> Iterator[Finding]:
    """What this gather itself (not a default) says of keys though it takes speech alone."""
    given = gather.setting("input")
    if given is None or gather.takes_keys:
        return
    beside = gather.then.at if gather.then else given.at
    for name, at in (("digits", gather.digits_at), ("finish_on", gather.finish_on.at)):
        if at == beside.of(name):
            help_ = f"Write input: dtmf-speech, or leave {name} out."
            yield Finding("FC208", at, f"{name}: is about keys, and only speech is taken", help_)


def _choices(gather: Gather) -> Iterator[Finding]:
    finish = str(gather.finish_on.value)
    wanted = f"{gather.most}" if gather.least == gather.most else f"{gather.least} to {gather.most}"
    taken = "1 key is" if wanted == "1" else f"{wanted} keys are"
    for case in gather.then.cases if gather.then else ():
        if not is_keys(case.outcome):
            continue
        if len(case.outcome) > gather.most:
            message = f'"{case.outcome}" can never be entered: {taken} taken'
            related = (Related(gather.digits_at, "as many as digits: says"),) if gather.digits_at != gather.at else ()
            yield Finding("FC304", case.at, message, "Make it as long as that, or change digits:.", related)
        elif finish != "none" and finish in case.outcome:
            message = f'"{case.outcome}" can never arrive: the key {finish} ends the input'
            help_ = "Choose another finish_on:, or none."
            related = (Related(gather.finish_on.at, "the finish key"),) if gather.finish_on.at != gather.at else ()
            yield Finding("FC305", case.at, message, help_, related)
        elif len(case.outcome) < gather.least == gather.most:  # of a range, FC306 tells
            enters = "wait" if finish == "none" else f"press {finish} or wait"
            message = f'"{case.outcome}" is not complete: {taken} taken, so the caller must {enters}'
            help_ = (
                f"If that is meant, write digits: {{max: {gather.most}}}; else give it {counted(gather.most, 'key')}."
            )
            related = (Related(gather.digits_at, "as many as digits: says"),)
            yield Finding("FC367", case.at, message, help_, related)
