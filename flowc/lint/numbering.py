"""Numbering plans: whether a telephone number can exist, and what kind of number it is.

numbers.json contains what this needs of the library phonenumbers, which takes longer to import than the rest of lint;
tests/unit/test_addresses.py writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import TypedDict

from flowc.diagnostics.records import NamedTuple

TABLE = Path(__file__).with_name("numbers.json")

_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_SHORT = re.compile(r"[0-9]{3,6}\Z")
#: Short numbers with a country code, such as +989601.
_NATIONAL = re.compile(r"\+[1-9][0-9]{4,14}\Z")
#: The fewest digits without a plus that count as a country code and a number: fewer may lack their country code.
_WITH_COUNTRY = 11
#: Country codes have one to three digits, and none is the beginning of another.
_LONGEST_CODE = 3
#: Emergency numbers, with a country code or without.
_EMERGENCY = re.compile(r"\+?[0-9]{2,6}\Z")
#: In how many countries a number without a country code must be one: nearly all three digits are one somewhere.
_SEVERAL = 4


class NumberType(Enum):
    """The kind of a number by the numbering plan of its country."""

    USUAL = "usual"
    PREMIUM = "premium"
    UNLIKELY = "unlikely"


class _Numbers(TypedDict):
    """Numbers of one kind: their form, and their lengths (empty: any)."""

    form: str
    lengths: Sequence[int]


class _NumberingPlan(TypedDict):
    """The numbers of a region: their beginning (if it identifies the region), all, premium-rate ones, other kinds."""

    region: str
    begins: str | None
    whole: _Numbers
    premium: _Numbers | None
    others: Sequence[_Numbers]


class _NumberingPlans(NamedTuple):
    """The plans of the regions of each country code, and the form of each region's emergency numbers."""

    plans: Mapping[int, Sequence[_NumberingPlan]]
    emergency: Mapping[str, str]


def is_international(text: str) -> bool:
    """Whether a text has the form of E.164: a plus, then 7 to 15 digits."""
    return _E164.match(text) is not None


@lru_cache(maxsize=1024)
def is_beyond_doubt(text: str) -> bool:
    """Whether a text is a whole number of a usual kind, as most are: no rule about numbers reports it."""
    return is_international(text) and is_possible(text) and number_type(text) is NumberType.USUAL


def completed(text: str) -> str:
    """Add the plus, which a compared number may lack, if the digits are likely to begin with a country code."""
    return f"+{text}" if text.isdigit() and len(text) >= _WITH_COUNTRY and is_possible(f"+{text}") else text


def is_possible(text: str) -> bool:
    """Whether a number in E.164 form has a length that its country uses."""
    code = _country(text)
    return bool(code) and len(text) - 1 - len(code) in _lengths(int(code))


def is_beginning(text: str) -> bool:
    """Whether numbers of some country begin so: with a plus and at least a part of a country code."""
    return bool(_country(text)) or any(f"+{code}".startswith(text) for code in _table().plans)


def is_national(text: str) -> bool:
    """Whether a number of an unusual length is valid within its country, such as +1 310 1234."""
    if not _NATIONAL.match(text) or (is_international(text) and is_possible(text)) or not _country(text):
        return False
    return number_type(text) is not NumberType.UNLIKELY


def number_type(text: str) -> NumberType:
    """Return the kind of a number with a plus and a known country code."""
    code = _country(text)
    national = text[1 + len(code) :]
    for plan in _table().plans[int(code)]:
        begins, premium = plan["begins"], plan["premium"]
        if begins and not _form(begins).match(national):
            continue
        if _contain(plan["whole"], national):
            if premium and _contain(premium, national):
                return NumberType.PREMIUM
            for numbers in plan["others"]:
                if _contain(numbers, national):
                    return NumberType.USUAL
        if begins:
            break
    return NumberType.UNLIKELY


def is_emergency(text: str) -> bool:
    """Whether a number is an emergency number: in its country, or (without a country code) in several."""
    if not _EMERGENCY.match(text):
        return False
    forms = _table().emergency
    if not text.startswith("+"):
        return sum(_form(form).fullmatch(text) is not None for form in forms.values()) >= _SEVERAL
    code = _country(text)
    regions = (plan["region"] for plan in _table().plans.get(int(code or 0), ()))
    return any(region in forms and _form(forms[region]).fullmatch(text[1 + len(code) :]) for region in regions)


def is_short(text: str) -> bool:
    """Whether a text has the form of a short code: a few digits, and no country code."""
    return _SHORT.match(text) is not None


def _country(text: str) -> str:
    """Return the country code of a number with a plus, if it has one."""
    return _code(text[1 : 1 + _LONGEST_CODE])


@lru_cache(maxsize=1024)
def _code(begins: str) -> str:
    for size in range(1, len(begins) + 1):
        code = begins[:size]
        if code.isdecimal() and _lengths(int(code)):
            return code
    return ""


@cache
def _table() -> _NumberingPlans:
    table = json.loads(TABLE.read_bytes())
    return _NumberingPlans({int(code): plans for code, plans in table["plans"].items()}, table["emergency"])


def _lengths(code: int) -> Sequence[int]:
    """Return the lengths of a country's numbers without the country code; empty for an unknown code."""
    plans = _table().plans.get(code)
    return plans[0]["whole"]["lengths"] if plans else ()


def _contain(numbers: _Numbers, national: str) -> bool:
    lengths = numbers["lengths"]
    return (not lengths or len(national) in lengths) and _form(numbers["form"]).fullmatch(national) is not None


@cache
def _form(form: str) -> re.Pattern[str]:
    """Compile a form when a number first needs it. The cache of `re` is too small for the forms of all countries."""
    return re.compile(form)
