"""Telephone numbers that a network can dial."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.addresses import bad_compared_names, bad_compared_numbers, not_a_number, number_help
from flowc.lint.context import LintContext
from flowc.lint.numbering import is_emergency, is_international, is_national, is_possible, is_short
from flowc.lint.stage import Stage
from flowc.lint.written_numbers import Use, WrittenNumber, doubtful_numbers

STAGE = Stage.CONTENT

#: A number and its extension, as people and RFC 3966 write them; a comma is a pause of two seconds.
_EXTENSION = re.compile(
    r"(?P<number>\+?[0-9][0-9\s()./-]{5,}?)\s*"
    r"(?:(?P<commas>,+)|;\s*ext(?:ension)?=|\s*(?:ext(?:ension)?\.?|x)|[wWpP;]+)\s*(?P<keys>[0-9*]{1,12}#?)\Z",
    re.IGNORECASE,
)
_PAUSE = "wwww"
#: What may be the extension of a main number.
_INTERNAL = re.compile(r"[0-9]{1,5}\Z")


def check(context: LintContext) -> Iterator[Finding]:
    """Report what is not a telephone number (FC310), and compared names that are not in the phone book (FC302)."""
    entries = {entry.address_at for entry in context.flow.numbers}
    for number in context.cached(doubtful_numbers):
        if number.use is not Use.COMPARED:
            yield from _dialled(number)
        else:
            yield from bad_compared_numbers(context.flow, [number], prefixes=number.at not in entries)
    for cases in context.compared.values():
        yield from bad_compared_names(context.flow, cases)


def _dialled(number: WrittenNumber) -> Iterator[Finding]:
    text = number.text
    may_be_short = number.short or number.use is Use.MESSAGED
    if is_emergency(text) or is_national(text) or (is_short(text) and may_be_short):
        return
    if number.short:
        message = f"{shown(f'short:{text}')} is not a short code"
        yield Finding("FC310", number.at, message, "Write its three to six digits, such as short:2442.")
        return
    if not is_international(text):
        yield not_a_number(number, (number.use is Use.DIALLED and _extension_help(text)) or number_help(text))
    elif not is_possible(text):
        message = f"{shown(text)} is not a possible phone number: its length does not match its country"
        yield Finding("FC310", number.at, message, "Check the country code and the number of digits.")


def _extension_help(text: str) -> str:
    """What to write in place of a number with an extension, or of an extension alone."""
    if _INTERNAL.match(text):
        short = f" If it is a short code, write short:{text}." if is_short(text) else ""
        return (
            "Write a plus, the country code and the number. If it is an extension, write the main number with it: "
            f'{{to: "+12025550123", extension: "{text}"}}.{short}'
        )
    match = _EXTENSION.match(text)
    if match is None:
        return ""
    number = re.sub(r"[\s()./-]", "", match["number"])
    to = number if is_international(number) else "+12025550123"
    help_ = f'Write the extension in a field of its own: {{to: "{to}", extension: "{match["keys"]}"}}'
    commas = len(match["commas"] or "")
    longer = f', or send_digits: "{_PAUSE * commas}{match["keys"]}" for the longer pause' if commas > 1 else ""
    return f"{help_}{longer}."
