"""Writes a host's configuration from the manifest, through the templates of the host's folder.

An author's text never becomes configuration: templates get it as `AuthorText`, which cannot be printed, and filters.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup

from flowc.bundle.audio import FOREVER
from flowc.bundle.manifest import CaseEntry, Manifest, RouteEntry
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import folded
from flowc.emit.author_text import AuthorText, as_json, as_url, encoded, is_keys, pattern, word
from flowc.emit.filling import Filler, environment
from flowc.emit.host_hours import calendar
from flowc.emit.host_views import (
    Decision,
    HostAudio,
    HostDocument,
    Reading,
    ServedCase,
    ServedNotification,
    Signature,
    Value,
)
from flowc.emit.instants import expression, prefixes
from flowc.emit.templates import Layers
from flowc.profiles.hosts import Host
from flowc.profiles.signature import shared_key_variables, token_variables
from flowc.profiles.targets import HOST_TABLE

#: Folder of the configurations in a bundle.
FOLDER = "host"
_SUFFIX = ".j2"
#: The names of audio files, as a regular expression of any server.
_AUDIO_NAME = "[a-z0-9-]+[.][0-9a-f]{12}[.][a-z0-9]+"
_LETTER = re.compile(r"[A-Za-z]")
#: The suffix of a parameter's name if its value is compared without case.
_ANY_CASE = ":any-case"


def configure(manifest: Manifest, files: Mapping[str, bytes], host: Host, root: str) -> dict[str, bytes]:
    """Return the files of a host's configuration by their paths in the bundle: templates are filled, others copied.

    `root` is the folder of the bundle on the host. Raises TargetError if a file of the folder cannot be read, or if a
    template that is not packaged is wrong; for a packaged one, the exceptions of jinja2, and TypeError if it prints an
    author's text as it is.
    """
    fill = Filler((host.folder,), host_environment)
    view = {**_view(manifest, files, host, root), "signatures": _signatures(manifest)}
    made = {}
    for name in host.folder.files():
        if name.endswith(_SUFFIX):
            made[name.removesuffix(_SUFFIX)] = fill(name, view).encode()
        elif name != HOST_TABLE:
            made[name] = host.folder.contents(name)
    return {f"{FOLDER}/{host.name}/{name}": data for name, data in made.items()}


@cache
def host_environment(layers: Layers) -> Environment:
    """Return the Jinja environment for the templates of a host, made once for each folder."""
    made = environment(layers, lstrip_blocks=True, keep_trailing_newline=True)
    made.filters.update(
        pattern=pattern,
        encoded=encoded,
        word=word,
        url=as_url,
        json=as_json,
        prefixes=prefixes,
        expression=expression,
    )
    made.tests.update(keys=is_keys)
    return made


def _view(manifest: Manifest, files: Mapping[str, bytes], host: Host, root: str) -> dict[str, Any]:
    numbers = _numbered(manifest)
    exact: dict[str, list[int]] = {}
    for value, number in numbers.items():
        if not (value.ignores or value.prefix):
            exact.setdefault(folded(value.text), []).append(number)
    routes = [_decision(route, numbers, exact) for route in manifest.routes]
    return {
        "prefixes": any(value.prefix for value in numbers),
        "install": [Markup(line) for line in host.installed(root)],
        "root": root,
        "prefix": manifest.prefix,
        "prefix_pattern": manifest.prefix.replace(".", "[.]"),
        "base_url": manifest.base_url,
        "origin": "{0.scheme}://{0.netloc}".format(urlsplit(manifest.base_url)),
        "numbers": {entry.path: number for number, entry in enumerate(manifest.documents, 1)},
        "targets": sorted({document.target for document in manifest.documents}),
        "parameters": sorted({route.parameter for route in routes if not route.hours}),
        "readings": sorted({route.reading for route in routes if not route.hours}),
        "values": [Value(number, AuthorText(*value)) for value, number in numbers.items()],
        "routes": routes,
        "calendars": [calendar(entry) for entry in manifest.hours],
        "most_notified": max(len(entry.notify) for entry in manifest.documents),
        "documents": [
            HostDocument(
                number=number,
                path=entry.path,
                methods=entry.methods,
                content_type=entry.content_type,
                text=AuthorText(files[entry.path].decode()),
                notify=tuple(ServedNotification(one.method, AuthorText(one.address)) for one in entry.notify),
            )
            for number, entry in enumerate(manifest.documents, 1)
        ],
        "audio": [
            HostAudio(number, path, entry.content_type, b64encode(files[path]).decode())
            for number, (path, entry) in enumerate(sorted(manifest.audio_by_path.items()), len(manifest.documents) + 1)
        ],
        "audio_types": {path.rpartition(".")[2]: one.content_type for path, one in manifest.audio_by_path.items()},
        "audio_name": _AUDIO_NAME,
        "forever": FOREVER,
    }


def _signatures(manifest: Manifest) -> list[Signature]:
    return [
        Signature(
            name,
            token_variables(name),
            shared_key_variables(name) if scheme.settings else (),
            name in manifest.required,
            scheme._asdict(),
        )
        for name, scheme in manifest.signatures
    ]


class _RouteValue(NamedTuple):
    """What a route compares: a text (in lower case if it `ignores` case), or the beginning of texts."""

    text: str
    ignores: bool
    prefix: bool


_Numbers = Mapping[_RouteValue, int]


def _decision(route: RouteEntry, numbers: _Numbers, exact: Mapping[str, Sequence[int]]) -> Decision:
    """Return a route with the numbers of its values; `exact` are those of case-sensitive values, by lower case."""
    deciding = _deciding(route)
    own = {} if route.hours else _own_numbers(deciding, numbers, exact)
    cases = [
        ServedCase(
            numbers=tuple(own.get(value, ())),
            words=AuthorText(*value),
            spellings=tuple(map(AuthorText, _spellings(case.value) if value.ignores else (value.text,))),
            document=case.document,
        )
        for value, case in deciding.items()
    ]
    name = f"{route.parameter}{_ANY_CASE if route.ignore_case else ''}"
    return Decision(
        path=route.path,
        parameter=route.parameter,
        hours=route.hours,
        ignore_case=route.ignore_case,
        reading=Reading(name, route.parameter, route.ignore_case),
        cases=tuple(cases),
        empty=route.empty,
        default=route.default,
    )


def _own_numbers(
    values: Iterable[_RouteValue], numbers: _Numbers, exact: Mapping[str, Sequence[int]]
) -> Mapping[_RouteValue, Sequence[int]]:
    """Return the numbers of the texts that each value of a route matches.

    A text may also match a case-sensitive value of another route, which comes first. A prefix also matches what begins
    with it, and is a value or a longer prefix of another route.
    """
    own = {value: [numbers[value], *(exact.get(value.text, ()) if value.ignores else ())] for value in values}
    prefixes = [value for value in own if value.prefix]
    known = {number for some in own.values() for number in some} if prefixes else set()
    beginnings = tuple(prefix.text for prefix in prefixes)
    for value, number in numbers.items():
        if value.text.startswith(beginnings) and number not in known:
            own[next(prefix for prefix in prefixes if value.text.startswith(prefix.text))].append(number)
    return own


def _deciding(route: RouteEntry) -> Mapping[_RouteValue, CaseEntry]:
    """Return the cases that make a difference, prefixes last, longer ones first.

    A case that leads to the default makes one only if it begins with a prefix.
    """
    cases: dict[_RouteValue, CaseEntry] = {}
    for case in sorted(route.cases, key=lambda case: (case.prefix, -len(case.value) if case.prefix else 0)):
        # A value without letters is the same whether case is ignored or not.
        ignores = route.ignore_case and _LETTER.search(case.value) is not None
        cases.setdefault(_RouteValue(folded(case.value) if ignores else case.value, ignores, case.prefix), case)
    prefixes = [value.text for value in cases if value.prefix]
    return {
        value: case
        for value, case in cases.items()
        if case.document != route.default
        or any(value.text.startswith(prefix) and (not value.prefix or value.text != prefix) for prefix in prefixes)
    }


def _spellings(value: str) -> Iterable[str]:
    """Return the likely spellings of a value, each once."""
    small = folded(value)
    return dict.fromkeys((value, small, small.capitalize(), small.upper()))


def _numbered(manifest: Manifest) -> _Numbers:
    """Return the values of parameters that lead somewhere, numbered from 1: exact ones first, prefixes last."""
    values = {value for route in manifest.routes if not route.hours for value in _deciding(route)}
    ordered = sorted(values, key=lambda one: (one.prefix, one.ignores, -len(one.text) * one.prefix, one.text))
    return {value: number for number, value in enumerate(ordered, 1)}
