"""What the templates of a host see of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowc.diagnostics.records import NamedTuple
from flowc.emit.author_text import AuthorText


class Value(NamedTuple):
    """A value of a case, and the number by which a configuration may refer to it.

    If a text matches several values, the first counts.
    """

    number: int
    words: AuthorText


class ServedCase(NamedTuple):
    """A case of a route: the numbers of its values, the value or prefix, and the path of the document.

    Words of calendars have no numbers. Prefixes come last, longer ones first. `words` of a route that ignores case are
    in lower case. `spellings` are for a host that cannot ignore case: the value as it was written, in lower case,
    capitalized, and in upper case.
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
    """A route as templates see it; cases that lead to the default are left out.

    `hours` is the id of the calendar whose word is compared instead of a parameter; empty if none is.
    """

    path: str
    parameter: str
    hours: str
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


class ServedNotification(NamedTuple):
    """A server that is notified: the method, and the URL with the flow's own parameters."""

    method: str
    url: AuthorText


class HostDocument(NamedTuple):
    """A document as templates see it, with its number and its content, and the servers that the host notifies."""

    number: int
    path: str
    methods: tuple[str, ...]
    content_type: str
    text: AuthorText
    notify: tuple[ServedNotification, ...]


class HostAudio(NamedTuple):
    """An audio file as templates see it, with its number after those of the documents, and its content in base 64."""

    number: int
    path: str
    content_type: str
    content: str
