"""How a carrier signs its requests, as data: read from a target's folder, written into manifests, used to verify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

#: Which parameters a request has; each is signed in its own form.
_PARTS = ("neither", "query", "form", "both")


class Scheme(NamedTuple):
    """How requests are signed: base64 of an HMAC, by the account's token, over what `signs` says.

    One right signature in one of `headers` is enough, and `nonce` is the header with the sender's random text (empty:
    there is none). `signs` holds a text with {url}, {page}, {query}, {form} and
    {nonce} for requests with a query, a form, both or neither. `either_port` says that a port may be signed or not,
    `once` that of equal pairs one is signed, and `note` what its user has to know. `body_hash` is the parameter of a
    URL that holds the SHA-256 of a body which is not a form; empty: the scheme has none. `settings` is the header, with
    key=ID,algorithm=NAME, of a request that a shared key has signed instead of the token (empty: there are no shared
    keys), and `algorithms` tells which hash is meant by a name in capitals.
    """

    name: str
    headers: tuple[str, ...]
    nonce: str
    algorithm: str
    signs: Mapping[str, str]
    either_port: bool
    once: bool
    body_hash: str
    settings: str
    algorithms: Mapping[str, str]
    note: str


def read_scheme(data: Mapping[str, Any]) -> Scheme:
    """A scheme that JSON has held. Raises KeyError or TypeError if it is none."""
    signs = {part: data["signs"][part] for part in _PARTS}
    return Scheme(**{**data, "headers": tuple(data["headers"]), "signs": signs})
