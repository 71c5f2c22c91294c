"""Numbers and addresses that a network can dial."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.model import Callee, is_name
from flowc.source import Where
from flowc.wording import shown, suggestion

_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
# RFC 3261 as far as carriers take it: a user, a host, a port, parameters.
_SIP = re.compile(r"sip:[A-Za-z0-9_.!~*'()&=+$,;?/%-]+@[A-Za-z0-9.-]+(:[0-9]{1,5})?(;[A-Za-z0-9_.=-]+)*\Z")
#: Country codes have one to three digits, and none begins another.
_LONGEST_CODE = 3
#: Fields that hold a number.
_NUMBERS = {("dial", "caller_id"), ("fax", "to"), ("fax", "from")}
_CLIENT = re.compile(r"[A-Za-z0-9_.@+-]{1,64}\Z")


def check(subject: Subject) -> Iterator[Finding]:
    """FC310 a number nobody can dial, FC312 a malformed SIP address or client, FC302 an unknown caller ID."""
    for entry in subject.flow.numbers:
        yield from _address(entry)
    book = {callee.name for callee in subject.flow.numbers}
    for callee in subject.parties():
        if callee.kind and not callee.name:
            yield from _address(callee)
    for action in subject.actions():
        for setting in action.settings:
            if (action.verb, setting.name) not in _NUMBERS or setting.value == "caller":
                continue
            text = str(setting.value)
            if is_name(text):
                own = ", or caller for the caller's own" if action.verb == "dial" else ""
                help_ = suggestion(text, book) or f"Write a number such as +12025550100{own}."
                yield Finding("FC302", setting.at, f'there is no number "{text}"', help_)
            else:
                yield from _number(text, setting.at)


def _address(callee: Callee) -> Iterator[Finding]:
    at = callee.row or callee.address_at
    if callee.kind == "number":
        yield from _number(callee.address, at)
    elif callee.kind == "sip" and not _SIP.match(callee.address):
        help_ = "Write it as sip:user@host, such as sip:lobby@pbx.example.com."
        yield Finding("FC312", at, f"{shown(callee.address)} is no SIP address", help_)
    elif callee.kind == "client" and not _CLIENT.match(callee.address):
        help_ = "Write it as client:name, the name of letters, digits and . _ @ + -."
        message = f"{shown(f'client:{callee.address}')} is no client's name"
        yield Finding("FC312", at, message, help_)


def _number(text: str, at: Where) -> Iterator[Finding]:
    if not _E164.match(text):
        yield Finding("FC310", at, f"{shown(text)} is no phone number in the international form", _form(text))
    elif not _possible(text):
        help_ = "Check the country code and the number of digits."
        yield Finding("FC310", at, f"{shown(text)} can be no phone number: its length does not fit its country", help_)


def _form(text: str) -> str:
    digits = re.sub(r"[\s()./-]", "", text)
    if _E164.match(digits):
        return f"Write {digits}, without spaces or signs."
    # Ten digits or fewer may well lack their country code, which nobody can guess.
    match = re.fullmatch(r"00([1-9][0-9]{6,14})|([1-9][0-9]{10,14})", digits)
    if match and _possible(f"+{match[1] or match[2]}"):
        return f"Write +{match[1] or match[2]}, if that is the country code and the number."
    return "Write a plus, the country code and the number, such as +12025550123."


def _possible(text: str) -> bool:
    """Whether a number in E.164 form has a length that its country gives out."""
    for size in range(1, _LONGEST_CODE + 1):
        lengths = _lengths(int(text[1 : 1 + size]))
        if lengths:
            return len(text) - 1 - size in lengths
    return False


@lru_cache(maxsize=1024)
def _lengths(code: int) -> frozenset[int]:
    """The lengths of a country's numbers without the country code; none where there is no such code.

    The library's own check of one number takes thirty times as long as this look into its tables.
    """
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code)
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0]) if regions else None
    general = metadata.general_desc if metadata else None
    return frozenset(general.possible_length if general else ())
