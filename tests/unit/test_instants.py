"""Calendars by decimal digits, compared with the table they come from."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from flowc.bundle.hours_table import hours_entry
from flowc.emit.instants import expression, prefixes

WORDS = ("open", "closed", "night", "holiday")
#: On the minute and off it, near each other and far, before all instants of ten digits and after them.
instants = st.one_of(
    st.integers(-(10**9), 10**11),
    st.integers(10**9, 10**10),
    st.integers(29_000_000, 29_000_500).map(lambda minutes: 60 * minutes),
    st.integers(1_798_165_000, 1_798_166_000),
)
tables = st.dictionaries(instants, st.integers(0, 3), min_size=1, max_size=40).map(lambda found: sorted(found.items()))


def _near(changes: list[tuple[int, int]], others: list[int]) -> list[int]:
    """Instants of ten digits: others, and those around each change."""
    around = (at + step for at, _ in changes for step in (-1, 0, 1))
    return [at for at in (*around, *others, 10**9, 10**10 - 1) if 10**9 <= at < 10**10]


@given(tables, st.lists(instants))
def test_the_longest_prefix_has_the_word(changes: list[tuple[int, int]], others: list[int]) -> None:
    entry = hours_entry("office", "", WORDS, tuple(changes))
    known = {prefix.digits: prefix.word for prefix in prefixes(changes)}
    for at in _near(changes, others):
        fitting = (str(at)[:length] for length in range(10, -1, -1))
        word = next(known[digits] for digits in fitting if digits in known)
        assert WORDS[word] == entry.word(at)


@given(tables, st.lists(instants))
def test_one_expression_fits(changes: list[tuple[int, int]], others: list[int]) -> None:
    entry = hours_entry("office", "", WORDS, tuple(changes))
    # What never matches has no expression.
    known = {number: text for number in range(4) if (text := expression(changes, number)) is not None}
    for at in _near(changes, others):
        found = [WORDS[number] for number, text in known.items() if re.match(text, str(at))]
        assert found == [entry.word(at)]


@given(tables)
def test_longer_prefixes_come_first_and_the_empty_one_last(changes: list[tuple[int, int]]) -> None:
    found = prefixes(changes)
    lengths = [len(prefix.digits) for prefix in found]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths.count(0) == 1
    assert len({prefix.digits for prefix in found}) == len(found)


def test_few_prefixes() -> None:
    """What most parts have is written once, above them."""
    assert prefixes([(0, 1)]) == [("", 1)]
    assert prefixes([(0, 0), (1_700_000_000, 1), (1_700_300_000, 0)]) == [
        ("17000", 1),
        ("17001", 1),
        ("17002", 1),
        ("", 0),
    ]
    assert expression([(0, 0), (1_700_000_000, 1), (1_700_300_000, 0)], 1) == "1700[0-2]"
