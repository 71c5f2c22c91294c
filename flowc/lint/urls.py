"""URLs that a carrier can call: absolute, http or https, with a host, and free of what the carrier adds itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, shown
from flowc.flow.actions import Action
from flowc.flow.values import Endpoint
from flowc.lint.subject import Subject

#: A server's name at the beginning of a text, and not a file's.
_SERVER = re.compile(r"[\w-]+(\.[\w-]+)+(/|:[0-9]+(/|\Z))|[\w-]+(\.[\w-]+){2,}\Z")
_ESCAPE = "has a % that two hexadecimal digits do not follow"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: An ampersand as XML and HTML write it: a server takes what follows for the name of a parameter.
_AMPERSAND = re.compile(r"(&(?:amp|#0*38|#[xX]0*26);)\w*")
#: The name of a file that has an ending.
_FILE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+\Z")
_HELP = "Write an absolute URL such as https://crm.example.com/hook, with %20 for a space."
_PATH_HELP = "Write the path as it is after such segments are resolved, with one / between names."
#: Segments of a path that are removed or resolved on the way (RFC 3986, section 5.2.4), escaped or not.
_REWRITTEN = ("", ".", "..")
_FORM = re.compile(r"[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]*\Z")


def check(subject: Subject) -> Iterator[Finding]:
    """FC311 a URL no carrier can call, FC309 an action URL that already carries the parameter of its outcome.

    FC353 an ampersand that is escaped.
    """
    base = subject.flow.base_url
    if base is not None:
        yield from check_base_url(str(base.value), base.at)
    for endpoint in subject.endpoints:
        yield from _url(endpoint.url, endpoint.at)
    for setting in subject.fetched:
        yield from _url(str(setting.value), setting.at, _file(str(setting.value)))
    for url, at in _others(subject):
        yield from _escaped(url, at)
    for endpoint in subject.endpoints:
        if endpoint.retry and "#" in endpoint.url:
            message = f"{shown(endpoint.url)} has a fragment, and retry: is written as one"
            yield Finding("FC311", endpoint.at, message, "Leave out what follows #.")
    for action in subject.actions:
        if action.action is not None:
            yield from _taken_parameter(subject, action, action.action.endpoint)


def _others(subject: Subject) -> Iterator[tuple[str, NodeRef]]:
    """URLs that are spelled and not followed: those of WebSockets, and those in the targets' own blocks."""
    for action in subject.heard:
        if action.verb == "stream":
            yield from ((str(one.value), one.at) for one in action.settings if one.name == "url")
        for block in action.blocks:
            yield from (
                (one.value, one.at) for one in block.settings if isinstance(one.value, str) and "://" in one.value
            )


def check_base_url(url: str, at: NodeRef) -> Iterator[Finding]:
    """A base URL is an absolute URL without query and fragment: paths are put behind it."""
    if url_fault(url):
        yield from _url(url, at)
    elif fault := base_url_fault(url):
        help_ = "Leave out what follows ? or #." if "?" in url or "#" in url else _PATH_HELP
        yield Finding("FC311", at, f"{shown(url)} {fault}", help_)


def _file(url: str) -> str:
    """What to write in place of what is to be the URL of a file."""
    name = url.replace("\\", "/").rpartition("/")[2]
    own = name if _FILE.match(name) else "welcome.wav"
    return f"Write the URL of a file on a web server, such as https://files.example.com/{own}, with %20 for a space."


def _escaped(url: str, at: NodeRef) -> Iterator[Finding]:
    found = _AMPERSAND.search(url) if "&" in url else None
    if found is not None:
        message = f"this URL has {found[1]} in it, so a server gets a parameter {shown(found[0].removeprefix('&'))}"
        yield Finding("FC353", at, message, "Write & alone: flowc escapes what XML needs.")


def _url(url: str, at: NodeRef, help_: str = _HELP) -> Iterator[Finding]:
    fault = url_fault(url)
    if not fault:
        yield from _escaped(url, at)
    else:
        if fault == _ESCAPE:
            help_ = "Write %25 for a % sign, or the two digits that belong to it, such as %20 for a space."
        elif _SERVER.match(url) and not url_fault(f"https://{url}"):
            help_ = f"Write https://{url} (or http:, if the server takes nothing else)."
        yield Finding("FC311", at, f"{shown(url)} {fault}", help_)


def url_fault(url: str) -> str:
    """What is wrong with a URL that a carrier is to call; empty if nothing is."""
    if not _FORM.match(url):
        return "has a character that a URL cannot carry"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is no URL"
    if not url.startswith(("http://", "https://")):
        return "does not begin with http:// or https://"
    if _BAD_ESCAPE.search(url):
        return _ESCAPE
    return "" if parts.hostname else "names no host"


def base_url_fault(url: str) -> str:
    """What is wrong with a URL that paths are put behind; empty if nothing is."""
    fault = url_fault(url)
    if not fault and ("?" in url or "#" in url):
        fault = "has a query or a fragment, and paths are put behind a base URL"
    if not fault and any(unquote(name) in _REWRITTEN for name in urlsplit(url).path.removesuffix("/").split("/")[1:]):
        fault = "has a segment in its path that is empty, . or .., and clients and servers rewrite such paths"
    return fault


def _taken_parameter(subject: Subject, action: Action, endpoint: Endpoint) -> Iterator[Finding]:
    if url_fault(endpoint.url):
        return
    names = {name for name, _ in parse_qsl(urlsplit(endpoint.url).query, keep_blank_values=True)}
    taken: dict[str, list[str]] = {}
    for profile in subject.profiles:
        if action.verb in profile.results:
            taken.setdefault(profile.results[action.verb].parameter, []).append(profile.name)
    for parameter in [name for name in taken if name in names]:
        carriers = listing(taken[parameter], "and")
        message = f"this URL already carries {parameter}, which {carriers} would add with the outcome"
        yield Finding("FC309", endpoint.at, message, "Give your own parameter another name.")
