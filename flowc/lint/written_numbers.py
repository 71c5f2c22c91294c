"""The telephone numbers of a flow, and what it uses them for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location
from flowc.flow.actions import Action, Dial, Sms
from flowc.flow.values import Callee, is_name
from flowc.flow.verbs import verbs_with
from flowc.lint.context import Compared, LintContext, numbers_of
from flowc.lint.numbering import is_beyond_doubt

#: The verbs that name parties or numbers.
_CALLING = verbs_with(lambda verb: verb.numbers or verb.model in (Dial, Sms))


class Use(IntEnum):
    """What a number is used for. A number with several uses has to be valid for the first of them.

    SHOWN is the use of a field such as caller_id.
    """

    DIALLED = 1
    SHOWN = 2
    MESSAGED = 3
    COMPARED = 4


class WrittenNumber(NamedTuple):
    """A number as a flow spells it, its use, and whether the author says that it is a short code."""

    text: str
    at: Location
    use: Use
    short: bool = False


def doubtful_numbers(context: LintContext) -> tuple[WrittenNumber, ...]:
    """Return every number of a flow that is not beyond doubt.

    It is returned once: in the phone book if it has an entry there, else where it is used.
    """
    return tuple(_doubtful_numbers(context))


def compared_numbers(cases: Iterable[Compared]) -> Iterator[WrittenNumber]:
    """Yield the doubtful ones of texts that are compared with numbers, without those of the phone book."""
    for callee, hidden in cases:
        if not hidden and not callee.name and _is_doubtful(callee):
            yield _written(callee, Use.COMPARED)


def _doubtful_numbers(context: LintContext) -> Iterator[WrittenNumber]:
    doubtful = [entry for entry in context.flow.numbers if _is_doubtful(entry)]
    uses = _uses_of_entries(context) if doubtful else {}
    for entry in doubtful:
        use = min(uses.get(entry.name, {Use.DIALLED}))
        if not (use is Use.COMPARED and context.compare(entry).hidden):
            yield _written(entry, use)
    book = {entry.address for entry in context.flow.numbers}
    for request in context.flow.requests:
        yield from _without_entry(request.senders(), Use.SHOWN)
        yield from _without_entry(request.to, Use.DIALLED)
    for action in context.with_verbs(_CALLING):
        yield from _without_entry(action.parties(), _use(action))
        for setting in numbers_of(action):
            text = str(setting.value)
            # A name is that of an entry, unknown, or caller.
            if text not in book and not is_name(text) and not is_beyond_doubt(text):
                yield WrittenNumber(text, setting.at, Use.SHOWN)
    for cases in context.compared.values():
        yield from compared_numbers(cases)


def _uses_of_entries(context: LintContext) -> Mapping[str, set[Use]]:
    """Map the names of the phone book to the uses of their entries."""
    flow = context.flow
    uses: dict[str, set[Use]] = {}
    callees = [(callee, _use(action)) for action in context.with_verbs(_CALLING) for callee in action.parties()]
    callees += [(callee, Use.SHOWN) for request in flow.requests for callee in request.senders()]
    callees += [(callee, Use.DIALLED) for request in flow.requests for callee in request.to]
    callees += [(callee, Use.COMPARED) for cases in context.compared.values() for callee, _ in cases]
    for callee, use in callees:
        uses.setdefault(callee.name, set()).add(use)
    # In a field such as caller_id: the address has already replaced the name.
    shown = {str(setting.value) for setting in context.number_fields}
    for entry in flow.numbers:
        if entry.address in shown:
            uses.setdefault(entry.name, set()).add(Use.SHOWN)
    return uses


def _use(action: Action) -> Use:
    return Use.MESSAGED if isinstance(action, Sms) else Use.DIALLED


def _without_entry(callees: Iterable[Callee], use: Use) -> Iterator[WrittenNumber]:
    for callee in callees:
        if not callee.name and _is_doubtful(callee):
            yield _written(callee, use)


def _is_doubtful(callee: Callee) -> bool:
    return callee.kind == "number" and (callee.short or not is_beyond_doubt(callee.address))


def _written(callee: Callee, use: Use) -> WrittenNumber:
    return WrittenNumber(callee.address, callee.row or callee.address_at, use, callee.short)
