"""Reads where an action leads: destinations, and the author's servers with their retry options."""

from __future__ import annotations

from flowc.diagnostics.source import NodeRef
from flowc.flow.read.fields import FieldReader, Fields, Given
from flowc.flow.values import ActionUrl, Case, Destination, Endpoint, Leave, Then
from flowc.syntax import Data, Map

#: The key of a `then` below which the rows of tables become choices.
ROWS = "rows"
#: What `returns` says for every step of the file.
_ANY_STEP = "*"
#: The default method for the author's servers.
_METHOD = "POST"


def read_then(reader: FieldReader, given: Given) -> Then:
    """Return where an action leads, per outcome."""
    key = NodeRef(given.at.file, given.at.node, given.at.key, "key")
    if not isinstance(given.value, Map) or "url" in given.value:
        return Then((), read_destination(reader, given.value, given.at), key)
    file, node, texts = reader.file, given.value.node, given.value.texts
    cases, otherwise = [], None
    for name, value in given.value.items():
        if name == ROWS:
            continue
        to = read_destination(reader, value, NodeRef(file, node, name))
        if name == "else":
            otherwise = to
        else:
            cases.append(Case(texts.get(name, name), to, NodeRef(file, node, name, "key")))
    return Then(tuple(cases), otherwise, key)


def read_destination(reader: FieldReader, value: Data, at: NodeRef) -> Destination:
    """Return one destination: a step, `next`, `end`, or the author's server."""
    if isinstance(value, Map):
        return Leave(read_endpoint(reader, Given(value, at)), at)
    return reader.destination(str(value), at)


def read_endpoint(reader: FieldReader, given: Given) -> Endpoint:
    """Return a URL of the author's server, given as a text or a mapping."""
    if not isinstance(given.value, Map):
        return Endpoint(str(given.value), _METHOD, given.at)
    return endpoint_of(reader, reader.fields(given.value))


def endpoint_of(reader: FieldReader, fields: Fields) -> Endpoint:
    """Return a URL of the author's server from the fields url, method, retry and returns."""
    method = str(fields["method"].value) if "method" in fields else _METHOD
    retry = fields.get("retry")
    options = () if retry is None else tuple(reader.settings("retry", reader.fields(retry.value), retry.at).values())
    return Endpoint(str(fields["url"].value), method, fields["url"].at, options, _returns(reader, fields))


def _returns(reader: FieldReader, fields: Fields) -> tuple[Destination, ...]:
    if "returns" not in fields:
        return ()
    given = fields["returns"]
    every = given.value == _ANY_STEP
    names = (
        [(step, given.at) for step in reader.steps]
        if every
        else [(str(one.value), one.at) for one in reader.items(given)]
    )
    if not reader.returned.fits(len(names), given.at):
        return ()
    return tuple(reader.destination(name, at) for name, at in names)


def read_action_url(reader: FieldReader, given: Given) -> ActionUrl:
    """Return the author's server that decides how the call continues."""
    follow = reader.fields(given.value).get("follow")
    if follow is None:
        return ActionUrl(read_endpoint(reader, given), True, given.at)
    return ActionUrl(read_endpoint(reader, given), bool(follow.value), follow.at)
