"""The table of times that can be meant: it is about the times of the language, and takes its own defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flowc.flow.convert import CONVERT
from flowc.flow.values import Duration
from flowc.flow.verbs import LikelyTime
from flowc.lint.rules.unlikely_time import LIKELY as BY_HOLDER
from flowc.schema.schemas import flow_schema, verb_fields
from tests.samples.built_flows import targets

#: The likely times by their holder and field.
LIKELY = {(holder, field): likely for holder, fields in BY_HOLDER.items() for field, likely in fields.items()}
#: Times that are not in the table, and why.
NOT_JUDGED = {
    ("pause", "quiet"): "in milliseconds; longer than its pause is FC327",
    **{
        ("call", f"machine_detection_{name}"): "in milliseconds, and bounded by the target"
        for name in ("time", "maximum_speech_length", "initial_silence", "initial_greeting", "silence")
    },
    **{
        ("retry", f"{name}_timeout"): "in milliseconds, and bounded by the target"
        for name in ("connect", "read", "total")
    },
}


def _times() -> Iterator[Any]:
    for verb, fields in verb_fields(flow_schema(targets().profiles)).items():
        yield from (
            pytest.param((verb, field.name), field.default, id=f"{verb}-{field.name}")
            for field in fields
            if field.kind == "duration"
        )


@pytest.mark.parametrize(("field", "default"), list(_times()))
def test_every_time_is_judged_or_there_is_a_reason(field: tuple[str, str], default: Any) -> None:
    assert (field in LIKELY) != (field in NOT_JUDGED)
    if field in LIKELY and default is not None:
        usual = CONVERT["duration"](default)
        assert isinstance(usual, Duration)
        assert LIKELY[field].least <= usual.ms <= LIKELY[field].most


def test_every_row_is_about_a_time() -> None:
    assert LIKELY.keys() | NOT_JUDGED.keys() == {param.values[0] for param in _times()}


@pytest.mark.parametrize("likely", LIKELY.values(), ids=lambda likely: likely.doing)
def test_a_row_says_what_the_time_does(likely: LikelyTime) -> None:
    assert "{time}" in likely.doing
