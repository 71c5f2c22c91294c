"""Numbers and addresses that a network can dial."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.analyze.numbering import is_emergency, is_international, is_short, possible, written_numbers
from flowc.analyze.subject import Subject
from flowc.characters import cleaned
from flowc.diagnostics import Finding
from flowc.model import Callee
from flowc.source import Where
from flowc.wording import shown

# RFC 3261 as far as carriers take it: a user, a host, a port, parameters.
_SIP = re.compile(
    r"sip:[A-Za-z0-9_.!~*'()&=+$,;?/%-]+@(?P<host>[A-Za-z0-9.-]+)(:(?P<port>[0-9]{1,5}))?(;[A-Za-z0-9_.=-]+)*\Z"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_LAST_PORT = 65535
_CLIENT = re.compile(r"[A-Za-z0-9_.@+-]{1,64}\Z")


def check(subject: Subject) -> Iterator[Finding]:
    """FC310 a number nobody can dial, FC312 a malformed SIP address or client."""
    for number in written_numbers(subject):
        if not is_emergency(number.text) and (number.dialled or not is_short(number.text)):
            yield from _number(number.text, number.at)
    for entry in subject.flow.numbers:
        yield from _address(entry)
    for callee in subject.parties:
        if callee.kind and not callee.name:
            yield from _address(callee)


def _address(callee: Callee) -> Iterator[Finding]:
    at = callee.row or callee.address_at
    if callee.kind == "sip" and not _is_sip(callee.address):
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


def _number(text: str, at: Where) -> Iterator[Finding]:
    if not is_international(text):
        yield Finding("FC310", at, f"{shown(text)} is no phone number in the international form", _form(text))
    elif not possible(text):
        help_ = "Check the country code and the number of digits."
        yield Finding("FC310", at, f"{shown(text)} can be no phone number: its length does not fit its country", help_)


def _form(text: str) -> str:
    digits = re.sub(r"[\s()./-]", "", cleaned(text))
    if is_international(digits):
        return f"Write {digits}, without spaces or signs."
    # Ten digits or fewer may well lack their country code, which nobody can guess.
    match = re.fullmatch(r"00([1-9][0-9]{6,14})|([1-9][0-9]{10,14})", digits)
    if match and possible(f"+{match[1] or match[2]}"):
        return f"Write +{match[1] or match[2]}, if that is the country code and the number."
    return "Write a plus, the country code and the number, such as +12025550123."
