"""URLs that a carrier can call: absolute, http or https, with a host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown
from flowc.flow.audio import is_server
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import BAD_ESCAPE, base_url_fault, url_fault

STAGE = Stage.PATHS

#: The name of a file with an extension.
_FILE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+\Z")
_HELP = "Write an absolute URL such as https://crm.example.com/hook, with %20 for a space."
_PATH_HELP = "Write the path as it is after such segments are resolved, with one / between names."


def check(context: LintContext) -> Iterator[Finding]:
    """Report a URL that no carrier can call (FC311)."""
    base = context.flow.base_url
    if base is not None:
        yield from _base_url(str(base.value), base.at)
    for endpoint in context.endpoints:
        yield from _url(endpoint.url, endpoint.at, _HELP)
        if endpoint.retry and "#" in endpoint.url:
            message = f"{shown(endpoint.url)} has a fragment, but retry: is written as one"
            yield Finding("FC311", endpoint.at, message, "Remove # and what follows it.")
    for setting in context.file_urls:
        yield from _url(str(setting.value), setting.at, _file_help(str(setting.value)))


def _base_url(url: str, at: NodeRef) -> Iterator[Finding]:
    if url_fault(url):
        yield from _url(url, at, _HELP)
    elif fault := base_url_fault(url):
        help_ = "Remove the ? or # and what follows it." if "?" in url or "#" in url else _PATH_HELP
        yield Finding("FC311", at, f"{shown(url)} {fault}", help_)


def _url(url: str, at: NodeRef, help_: str) -> Iterator[Finding]:
    fault = url_fault(url)
    if fault:
        if fault == BAD_ESCAPE:
            help_ = "Write %25 for a percent sign, or add the two digits of the escape, such as %20 for a space."
        elif is_server(url) and not url_fault(f"https://{url}"):
            help_ = f"Write https://{url} (or http:, if the server supports nothing else)."
        yield Finding("FC311", at, f"{shown(url)} {fault}", help_)


def _file_help(url: str) -> str:
    """What to write in place of a wrong URL of a file."""
    name = url.replace("\\", "/").rpartition("/")[2]
    own = name if _FILE.match(name) else "welcome.wav"
    return f"Write the URL of a file on a web server, such as https://files.example.com/{own}, with %20 for a space."
