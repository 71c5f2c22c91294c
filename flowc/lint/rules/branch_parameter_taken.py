"""Action URLs without a parameter of the name that the carrier adds."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.values import Endpoint
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import url_fault

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report an action URL that already has the parameter of the outcome (FC309)."""
    for action in context.actions:
        if action.action is not None and not url_fault(action.action.endpoint.url):
            yield from _taken(context, action.verb, action.action.endpoint)


def _taken(context: LintContext, verb: str, endpoint: Endpoint) -> Iterator[Finding]:
    names = {name for name, _ in parse_qsl(urlsplit(endpoint.url).query, keep_blank_values=True)}
    targets: dict[str, list[str]] = {}
    for profile in context.profiles:
        if verb in profile.results:
            targets.setdefault(profile.results[verb].parameter, []).append(profile.name)
    for parameter in [name for name in targets if name in names]:
        carriers = listing(targets[parameter], "and")
        message = f"this URL already has the parameter {parameter}, which {carriers} would add with the outcome"
        yield Finding("FC309", endpoint.at, message, "Rename your own parameter.")
