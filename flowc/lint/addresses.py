"""Numbers and addresses that a network can dial, and texts that are compared with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flowc.diagnostics.characters import cleaned
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown, suggestion
from flowc.flow.model import Flow
from flowc.flow.values import Callee
from flowc.lint.numbering import (
    Use,
    WrittenNumber,
    compared_numbers,
    completed,
    is_emergency,
    is_international,
    is_national,
    is_short,
    possible,
    written_numbers,
)
from flowc.lint.subject import Compared, Subject

# RFC 3261 as far as carriers take it: a user (without ?, where carriers look for headers), a host, a port, parameters.
_SIP = re.compile(
    r"sip:[A-Za-z0-9_.!~*'()&=+$,;/%-]+@(?P<host>[A-Za-z0-9.-]+)(:(?P<port>[0-9]{1,5}))?(;[A-Za-z0-9_.=-]+)*\Z"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_LAST_PORT = 65535
_CLIENT = re.compile(r"[A-Za-z0-9_.@+-]{1,64}\Z")
#: A header of a SIP address, as its name and value.
_HEADER = re.compile(r"(?:X-(?:PH-)?)?([A-Za-z0-9-]+)=([^&]*)", re.IGNORECASE)
#: A number and its extension, as people and RFC 3966 write them; a comma is a pause of two seconds.
_EXTENSION = re.compile(
    r"(?P<number>\+?[0-9][0-9\s()./-]{5,}?)\s*"
    r"(?:(?P<commas>,+)|;\s*ext(?:ension)?=|\s*(?:ext(?:ension)?\.?|x)|[wWpP;]+)\s*(?P<keys>[0-9*]{1,12}#?)\Z",
    re.IGNORECASE,
)
_PAUSE = "wwww"
#: Signs of prefixes and patterns.
_PATTERN = re.compile(r"[*?^$|\[\]{}\\]|\A/|\A\+?[0-9]+[xX]+\Z|\A\+[0-9]{1,6}\Z")
#: What may be the extension of a main number.
_INTERNAL = re.compile(r"[0-9]{1,5}\Z")
_ANYBODY = "anonymous"
_WHO = "Write a number such as +12025550100, a name of the phone book, or anonymous for callers who hide their number."


def check(subject: Subject) -> Iterator[Finding]:
    """FC302 an unknown name that is compared, FC310 no telephone number, FC312 a malformed SIP address or client."""
    for number in written_numbers(subject):
        if number.use is not Use.COMPARED:
            yield from _dialled(number)
    for entry in subject.flow.numbers:
        yield from _address(entry)
    for callee in subject.parties:
        if callee.kind and not callee.name:
            yield from _address(callee)
    for cases in subject.compared.values():
        yield from check_compared(subject.flow, cases)


def check_compared(flow: Flow, compared: Iterable[Compared]) -> Iterator[Finding]:
    """What is wrong with texts that are compared with telephone numbers; those of the phone book are judged there."""
    cases = [one for one in compared if not one.hidden]
    for callee, _ in cases:
        if not callee.kind and callee.name:
            known = [*(entry.name for entry in flow.numbers), _ANYBODY]
            help_ = suggestion(callee.name, known) or _WHO
            yield Finding("FC302", callee.at, f'there is no number "{callee.name}"', help_)
        elif not callee.name:
            yield from _address(callee)
    for number in compared_numbers(cases):
        text = completed(number.text)
        if text and not (is_international(text) or is_national(text) or is_short(text)):
            yield from _no_number(number, _compared_form(flow, text))


def _compared_form(flow: Flow, text: str) -> str:
    if any(map(str.isalpha, text)) and (near := suggestion(text, [*(entry.name for entry in flow.numbers), _ANYBODY])):
        return near
    if _PATTERN.search(text):
        return (
            "Whole numbers are compared, not prefixes or patterns: name each number, or let your own server decide, "
            "such as by redirect: https://crm.example.com/hooks/call."
        )
    return _WHO if any(map(str.isalpha, text)) else _form(text)


def _dialled(number: WrittenNumber) -> Iterator[Finding]:
    text = number.text
    if is_emergency(text) or is_national(text) or (is_short(text) and number.use is Use.MESSAGED):
        return
    if not is_international(text):
        yield from _no_number(number, (number.use is Use.DIALLED and _extension(text)) or _form(text))
    elif not possible(text):
        message = f"{shown(text)} can be no phone number: its length does not fit its country"
        yield Finding("FC310", number.at, message, "Check the country code and the number of digits.")


def _no_number(number: WrittenNumber, help_: str) -> Iterator[Finding]:
    yield Finding("FC310", number.at, f"{shown(number.text)} is no phone number in the international form", help_)


def _address(callee: Callee) -> Iterator[Finding]:
    at = callee.row or callee.address_at
    if callee.kind == "sip" and not _is_sip(callee.address):
        address, mark, headers = callee.address.partition("?")
        if mark and _is_sip(address):
            pairs = ", ".join(f'{name}: "{value}"' for name, value in _HEADER.findall(headers)) or 'Department: "sales"'
            help_ = f'Write them as sip_headers: {{to: "{address}", sip_headers: {{{pairs}}}}}.'
            yield Finding("FC312", at, f"{shown(callee.address)} has headers after its address", help_)
            return
        help_ = "Write it as sip:user@host, such as sip:lobby@pbx.example.com."
        yield Finding("FC312", at, f"{shown(callee.address)} is no SIP address", help_)
    elif callee.kind == "client" and not _CLIENT.match(callee.address):
        help_ = "Write it as client:name, the name of letters, digits and . _ @ + -."
        message = f"{shown(f'client:{callee.address}')} is no client's name"
        yield Finding("FC312", at, message, help_)


def _is_sip(address: str) -> bool:
    match = _SIP.match(address)
    if match is None or not 0 < int(match["port"] or 1) <= _LAST_PORT:
        return False
    return all(map(_LABEL.match, match["host"].split(".")))


def _extension(text: str) -> str:
    """What to write in place of a number with an extension, or of an extension alone."""
    if _INTERNAL.match(text):
        return (
            "Write a plus, the country code and the number. If it is an extension, call the main number and send the "
            f'extension: {{to: "+12025550123", send_digits: ww{text}}}.'
        )
    match = _EXTENSION.match(text)
    if match is None:
        return ""
    number = re.sub(r"[\s()./-]", "", match["number"])
    keys = f"{_PAUSE * len(match['commas']) if match['commas'] else 'ww'}{match['keys']}"
    to = number if is_international(number) else "+12025550123"
    return f'Send the extension once the call is answered: {{to: "{to}", send_digits: "{keys}"}}.'


def _form(text: str) -> str:
    digits = re.sub(r"[\s()./-]", "", cleaned(text))
    if is_international(digits):
        return f"Write {digits}, without spaces or signs."
    # Ten digits or fewer may well lack their country code, which nobody can guess.
    match = re.fullmatch(r"00([1-9][0-9]{6,14})|([1-9][0-9]{10,14})", digits)
    if match and possible(f"+{match[1] or match[2]}"):
        return f"Write +{match[1] or match[2]}, if that is the country code and the number."
    return "Write a plus, the country code and the number, such as +12025550123."
