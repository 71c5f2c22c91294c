"""Writes a host's configuration from the manifest, through the templates of the host's folder.

An author's text never becomes configuration: templates get it as `AuthorText`, which cannot be printed, and the filters
below turn it into letters, digits and a few harmless characters.
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
#: Characters that represent themselves within brackets, in every dialect of expressions and in every configuration.
_BRACKETED = "-_.*@:"
#: Values, and whether each ignores case, with their numbers.
_Numbers = Mapping[tuple[str, bool], int]
#: The suffix of a parameter's name if its value is compared without case.
_ANY_CASE = ":any-case"


class AuthorText:
    """An author's text, such as the value of a case: only the filters of this module can read it.

    With `ignore_case` it represents every text that differs from it only in the case of ASCII letters.
    """

    __slots__ = ("_text", "ignore_case")

    def __init__(self, text: str, ignore_case: bool = False) -> None:
        """Take the text."""
        self._text = text
        self.ignore_case = ignore_case

    def _refuse(self, *_: object) -> NoReturn:
        """Raise TypeError: whatever prints the text, including `join`, `~` and `pprint`, ends here."""
        raise TypeError("a template prints an author's text as it is; use a filter")

    __str__ = __repr__ = __format__ = __html__ = _refuse


class Value(NamedTuple):
    """A value of a case, and the number by which a configuration may refer to it.

    If a text matches several values, the first counts.
    """

    number: int
    words: AuthorText


class ServedCase(NamedTuple):
    """A case of a route: the numbers of its value, the value, and the path of the document.

    `words` of a route that ignores case are in lower case. `spellings` are for a host that cannot ignore case: the
    value as it was written, in lower case, capitalized, and in upper case.
    """

    numbers: tuple[int, ...]
    words: AuthorText
    spellings: tuple[AuthorText, ...]
    document: str


class Reading(NamedTuple):
    """How a route reads its value; `name` identifies the pair of the parameter and `ignore_case`."""

    name: str
    parameter: str
    ignore_case: bool


class Decision(NamedTuple):
    """A route as templates see it; cases that lead to the default are left out."""

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
    `required` says that only verified requests are answered.
    """

    target: str
    variables: tuple[str, ...]
    shared: tuple[str, ...]
    required: bool
    scheme: Mapping[str, Any]


class HostDocument(NamedTuple):
    """A document as templates see it, with its number and its content."""

    number: int
    path: str
    methods: tuple[str, ...]
    content_type: str
    text: AuthorText


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
        "values": [Value(number, AuthorText(*value)) for value, number in numbers.items()],
        "routes": routes,
        "documents": [
            HostDocument(number, entry.path, entry.methods, entry.content_type, AuthorText(files[entry.path].decode()))
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
    """Return a route with the numbers of its values; `exact` are those of case-sensitive values, by lower case.

    A text may also match a case-sensitive value of another route, which comes first.
    """
    cases = [
        ServedCase(
            numbers=(numbers[value, ignores], *(exact.get(value, ()) if ignores else ())),
            words=AuthorText(value, ignores),
            spellings=tuple(map(AuthorText, _spellings(case.value) if ignores else (value,))),
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
    """Return the cases that do not lead to the default, by the value and whether its case is ignored."""
    cases: dict[tuple[str, bool], CaseEntry] = {}
    for case in route.cases:
        # A value without letters is the same whether case is ignored or not.
        ignores = route.ignore_case and _LETTER.search(case.value) is not None
        cases.setdefault((folded(case.value) if ignores else case.value, ignores), case)
    return {value: case for value, case in cases.items() if case.document != route.default}


def _spellings(value: str) -> Iterable[str]:
    """Return the likely spellings of a value, each once."""
    small = folded(value)
    return dict.fromkeys((value, small, small.capitalize(), small.upper()))


def _numbered(manifest: Manifest) -> _Numbers:
    """Return the values that lead somewhere, numbered from 1: case-sensitive ones come first."""
    values = {value for route in manifest.routes for value in _deciding(route)}
    return {value: number for number, value in enumerate(sorted(values, key=lambda one: (one[1], one[0])), 1)}


def _text(value: AuthorText | str) -> str:
    return value._text if isinstance(value, AuthorText) else value


def pattern(value: AuthorText | str) -> Markup:
    """Return a regular expression for all percent-encodings of a value in a query or a form."""
    ignores = isinstance(value, AuthorText) and value.ignore_case
    return Markup("".join(_character(byte, ignores) for byte in _text(value).encode()))


def _character(byte: int, ignore_case: bool) -> str:
    character, code = chr(byte), _code(byte)
    if ignore_case and _LETTER.match(character):
        small, large = character.lower(), character.upper()
        return f"(?:[{small}{large}]|{_code(ord(small))}|{_code(ord(large))})"
    if character == " ":
        return f"(?:[+]|{code})"
    if character in "+&%" or not character.isascii() or not character.isprintable():
        return code
    if character.isalnum():
        return f"(?:{character}|{code})"
    return f"(?:[{character}]|{code})" if character in _BRACKETED else f"(?:\\x{byte:02X}|{code})"


def _code(byte: int) -> str:
    """Return an expression for a percent-encoded byte, in any case."""
    return "%" + "".join(f"[{digit}{digit.lower()}]" if digit.isalpha() else digit for digit in f"{byte:02X}")


def encoded(value: AuthorText | str) -> Markup:
    """Return a value percent-encoded in upper case, except letters, digits and `-._~`."""
    return Markup(quote(_text(value), safe=""))


def is_keys(value: AuthorText | str) -> bool:
    """Whether a value consists of telephone keys, which have no case."""
    return _KEYS.fullmatch(_text(value)) is not None


def word(value: AuthorText | str) -> Markup:
    """Return a value as it is, for a data file with spaces between words; the host's `values` exclude other values.

    Raises ValueError for a value that is not a single word of printable ASCII.
    """
    text = _text(value)
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is not a single word")
    return Markup(text)


def as_json(value: Any) -> Markup:
    """Return a value as ASCII JSON that is safe in a script: `<` is escaped too."""
    text = json.dumps(value, default=_text, sort_keys=True)
    return Markup(text.replace("<", "\\u003c"))
