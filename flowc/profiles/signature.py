"""Verifies the signature of a carrier's request, by the scheme in the target's webhooks.yaml.

The URL is the one that the carrier requested, with the public scheme and host, not the one that a proxy forwards.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from urllib.parse import parse_qsl, quote

from flowc.bundle.signature_scheme import Scheme
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.records import NamedTuple
from flowc.profiles.targets import Targets, find_targets
from flowc.profiles.webhooks import read_webhooks

#: A request's parameters: pairs in any order, since a name may occur several times.
Pairs = Iterable[tuple[str, str]]

#: The variable with the token: an argument would be visible in the list of processes, and a file is easily committed.
TOKEN = "FLOWC_AUTH_TOKEN"
#: The variable with the secrets of shared keys, separated by spaces: there are two while keys are rotated.
SHARED_KEY = "FLOWC_SHARED_KEY"
_URL = re.compile(
    r"(?P<host>(?P<scheme>https?)://[^/?]*?)(?::(?P<port>\d+))?(?P<rest>[/?].*)?", re.DOTALL | re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}
_ERRORS = "surrogateescape"
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


class Signed(NamedTuple):
    """A request as the carrier sent it: `form` are the parameters of its body, decoded, and `body` are its bytes.

    `url` is the whole URL with its escapes as received. If a framework has decoded it, so that it contains characters
    that a URL cannot contain, the URL with these characters escaped is tried too.
    The bytes count only if the URL contains their hash. None leaves them out: then only the rest is verified.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    form: tuple[tuple[str, str], ...] = ()
    body: bytes | None = b""


class Settings(NamedTuple):
    """The signature settings that a request names: the identifier of the shared key, and the algorithm.

    `named` is the carrier's name of the algorithm, and `algorithm` the hash function; None if the scheme does not know
    it, or if the request names none or several.
    """

    key: str
    named: str
    algorithm: str | None


@cache
def schemes(target: str, targets: Targets | None = None) -> Mapping[str, Scheme]:
    """Return the signature schemes of a target (a packaged one unless `targets` are given), the strongest first.

    Empty if the carrier does not sign requests. Raises KeyError if the target is not known.
    """
    known = targets or find_targets()
    if target not in known.folders:
        raise KeyError(target)
    return read_webhooks(known.layers(target)).schemes


def token_variables(target: str) -> tuple[str, str]:
    """Return the environment variables for a target's token: its own, which counts first, and that of all targets."""
    return _variables(TOKEN, target)


def token_of(target: str, environ: Mapping[str, str]) -> str | None:
    """Return the auth token of a target's account from the environment; None if it is missing."""
    return _first(token_variables(target), environ)


def shared_key_variables(target: str) -> tuple[str, str]:
    """Return the environment variables for the secrets of a target's shared keys; the first counts first."""
    return _variables(SHARED_KEY, target)


def shared_keys_of(target: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets of a target's shared keys from the environment."""
    return tuple((_first(shared_key_variables(target), environ) or "").split())


def sign(scheme: Scheme, method: str, url: str, form: Pairs, nonce: str, token: str) -> str:
    """Return the signature of a request by the account's token, as the carrier would send it."""
    return next(_signatures(scheme, Signed(method, url, {}, tuple(form)), nonce, token))


def given(scheme: Scheme, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the signatures of a scheme in a request; none if its nonce is missing. Header names are caseless."""
    if scheme.nonce and _header(headers, scheme.nonce) is None:
        return ()
    return tuple(
        one.strip() for name in scheme.headers for one in (_header(headers, name) or "").split(",") if one.strip()
    )


def settings(scheme: Scheme, headers: Mapping[str, str]) -> Settings | None:
    """Return the signature settings of a request; None if it has none: then the account's token signs it."""
    text = _header(headers, scheme.settings) if scheme.settings else None
    if not text or not text.strip():
        return None
    pairs = [[word.strip() for word in part.partition("=")[::2]] for part in text.split(",")]
    # Joined, two different algorithms are unknown to every scheme: the sender of the header cannot choose between them.
    key, named = (
        ", ".join(dict.fromkeys(value for name, value in pairs if name == wanted and value))
        for wanted in ("key", "algorithm")
    )
    return Settings(key, named, scheme.algorithms.get(named.upper()))


def body_hash(scheme: Scheme, url: str) -> str | None:
    """Return the SHA-256 of the body in a URL, in hexadecimal, by a scheme; None if the URL does not contain it."""
    query = parse_qsl(_query(url)) if scheme.body_hash else ()
    return next((value for name, value in query if name == scheme.body_hash), None)


def verify(scheme: Scheme, request: Signed, token: str, *shared_keys: str) -> bool:
    """Whether the carrier signed a request; False without a signature, and for an empty secret.

    A request that names a shared key and an algorithm is verified with that algorithm and each of the secrets
    `shared_keys`; if the algorithm is unknown, the request is not the carrier's. Any other request is verified with the
    account's token and the algorithm of the scheme. If the URL contains the hash of the body, the body must match it.
    """
    from hmac import compare_digest  # loads OpenSSL, which lint does not need

    own = settings(scheme, request.headers)
    if own is not None:
        if own.algorithm is None:
            return False
        scheme = scheme._replace(algorithm=own.algorithm)
    secrets = (token,) if own is None else shared_keys
    nonce = (_header(request.headers, scheme.nonce) if scheme.nonce else None) or ""
    right = [_encoded(one) for secret in secrets if secret for one in _signatures(scheme, request, nonce, secret)]
    # All pairs are compared, in constant time: the duration reveals nothing about the right signature.
    signed = any([compare_digest(_encoded(one), other) for one in given(scheme, request.headers) for other in right])
    wanted = body_hash(scheme, request.url)
    if wanted is None or request.body is None:
        return signed
    return signed and compare_digest(sha256_hex(request.body).encode(), _encoded(wanted.lower()))


def _variables(name: str, target: str) -> tuple[str, str]:
    return f"{name}_{target.upper().replace('-', '_')}", name


def _first(names: Iterable[str], environ: Mapping[str, str]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header, or all headers of this name joined by commas, as HTTP defines it."""
    values = [value for each, value in headers.items() if each.lower() == name.lower()]
    return ", ".join(values) if values else None


def _encoded(text: str) -> bytes:
    """Return the bytes of a text; those that were not UTF-8 when it was read are kept."""
    return text.encode("utf-8", _ERRORS)


def _query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _signatures(scheme: Scheme, request: Signed, nonce: str, token: str) -> Iterator[str]:
    from hmac import digest

    query, form = parse_qsl(_query(request.url), keep_blank_values=True), list(request.form)
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
    for url in _spellings(scheme, request.url):
        text = scheme.signs[which].format(
            url=url,
            page=url.partition("?")[0],
            query="&".join(f"{name}={value}" for name, value in sorted(query)),
            form="".join(name + value for name, value in sorted(form)),
            nonce=nonce,
        )
        yield b64encode(digest(_encoded(token), _encoded(text), scheme.algorithm)).decode()


def _spellings(scheme: Scheme, url: str) -> Iterable[str]:
    """Return a URL as it was given, and in the forms in which the carrier may have signed it.

    These are: escaped, as it was sent; with and without a trailing question mark, since servers drop it; with and
    without its port, if the scheme leaves that open. A fragment is never sent.
    """
    sent = url.partition("#")[0]
    bare = sent.removesuffix("?")
    either = (sent,) if "?" in bare else (sent, bare, f"{bare}?")
    texts = [each for one in either for each in (one, quote(one, _ASCII, "utf-8", _ERRORS))]
    return dict.fromkeys(each for one in texts for each in (_with_ports(one) if scheme.either_port else (one,)))


def _with_ports(url: str) -> tuple[str, ...]:
    """Return a URL without its port, and with it."""
    match = _URL.fullmatch(url)
    if match is None:
        return (url,)
    host, rest = match["host"], match["rest"] or ""
    return f"{host}{rest}", f"{host}:{match['port'] or _PORTS[match['scheme'].lower()]}{rest}"
