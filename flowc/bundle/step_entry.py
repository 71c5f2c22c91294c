"""The steps to which the author's server may return a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowc.diagnostics.records import NamedTuple


class StepEntry(NamedTuple):
    """A step to which the author's server may return a call, and the URL and method for its redirect."""

    url: str
    method: str
    target: str
    flow: str
    step: str


def returns_of(webhook: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the URLs of the steps to which a webhook in a manifest's JSON may return a call."""
    return tuple(webhook.get("returns", ()))
