"""Writes a host's configuration from the manifest, through the templates of the host's folder.

An author's text never becomes configuration: templates get it as `Words`, which cannot become text, and the filters
below turn it into something that consists of letters, digits and a few harmless characters only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, NoReturn
from urllib.parse import quote, urlsplit

from jinja2 import Environment
from markupsafe import Markup

from flowc.bundle.manifest import CaseEntry, Manifest, RouteEntry
from flowc.diagnostics.wording import folded
from flowc.emit.filling import Filler, Layers, environment
from flowc.profiles.hosts import Host
from flowc.profiles.signature import shared_key_variables, token_variables
from flowc.profiles.targets import HOST_TABLE

#: Folder of the configurations in a bundle.
FOLDER = "host"
_SUFFIX = ".j2"
_WORD = re.compile(r"[!-~]+")
_LETTER = re.compile(r"[A-Za-z]")
_KEYS = re.compile(r"[0-9*#]+")
#: Signs that stand for themselves within brackets, in every dialect of expressions and in every configuration.
_BRACKETED = "-_.*@:"
#: Values, and whether the case of each makes no difference, with their numbers.
_Numbers = Mapping[tuple[str, bool], int]
#: What tells a parameter that is read without regard to case from the same one that is not.
_ANY_CASE = ":any-case"


class Words:
    """A text of the author's, such as the value of a case: only the filters of this module can read it.

    With `ignore_case` it stands for every text that differs from it in the case of ASCII letters alone.
    """

    __slots__ = ("_text", "ignore_case")

    def __init__(self, text: str, ignore_case: bool = False) -> None:
        """Hold the text."""
        self._text = text
        self.ignore_case = ignore_case

    def _refuse(self, *_: object) -> NoReturn:
        """Raise TypeError: whatever prints the words, `join`, `~` and `pprint` included, ends here."""
        raise TypeError("a template prints an author's words as they are; put them through a filter")

    __str__ = __repr__ = __format__ = __html__ = _refuse


class Value(NamedTuple):
    """A value that some case has, and its number: what a configuration may say in its stead.

    The first of several values that a text fits is the one that counts.
    """

    number: int
    words: Words


class ServedCase(NamedTuple):
    """A case of a route: the numbers of its value, the value, and the path of the document.

    `words` of a route that ignores case have small letters. `spellings` are for a host that cannot ignore case: the
    value as it was written, in small letters, with a capital letter in front, and in capitals.
    """

    numbers: tuple[int, ...]
    words: Words
    spellings: tuple[Words, ...]
    document: str


class Reading(NamedTuple):
    """How a route reads its value; `name` tells one such pair from others."""

    name: str
    parameter: str
    ignore_case: bool


class Decision(NamedTuple):
    """A route as templates see it; cases that lead where any other value does are left out."""

    path: str
    parameter: str
    ignore_case: bool
    reading: Reading
    cases: tuple[ServedCase, ...]
    empty: str
    default: str


class Signature(NamedTuple):
    """How requests of a target are signed, and the variables of the host's environment that may hold the secrets.

    `variables` may hold the account's token, `shared` the secrets of shared keys (empty: the carrier has no such keys).
    `required` says that no request is answered that cannot be verified.
    """

    target: str
    variables: tuple[str, ...]
    shared: tuple[str, ...]
    required: bool
    scheme: Mapping[str, Any]


class HostDocument(NamedTuple):
    """A document as templates see it; `number` is its own, `text` what it holds."""

    number: int
    path: str
    methods: tuple[str, ...]
    content_type: str
    text: Words


def configure(manifest: Manifest, files: Mapping[str, bytes], host: Host, root: str) -> dict[str, bytes]:
    """The files of a host's configuration, by their paths in the bundle: the templates filled, all else as it stands.

    `root` is where the bundle lies on the host. Raises TargetError if a file of the folder cannot be read, or a
    template that is not packaged is at fault; of a packaged one what jinja2 raises, and TypeError if it prints an
    author's words as they are.
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
    """What the templates of a host are filled by; made once for each folder."""
    made = environment(layers, lstrip_blocks=True, keep_trailing_newline=True)
    made.filters.update(pattern=pattern, encoded=encoded, word=word, json=as_json)
    made.tests.update(keys=is_keys)
    return made


def _view(manifest: Manifest, files: Mapping[str, bytes], host: Host, root: str) -> dict[str, Any]:
    numbers = _numbered(manifest)
    exact: dict[str, list[int]] = {}
    for (value, ignores), number in numbers.items():
        if not ignores:
            exact.setdefault(folded(value), []).append(number)
    routes = [_decision(route, numbers, exact) for route in manifest.routes]
    return {
        "install": [Markup(line) for line in host.installed(root)],
        "root": root,
        "prefix": manifest.prefix,
        "prefix_pattern": manifest.prefix.replace(".", "[.]"),
        "base_url": manifest.base_url,
        "origin": "{0.scheme}://{0.netloc}".format(urlsplit(manifest.base_url)),
        "numbers": {entry.path: number for number, entry in enumerate(manifest.documents, 1)},
        "targets": sorted({document.target for document in manifest.documents}),
        "parameters": sorted({route.parameter for route in manifest.routes}),
        "readings": sorted({route.reading for route in routes}),
        "values": [Value(number, Words(*value)) for value, number in numbers.items()],
        "routes": routes,
        "documents": [
            HostDocument(number, entry.path, entry.methods, entry.content_type, Words(files[entry.path].decode()))
            for number, entry in enumerate(manifest.documents, 1)
        ],
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


def _decision(route: RouteEntry, numbers: _Numbers, exact: Mapping[str, Sequence[int]]) -> Decision:
    """A route, with the numbers of its values; `exact` are those of values that do not ignore case, by small letters.

    A text may fit such a value of another route too, and that one comes first.
    """
    cases = [
        ServedCase(
            numbers=(numbers[value, ignores], *(exact.get(value, ()) if ignores else ())),
            words=Words(value, ignores),
            spellings=tuple(map(Words, _spellings(case.value) if ignores else (value,))),
            document=case.document,
        )
        for (value, ignores), case in _deciding(route).items()
    ]
    name = f"{route.parameter}{_ANY_CASE if route.ignore_case else ''}"
    return Decision(
        path=route.path,
        parameter=route.parameter,
        ignore_case=route.ignore_case,
        reading=Reading(name, route.parameter, route.ignore_case),
        cases=tuple(cases),
        empty=route.empty,
        default=route.default,
    )


def _deciding(route: RouteEntry) -> Mapping[tuple[str, bool], CaseEntry]:
    """The cases that lead elsewhere than any other value, by the value and whether its case makes no difference."""
    cases: dict[tuple[str, bool], CaseEntry] = {}
    for case in route.cases:
        # What has no letters is the same value whether case is ignored or not.
        ignores = route.ignore_case and _LETTER.search(case.value) is not None
        cases.setdefault((folded(case.value) if ignores else case.value, ignores), case)
    return {value: case for value, case in cases.items() if case.document != route.default}


def _spellings(value: str) -> Iterable[str]:
    """How a value is likely to be spelled, each once."""
    small = folded(value)
    return dict.fromkeys((value, small, small.capitalize(), small.upper()))


def _numbered(manifest: Manifest) -> _Numbers:
    """The values that decide anything, numbered from 1: those that do not ignore case come first."""
    values = {value for route in manifest.routes for value in _deciding(route)}
    return {value: number for number, value in enumerate(sorted(values, key=lambda one: (one[1], one[0])), 1)}


def _text(value: Words | str) -> str:
    return value._text if isinstance(value, Words) else value


def pattern(value: Words | str) -> Markup:
    """A regular expression for every way a value may be percent-encoded in a query or a form."""
    ignores = isinstance(value, Words) and value.ignore_case
    return Markup("".join(_signs(byte, ignores) for byte in _text(value).encode()))


def _signs(byte: int, ignore_case: bool) -> str:
    sign, code = chr(byte), _code(byte)
    if ignore_case and _LETTER.match(sign):
        small, large = sign.lower(), sign.upper()
        return f"(?:[{small}{large}]|{_code(ord(small))}|{_code(ord(large))})"
    if sign == " ":
        return f"(?:[+]|{code})"
    if sign in "+&%" or not sign.isascii() or not sign.isprintable():
        return code
    if sign.isalnum():
        return f"(?:{sign}|{code})"
    return f"(?:[{sign}]|{code})" if sign in _BRACKETED else f"(?:\\x{byte:02X}|{code})"


def _code(byte: int) -> str:
    """An expression for a byte that is percent-encoded, in capitals or not."""
    return "%" + "".join(f"[{digit}{digit.lower()}]" if digit.isalpha() else digit for digit in f"{byte:02X}")


def encoded(value: Words | str) -> Markup:
    """A value percent-encoded: all but letters, digits and `-._~`, in capitals."""
    return Markup(quote(_text(value), safe=""))


def is_keys(value: Words | str) -> bool:
    """Whether a value is of the keys of a telephone alone, which have no capitals."""
    return _KEYS.fullmatch(_text(value)) is not None


def word(value: Words | str) -> Markup:
    """A value as it is, for a file that is no program and parts words by spaces; a profile says which values are words.

    Raises ValueError for a value that is no single word of printable ASCII.
    """
    text = _text(value)
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is no single word")
    return Markup(text)


def as_json(value: Any) -> Markup:
    """A value as JSON of ASCII alone, fit for a script: `<` is spelled by its number too."""
    text = json.dumps(value, default=_text, sort_keys=True)
    return Markup(text.replace("<", "\\u003c"))
