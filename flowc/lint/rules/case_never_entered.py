"""Cases of `then:` that can happen."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import listing, shown, suggestion
from flowc.flow.actions import Gather, Switch
from flowc.flow.values import is_keys
from flowc.lint.context import LintContext
from flowc.lint.gathers import digits_related, key_cases, taken_keys
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a case that never happens: an empty value, a word of no time, or an input not taken (FC304)."""
    for switch in context.of(Switch):
        if switch.by_hours:
            yield from _never_given(switch)
        elif switch.then is not None:
            for case in switch.then.cases:
                if not case.outcome:
                    message = "an empty value never matches: it counts as a missing value"
                    yield Finding("FC304", case.at, message, "Remove it: a missing value takes else:.")
    for gather in context.of(Gather):
        yield from _not_taken(gather)
    for gather, case in key_cases(context):
        if len(case.outcome) > gather.most:
            message = f'"{case.outcome}" can never be entered: the gather takes {taken_keys(gather)}'
            related = (digits_related(gather),) if gather.digits_at != gather.at else ()
            yield Finding("FC304", case.at, message, "Give it as many keys, or change digits:.", related)


def _never_given(switch: Switch) -> Iterator[Finding]:
    """Yield words that the calendar never gives, unless the row of a table has them."""
    hours = switch.calendar
    for case in switch.then.cases if switch.then and hours else ():
        if hours is not None and case.outcome not in hours.table.words and case.row is None:
            message = f"the calendar {hours.name} never gives {shown(case.outcome)}"
            help_ = suggestion(case.outcome, hours.table.words) or f"It gives {listing(hours.table.words, 'and')}."
            yield Finding("FC304", case.at, message, help_, (Related(hours.at, "declared here"),))


def _not_taken(gather: Gather) -> Iterator[Finding]:
    for case in gather.then.cases if gather.then else ():
        keys = case.outcome in ("digits", "no-match") or is_keys(case.outcome)
        if (case.outcome == "speech" and not gather.takes_speech) or (keys and not gather.takes_keys):
            kind = "speech" if gather.takes_keys else "keys"
            message = f'"{case.outcome}" can never happen: the gather takes no {kind}'
            yield Finding("FC304", case.at, message, "Write input: dtmf-speech, or remove it.")
