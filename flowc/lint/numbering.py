"""Numbering plans: whether a telephone number can exist, and what kind of number it is.

The tables of the library are read directly and cached. Its own check of a number takes thirty times as long, mostly for
notations that E.164 does not have.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

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


class _Country(NamedTuple):
    """A country code, the lengths of its numbers without it, and the regions that share it."""

    code: str
    lengths: frozenset[int]
    regions: tuple[str, ...]


class _NumberingPlan(NamedTuple):
    """The numbers of a region: their beginning (if it identifies the region), all, premium-rate ones, other kinds."""

    begins: re.Pattern[str] | None
    whole: _Numbers
    premium: _Numbers | None
    others: tuple[_Numbers, ...]


class _Numbers(NamedTuple):
    """Numbers of one kind: their form, and their lengths (empty: any)."""

    form: str
    lengths: frozenset[int]

    def contain(self, national: str) -> bool:
        return (not self.lengths or len(national) in self.lengths) and bool(_form(self.form).fullmatch(national))


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
    country = _country(text)
    return country is not None and len(text) - 1 - len(country.code) in country.lengths


def is_beginning(text: str) -> bool:
    """Whether numbers of some country begin so: with a plus and at least a part of a country code."""
    return _country(text) is not None or any(f"+{code}".startswith(text) for code in COUNTRY_CODE_TO_REGION_CODE)


def is_national(text: str) -> bool:
    """Whether a number of an unusual length is valid within its country, such as +1 310 1234."""
    if not _NATIONAL.match(text) or (is_international(text) and is_possible(text)) or _country(text) is None:
        return False
    return number_type(text) is not NumberType.UNLIKELY


def number_type(text: str) -> NumberType:
    """Return the kind of a number with a plus and a known country code."""
    country = _country(text)
    assert country is not None
    national = text[1 + len(country.code) :]
    for region in country.regions:
        plan = _plan(country.code, region)
        if plan is None or (plan.begins is not None and not plan.begins.match(national)):
            continue
        if plan.whole.contain(national):
            if plan.premium is not None and plan.premium.contain(national):
                return NumberType.PREMIUM
            for numbers in plan.others:
                if numbers.contain(national):
                    return NumberType.USUAL
        if plan.begins is not None:
            break
    return NumberType.UNLIKELY


def is_emergency(text: str) -> bool:
    """Whether a number is an emergency number: in its country, or (without a country code) in several."""
    if not _EMERGENCY.match(text):
        return False
    # These tables are large, and few flows have such short numbers.
    from phonenumbers.shortdata import _AVAILABLE_REGION_CODES
    from phonenumbers.shortnumberinfo import is_emergency_number

    if not text.startswith("+"):
        return sum(is_emergency_number(text, region) for region in _AVAILABLE_REGION_CODES) >= _SEVERAL
    country = _country(text)
    return country is not None and any(
        is_emergency_number(text[1 + len(country.code) :], region) for region in country.regions
    )


def is_short(text: str) -> bool:
    """Whether a text has the form of a short code: a few digits, and no country code."""
    return _SHORT.match(text) is not None


def _country(text: str) -> _Country | None:
    """Return the country of a number with a plus, if its country code is known."""
    return _country_of(text[1 : 1 + _LONGEST_CODE])


@lru_cache(maxsize=1024)
def _country_of(begins: str) -> _Country | None:
    for size in range(1, len(begins) + 1):
        code = begins[:size]
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code.isdecimal() else ()
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0]) if regions else None
        general = metadata.general_desc if metadata else None
        if general and general.possible_length:
            return _Country(code, frozenset(general.possible_length), tuple(regions))
    return None


@lru_cache(maxsize=256)
def _plan(code: str, region: str) -> _NumberingPlan | None:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    whole = _numbers(metadata.general_desc) if metadata else None
    if metadata is None or whole is None:
        return None
    others = (
        metadata.fixed_line,
        metadata.mobile,
        metadata.toll_free,
        metadata.shared_cost,
        metadata.voip,
        metadata.personal_number,
        metadata.pager,
        metadata.uan,
        metadata.voicemail,
    )
    begins = re.compile(metadata.leading_digits) if metadata.leading_digits else None
    known = tuple(numbers for numbers in map(_numbers, others) if numbers is not None)
    return _NumberingPlan(begins, whole, _numbers(metadata.premium_rate), known)


def _numbers(desc: PhoneNumberDesc | None) -> _Numbers | None:
    if desc is None or not desc.national_number_pattern:
        return None
    return _Numbers(desc.national_number_pattern, frozenset(desc.possible_length or ()))


@lru_cache(maxsize=1024)
def _form(pattern: str) -> re.Pattern[str]:
    """Return a compiled form. Few kinds of numbers of a region are ever asked for."""
    return re.compile(pattern)
