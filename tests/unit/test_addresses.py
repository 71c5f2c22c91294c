"""Our table of numbering plans is the library's, and what we read in it agrees with the library's own checks."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberDesc, PhoneNumberType, ValidationResult
from phonenumbers.shortdata import _AVAILABLE_REGION_CODES as _SHORT
from phonenumbers.shortnumberinfo import is_emergency_number

from flowc.lint.numbering import (
    TABLE,
    NumberType,
    is_beyond_doubt,
    is_emergency,
    is_international,
    is_national,
    is_possible,
    is_short,
    number_type,
)

_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
#: The kinds of numbers that are neither premium-rate nor the whole.
_OTHERS = "fixed_line mobile toll_free shared_cost voip personal_number pager uan voicemail".split()


def _numbers(desc: PhoneNumberDesc | None) -> dict[str, Any] | None:
    if desc is None or not desc.national_number_pattern:
        return None
    return {"form": desc.national_number_pattern, "lengths": desc.possible_length or ()}


def _plan(code: int, region: str) -> dict[str, Any]:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    assert metadata is not None
    return {
        "region": region,
        "begins": metadata.leading_digits,
        "whole": _numbers(metadata.general_desc),
        "premium": _numbers(metadata.premium_rate),
        "others": [numbers for kind in _OTHERS if (numbers := _numbers(getattr(metadata, kind)))],
    }


def test_the_table_is_the_librarys(regenerate: bool) -> None:
    """A line a country code, and one for each region with emergency numbers: what changes is easy to review."""
    plans = {
        code: [_plan(code, region) for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]] for code in _CODES
    }
    short = {region: PhoneMetadata.short_metadata_for_region(region) for region in sorted(_SHORT)}
    emergency = {
        region: metadata.emergency.national_number_pattern
        for region, metadata in short.items()
        if metadata and metadata.emergency
    }
    tables: dict[str, dict[Any, Any]] = {"plans": plans, "emergency": emergency}
    blocks = (
        f"{json.dumps(name)}: {{\n"
        + ",\n".join(f"{json.dumps(str(key))}: {json.dumps(row)}" for key, row in table.items())
        + "\n}"
        for name, table in tables.items()
    )
    text = "{" + ",\n".join(blocks) + "}\n"
    if regenerate:
        TABLE.write_text(text, "utf-8")
    assert TABLE.read_text("utf-8") == text


@given(st.from_regex("[0-9]{2,6}", fullmatch=True) | st.sampled_from(["000", "110", "112", "911", "999"]))
def test_an_emergency_number_is_one_in_several_regions(text: str) -> None:
    having = (region for region in _SHORT if is_emergency_number(text, region))
    assert is_emergency(text) is (len([*islice(having, 4)]) == 4)
    for code in _CODES:
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
        number = f"+{code}{text}"
        if len(number) <= 7:
            assert is_emergency(number) is any(is_emergency_number(text, region) for region in regions)


@given(st.one_of(st.integers(1, 999), st.sampled_from(_CODES)), st.text("123456789", min_size=4, max_size=13))
def test_possible_is_what_the_library_calls_possible(code: int, rest: str) -> None:
    text = f"+{code}{rest}"
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        assert not is_possible(text)
        return
    # The library strips national prefixes that people write though they do not belong behind a country code.
    if phonenumbers.national_significant_number(number) != text[1 + len(str(number.country_code)) :]:
        return
    reason = phonenumbers.is_possible_number_with_reason(number)
    assert is_possible(text) is (reason == ValidationResult.IS_POSSIBLE)


_SAMPLES = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for type_ in PhoneNumberType.values()
    if (number := phonenumbers.example_number_for_type(region, type_)) is not None
]


@given(st.sampled_from(_SAMPLES), st.integers(0, 4), st.sampled_from("0123456789"))
def test_a_kind_is_what_the_library_makes_of_a_number(sample: str, place: int, digit: str) -> None:
    """Samples of all countries and kinds, and such with one digit wrong."""
    for text in (sample, f"{sample[: -place - 1]}{digit}{sample[len(sample) - place :]}"):
        number = phonenumbers.parse(text, None) if is_possible(text) else None
        # The library strips national prefixes that people write though they do not belong behind a country code.
        if number is None or f"+{number.country_code}{phonenumbers.national_significant_number(number)}" != text:
            continue
        if not phonenumbers.is_valid_number(number):
            assert number_type(text) is NumberType.UNLIKELY, text
        elif phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
            assert number_type(text) is NumberType.PREMIUM, text
        else:
            assert number_type(text) is NumberType.USUAL, text


@given(
    st.one_of(st.sampled_from(_SAMPLES), st.from_regex(r"\+?[0-9]{1,16}", fullmatch=True)),
    st.integers(0, 15),
    st.text("0123456789+ ", max_size=1),
)
def test_no_rule_has_something_to_say_about_a_number_beyond_doubt(sample: str, place: int, instead: str) -> None:
    """Rules see only the other numbers, so nothing that one of them looks for may be beyond doubt."""
    for text in (sample, sample[:place] + instead + sample[place + 1 :]):
        usual = is_international(text) and is_possible(text) and number_type(text) is NumberType.USUAL
        assert is_beyond_doubt(text) is usual, text
        assert not (usual and (is_emergency(text) or is_national(text) or is_short(text))), text
