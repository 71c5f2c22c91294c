"""SIP addresses, names of clients, and texts that are compared with telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flowc.diagnostics.characters import cleaned
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown, suggestion
from flowc.flow.model import Flow
from flowc.flow.values import Callee
from flowc.lint.context import Compared
from flowc.lint.numbering import completed, is_international, is_national, is_possible, is_short
from flowc.lint.written_numbers import WrittenNumber, compared_numbers

# RFC 3261 as far as carriers accept it: user (without ?, after which carriers expect headers), host, port, parameters.
_SIP = re.compile(
    r"sip:[A-Za-z0-9_.!~*'()&=+$,;/%-]+@(?P<host>[A-Za-z0-9.-]+)(:(?P<port>[0-9]{1,5}))?(;[A-Za-z0-9_.=-]+)*\Z"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_LAST_PORT = 65535
_CLIENT = re.compile(r"[A-Za-z0-9_.@+-]{1,64}\Z")
#: A header of a SIP address: its name and its value.
_HEADER = re.compile(r"(?:X-(?:PH-)?)?([A-Za-z0-9-]+)=([^&]*)", re.IGNORECASE)
#: Characters of prefixes and patterns.
_PATTERN = re.compile(r"[*?^$|\[\]{}\\]|\A/|\A\+?[0-9]+[xX]+\Z|\A\+[0-9]{1,6}\Z")
_ANONYMOUS = "anonymous"
_COMPARED_HELP = (
    "Write a number such as +12025550100, a name of the phone book, or anonymous for callers who hide their number."
)


def bad_compared_numbers(flow: Flow, compared: Iterable[Compared]) -> Iterator[Finding]:
    """Report compared texts that are not in the phone book (FC302) or not telephone numbers (FC310)."""
    cases = [one for one in compared if not one.hidden]
    for callee, _ in cases:
        if not callee.kind and callee.name:
            help_ = suggestion(callee.name, _names(flow)) or _COMPARED_HELP
            yield Finding("FC302", callee.at, f'there is no number "{callee.name}"', help_)
    for number in compared_numbers(cases):
        text = completed(number.text)
        if text and not (is_international(text) or is_national(text) or is_short(text)):
            yield not_a_number(number, _compared_help(flow, text))


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
    return all(map(_LABEL.match, match["host"].split(".")))


def _names(flow: Flow) -> list[str]:
    return [*(entry.name for entry in flow.numbers), _ANONYMOUS]


def _compared_help(flow: Flow, text: str) -> str:
    has_letters = any(map(str.isalpha, text))
    if has_letters and (near := suggestion(text, _names(flow))):
        return near
    if _PATTERN.search(text):
        return (
            "Only whole numbers are compared, not prefixes or patterns: list each number, or let your own server "
            "decide, such as with redirect: https://crm.example.com/hooks/call."
        )
    return _COMPARED_HELP if has_letters else number_help(text)
