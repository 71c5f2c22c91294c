"""Our look into the library's tables agrees with the library's own check."""

from __future__ import annotations

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import ValidationResult

from flowc.analyze.numbering import possible

_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


@given(st.one_of(st.integers(1, 999), st.sampled_from(_CODES)), st.text("123456789", min_size=4, max_size=13))
def test_possible_is_what_the_library_calls_possible(code: int, rest: str) -> None:
    text = f"+{code}{rest}"
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        assert not possible(text)
        return
    # The library strips national prefixes that people write though they do not belong behind a country code.
    if phonenumbers.national_significant_number(number) != text[1 + len(str(number.country_code)) :]:
        return
    reason = phonenumbers.is_possible_number_with_reason(number)
    assert possible(text) is (reason == ValidationResult.IS_POSSIBLE)
