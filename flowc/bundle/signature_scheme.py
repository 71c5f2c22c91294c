"""The signature scheme of a carrier as data: read from a target's folder, written to manifests, used to verify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowc.diagnostics.records import NamedTuple

#: Which parameters a request has; each combination is signed in its own form.
_PARTS = ("neither", "query", "form", "both")


class Scheme(NamedTuple):
    """A way to sign requests: base64 of an HMAC, with the account's token as key, over the text in `signs`.

    One valid signature in one of `headers` is enough. `nonce` is the header with the sender's random text (empty:
    none). `signs` contains a template with {url}, {page}, {query}, {form} and {nonce} for requests with a query, a
    form, both or neither. `either_port` means that the port may be signed or not, `once` that equal pairs are signed
    once. `note` is a notice for the user. `body_hash` is the URL parameter with the SHA-256 of a body that is not a
    form (empty: none). `settings` is the header, with key=ID,algorithm=NAME, of a request signed with a shared key
    instead of the token (empty: no shared keys), and `algorithms` gives the hash for each algorithm name in capitals.
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
    """Return a scheme from JSON data. Raise KeyError or TypeError if the data is not a scheme."""
    signs = {part: data["signs"][part] for part in _PARTS}
    return Scheme(**{**data, "headers": tuple(data["headers"]), "signs": signs})
