"""Whether a request is the carrier's: its signature, by the scheme that the target's webhooks.yaml describes.

The URL is the one that the carrier asked for, with the public scheme and host, not the one behind a proxy.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from flowc.targets import Targets, find_targets
from flowc.webhooks import Scheme, read_webhooks

#: A request's parameters: pairs in any order, since a name may occur several times.
Pairs = Iterable[tuple[str, str]]

#: Where the token is: an argument would be seen in the list of processes, and a file is soon in a repository.
TOKEN = "FLOWC_AUTH_TOKEN"
_PORTS = {"http": 80, "https": 443}


class Signed(NamedTuple):
    """A request as the carrier sent it: `form` are the parameters of its body, decoded, and `body` are its bytes.

    The bytes count only where the URL has their hash. None leaves them out: then the rest alone is verified.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    form: tuple[tuple[str, str], ...] = ()
    body: bytes | None = b""


@cache
def schemes(target: str, targets: Targets | None = None) -> Mapping[str, Scheme]:
    """How the carrier of a target, one that is packaged unless others are given, signs; the strongest scheme first.

    Empty where the carrier signs nothing. Raises KeyError if there is no such target.
    """
    known = targets or find_targets()
    if target not in known.folders:
        raise KeyError(target)
    return read_webhooks(known.layers(target)).schemes


def token_variables(target: str) -> tuple[str, str]:
    """The environment variables that may hold a target's token: its own, which counts first, and that of them all."""
    return f"{TOKEN}_{target.upper().replace('-', '_')}", TOKEN


def token_of(target: str, environ: Mapping[str, str]) -> str | None:
    """The auth token of a target's account, if the environment has it."""
    return next((environ[name] for name in token_variables(target) if environ.get(name)), None)


def sign(scheme: Scheme, method: str, url: str, form: Pairs, nonce: str, token: str) -> str:
    """The signature of a request, as the carrier would send it."""
    return next(_signatures(scheme, Signed(method, url, {}, tuple(form)), nonce, token))


def given(scheme: Scheme, headers: Mapping[str, str]) -> tuple[str, ...]:
    """The signatures of a scheme that a request has; none if its nonce is missing. Names of headers have no case."""
    known = {name.lower(): value for name, value in headers.items()}
    if scheme.nonce is not None and scheme.nonce.lower() not in known:
        return ()
    return tuple(
        one.strip() for name in scheme.headers for one in known.get(name.lower(), "").split(",") if one.strip()
    )


def body_hash(scheme: Scheme, url: str) -> str | None:
    """The SHA-256 of the body, in hexadecimal, that a URL holds by a scheme; None where it holds none."""
    query = parse_qsl(urlsplit(url).query) if scheme.body_hash else ()
    return next((value for name, value in query if name == scheme.body_hash), None)


def verify(scheme: Scheme, request: Signed, token: str) -> bool:
    """Whether the carrier signed a request with the account's token. A request that has no signature is not.

    Where the URL holds the hash of the body, the body must be the one that has it.
    """
    nonce = next((value for name, value in request.headers.items() if name.lower() == (scheme.nonce or "").lower()), "")
    right = [one.encode() for one in _signatures(scheme, request, nonce, token)]
    # Every pair is compared, in constant time: how long it takes tells nothing about what would be right.
    signed = any(
        [hmac.compare_digest(one.encode(), other) for one in given(scheme, request.headers) for other in right]
    )
    wanted = body_hash(scheme, request.url)
    if wanted is None or request.body is None:
        return signed
    return signed and hmac.compare_digest(sha256(request.body).hexdigest().encode(), wanted.lower().encode())


def _signatures(scheme: Scheme, request: Signed, nonce: str, token: str) -> Iterator[str]:
    parts = urlsplit(request.url)._replace(fragment="")  # a fragment is never sent
    query, form = parse_qsl(parts.query, keep_blank_values=True), list(request.form)
    if body_hash(scheme, request.url) is not None:
        form = []
    if request.method.upper() == "GET":
        named = {name for name, _ in query}
        query, form = [*query, *(pair for pair in form if pair[0] not in named)], []
    if scheme.once:
        query, form = list(set(query)), list(set(form))
    which = {(True, True): "both", (True, False): "query", (False, True): "form"}.get(
        (bool(query), bool(form)), "neither"
    )
    for url in _with_ports(parts) if scheme.either_port else (parts,):
        text = scheme.signs[which].format(
            url=urlunsplit(url),
            page=urlunsplit(url._replace(query="")),
            query="&".join(f"{name}={value}" for name, value in sorted(query)),
            form="".join(name + value for name, value in sorted(form)),
            nonce=nonce,
        )
        yield b64encode(hmac.new(token.encode(), text.encode(), scheme.algorithm).digest()).decode()


def _with_ports(url: SplitResult) -> tuple[SplitResult, SplitResult]:
    """A URL with its port, and without."""
    host = url.netloc.removesuffix(f":{url.port}") if url.port else url.netloc
    return url._replace(netloc=host), url._replace(netloc=f"{host}:{url.port or _PORTS.get(url.scheme, 80)}")
