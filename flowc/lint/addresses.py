"""SIP addresses, names of clients, and texts that are compared with telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address

from flowc.diagnostics.characters import cleaned
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown, suggestion
from flowc.flow.model import Flow
from flowc.flow.values import Callee
from flowc.lint.context import Compared
from flowc.lint.numbering import completed, is_international, is_national, is_possible, is_short
from flowc.lint.written_numbers import WrittenNumber

# RFC 3261 as far as carriers accept it: user (without ?, after which carriers expect headers), host, port, parameters.
_SIP = re.compile(
    r"sips?:[A-Za-z0-9_.!~*'()&=+$,;/%-]+@(?P<host>[A-Za-z0-9.-]+|\[(?P<ip>[0-9A-Fa-f:.]+)\])(:(?P<port>[0-9]{1,5}))?(;[A-Za-z0-9_.=-]+)*\Z"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_LAST_PORT = 65535
_CLIENT = re.compile(r"[A-Za-z0-9_.@+-]{1,64}\Z")
#: A header of a SIP address: its name and its value.
_HEADER = re.compile(r"(?:X-(?:PH-)?)?([A-Za-z0-9-]+)=([^&]*)", re.IGNORECASE)
#: Characters of prefixes and patterns.
_PATTERN = re.compile(r"[*%?^$|\[\]{}\\]|\A/|\A\+?[0-9]+[xX]+\Z|\A\+[0-9]{1,6}\Z")
#: The digits with which a pattern begins, with a plus or 00 before a country code.
_BEGINNING = re.compile(r"[/^\\]*(?P<plus>\+|00)?(?P<digits>[1-9][0-9]{0,14})?")
_ANONYMOUS = "anonymous"
_WHOLE = "Only a key of a switch can be a prefix; write a whole number here, such as +12025550123."
_COMPARED_HELP = (
    "Write a number such as +12025550100, a name of the phone book, or anonymous for callers who hide their number."
)


def bad_compared_names(flow: Flow, compared: Iterable[Compared]) -> Iterator[Finding]:
    """Report compared names that are not in the phone book (FC302)."""
    for callee, hidden in compared:
        if not hidden and not callee.kind and callee.name:
            help_ = suggestion(callee.name, _names(flow)) or _COMPARED_HELP
            yield Finding("FC302", callee.at, f'there is no number "{callee.name}"', help_)


def bad_compared_numbers(flow: Flow, numbers: Iterable[WrittenNumber], prefixes: bool) -> Iterator[Finding]:
    """Report compared texts that are not telephone numbers (FC310); `prefixes` says that some may be prefixes there."""
    for number in numbers:
        text = completed(number.text)
        if text and not (is_international(text) or is_national(text) or is_short(text)):
            yield not_a_number(number, _compared_help(flow, text, prefixes))


def bad_compared_addresses(compared: Iterable[Compared]) -> Iterator[Finding]:
    """Report compared texts that are malformed addresses (FC312)."""
    for callee, hidden in compared:
        if not hidden and not callee.name:
            yield from bad_address(callee)


def not_a_number(number: WrittenNumber, help_: str) -> Finding:
    """Report a text that is not a telephone number (FC310)."""
    return Finding(
        "FC310", number.at, f"{shown(number.text)} is not a phone number in international format (E.164)", help_
    )


def number_help(text: str) -> str:
    """Return what to write in place of a text that is not a telephone number."""
    digits = re.sub(r"[\s()./-]", "", cleaned(text))
    if is_international(digits):
        return f"Write {digits}, without spaces or punctuation."
    # Ten digits or fewer may lack their country code, which only the author knows.
    match = re.fullmatch(r"00([1-9][0-9]{6,14})|([1-9][0-9]{10,14})", digits)
    if match and is_possible(f"+{match[1] or match[2]}"):
        return f"Write +{match[1] or match[2]}, if that is the country code and the number."
    return "Write a plus, the country code and the number, such as +12025550123."


def bad_address(callee: Callee) -> Iterator[Finding]:
    """Report a malformed SIP address or name of a client (FC312)."""
    at = callee.row or callee.address_at
    if callee.kind == "sip" and not _is_sip(callee.address):
        address, mark, headers = callee.address.partition("?")
        if mark and _is_sip(address):
            pairs = ", ".join(f'{name}: "{value}"' for name, value in _HEADER.findall(headers)) or 'Department: "sales"'
            help_ = f'Write them as sip_headers: {{to: "{address}", sip_headers: {{{pairs}}}}}.'
            yield Finding("FC312", at, f"{shown(callee.address)} has headers after its address", help_)
        else:
            help_ = "Write sip:user@host, such as sip:lobby@pbx.example.com."
            yield Finding("FC312", at, f"{shown(callee.address)} is not a SIP address", help_)
    elif callee.kind == "client" and not _CLIENT.match(callee.address):
        help_ = "Write client:name; a name consists of letters, digits and . _ @ + -."
        yield Finding("FC312", at, f"{shown(f'client:{callee.address}')} is not the name of a client", help_)


def _is_sip(address: str) -> bool:
    match = _SIP.match(address)
    if match is None or not 0 < int(match["port"] or 1) <= _LAST_PORT:
        return False
    if match["ip"] is not None:
        return _is_ipv6(match["ip"])
    return all(map(_LABEL.match, match["host"].split(".")))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _prefix_help(text: str) -> str:
    """Return what to write in place of a pattern: a prefix is a plus, digits and a star."""
    match = _BEGINNING.match(re.sub(r"\(0\)|[\s()./-]", "", cleaned(text)).replace("\\", "").lstrip("^"))
    if match is None or not match["digits"]:
        instead = "" if any(map(str.isdigit, text)) else "else: for all other numbers, or "
        return f'Write {instead}a plus, the country code, the first digits and a star, such as "+4930*".'
    prefix = f'"+{match["digits"]}*"'
    if not match["plus"]:
        return f"Write {prefix}, if the digits begin with the country code."
    return f"Write {prefix} for all numbers that begin with +{match['digits']}."


def _names(flow: Flow) -> list[str]:
    return [*(entry.name for entry in flow.numbers), _ANONYMOUS]


def _compared_help(flow: Flow, text: str, prefixes: bool) -> str:
    has_letters = any(map(str.isalpha, text))
    if has_letters and (near := suggestion(text, _names(flow))):
        return near
    if _PATTERN.search(text):
        return _prefix_help(text) if prefixes else _WHOLE
    return _COMPARED_HELP if has_letters else number_help(text)
