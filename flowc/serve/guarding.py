"""Who judges the signatures of requests: flowc's own functions, with the tokens that the environment holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from flowc.manifest import Manifest
from flowc.routing import Request
from flowc.serve.answering import Guard, Judge
from flowc.signature import (
    Signed,
    schemes,
    shared_key_variables,
    shared_keys_of,
    token_of,
    token_variables,
    verify,
)
from flowc.targets import Targets
from flowc.webhooks import Scheme


class NoToken(Exception):
    """Requests of a target are to be judged, and the environment has no secret; the message says where it belongs."""


class NoSignature(Exception):
    """Requests of a target are to be judged, and its carrier signs none."""


def guard(
    names: Iterable[str], environ: Mapping[str, str], targets: Targets | None = None, report: bool = False
) -> Guard:
    """A guard of the requests of these targets; the strongest of a carrier's schemes is the one that counts.

    Where the carrier may sign with shared keys, their secrets will do without the account's token: then it is only
    requests that such a key has signed that are trusted.

    Raises KeyError for a name that no target has, NoSignature and NoToken.
    """
    judges = {}
    for name in names:
        strongest = next(iter(schemes(name, targets).values()), None)
        if strongest is None:
            raise NoSignature(f"{name} signs no request that could be verified")
        token, shared_keys = _secrets(name, strongest, environ)
        if not token and not shared_keys:
            first, second = token_variables(name)
            or_key = (
                f", or the secret of its shared key into {shared_key_variables(name)[0]}" if strongest.settings else ""
            )
            raise NoToken(f"neither {first} nor {second} is set; put the account's auth token of {name} there{or_key}")
        judges[name] = _judge(strongest, token, shared_keys)
    return Guard(judges, report)


def guard_of(manifest: Manifest, environ: Mapping[str, str]) -> Guard:
    """A guard of a bundle's requests: of each target that signs and of which the environment has a secret."""
    names = {document.target for document in manifest.documents}
    strongest = [(name, next(iter(schemes(name).values()), None)) for name in sorted(names)]
    return guard([name for name, scheme in strongest if scheme and any(_secrets(name, scheme, environ))], environ)


def _secrets(name: str, scheme: Scheme, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The token of a target, and the secrets of its shared keys, as far as the environment has them."""
    return token_of(name, environ) or "", shared_keys_of(name, environ) if scheme.settings else ()


def _judge(scheme: Scheme, token: str, shared_keys: tuple[str, ...]) -> Judge:
    def judge(request: Request, headers: Mapping[str, str]) -> bool:
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        signed = Signed(request.method, request.url, headers, tuple(form), request.body)
        return verify(scheme, signed, token, *shared_keys)

    return judge
