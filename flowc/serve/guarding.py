"""Who judges the signatures of requests: flowc's own functions, with the tokens that the environment holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from flowc.manifest import Manifest
from flowc.routing import Request
from flowc.serve.answering import Guard, Judge
from flowc.signature import Signed, schemes, token_of, token_variables, verify
from flowc.targets import Targets
from flowc.webhooks import Scheme


class NoToken(Exception):
    """Requests of a target are to be judged, and the environment has no token; the message says where it belongs."""


class NoSignature(Exception):
    """Requests of a target are to be judged, and its carrier signs none."""


def guard(
    names: Iterable[str], environ: Mapping[str, str], targets: Targets | None = None, report: bool = False
) -> Guard:
    """A guard of the requests of these targets; the strongest of a carrier's schemes is the one that counts.

    Raises KeyError for a name that no target has, NoSignature and NoToken.
    """
    judges = {}
    for name in names:
        strongest = next(iter(schemes(name, targets).values()), None)
        if strongest is None:
            raise NoSignature(f"{name} signs no request that could be verified")
        token = token_of(name, environ)
        if not token:
            first, second = token_variables(name)
            raise NoToken(f"neither {first} nor {second} is set; put the account's auth token of {name} there")
        judges[name] = _judge(strongest, token)
    return Guard(judges, report)


def guard_of(manifest: Manifest, environ: Mapping[str, str]) -> Guard:
    """A guard of a bundle's requests: of each target that signs and whose token the environment has."""
    names = {document.target for document in manifest.documents}
    return guard(sorted(name for name in names if schemes(name) and token_of(name, environ)), environ)


def _judge(scheme: Scheme, token: str) -> Judge:
    def judge(request: Request, headers: Mapping[str, str]) -> bool:
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return verify(scheme, Signed(request.method, request.url, headers, tuple(form), request.body), token)

    return judge
