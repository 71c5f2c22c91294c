"""Who judges the signatures of requests: flowc's own functions, with the tokens that the environment holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import Request
from flowc.bundle.signature_scheme import Scheme
from flowc.profiles.signature import Signed, shared_key_variables, shared_keys_of, token_of, token_variables, verify
from flowc.serve.answering import Guard, Judge


class NoToken(Exception):
    """Requests of a target are to be judged, and the environment has no secret; the message says where it belongs."""


class NoSignature(Exception):
    """Requests of a target are to be judged, and its carrier signs none."""


class _Secrets(NamedTuple):
    """What the environment has for a target: the token, the secrets of shared keys, and variables that are empty."""

    token: str
    shared_keys: tuple[str, ...]
    empty: tuple[str, ...]


def guard(manifest: Manifest, names: Iterable[str], environ: Mapping[str, str], report: bool = False) -> Guard:
    """A guard of the requests of these targets, and of those whose signatures a flow requires.

    Where the carrier may sign with shared keys, their secrets will do without the account's token: then it is only
    requests that such a key has signed that are trusted.

    Raises NoSignature if the carrier of a target in `names` signs nothing, and NoToken if the environment has no secret
    for it, or an empty one for any target that is judged.
    """
    schemes = {entry.target: entry.scheme for entry in manifest.signatures}
    chosen = set(names)
    for name in sorted(chosen | manifest.required & schemes.keys()):
        if name not in schemes:
            raise NoSignature(f"{name} signs no request that could be verified")
        secrets = _secrets(name, schemes[name], environ)
        why = _why(name, secrets)
        if secrets.empty or (why and name in chosen):
            raise NoToken(f"{why}; {_remedy(name, schemes[name])}")
    return _guard(manifest, chosen | manifest.required, environ, report)


def guard_of(manifest: Manifest, environ: Mapping[str, str]) -> Guard:
    """A guard of a bundle's requests: of each target that signs and of which the environment has a secret.

    A target is closed if one of its variables is set but empty, or if it has no secret and a flow requires signatures.
    """
    return _guard(manifest, {document.target for document in manifest.documents}, environ)


def _guard(manifest: Manifest, chosen: Iterable[str], environ: Mapping[str, str], report: bool = False) -> Guard:
    schemes = {entry.target: entry.scheme for entry in manifest.signatures}
    judges, closed, lines = {}, set(), []
    for name in sorted({document.target for document in manifest.documents}):
        scheme = schemes.get(name)
        if scheme is None:
            why = "its carrier signs none"
        elif name not in chosen:
            why = f"--verify {name} is not given"
        else:
            secrets = _secrets(name, scheme, environ)
            why = _why(name, secrets)
            if secrets.empty:
                closed.add(name)
            elif not why:
                judges[name] = _judge(scheme, secrets)
        if name in judges:
            lines.append(f"{name}: requests are verified{', and bad ones only reported' if report else ''}")
        elif name in closed | manifest.required:
            lines.append(f"{name}: requests are answered with 503, since they cannot be verified: {why}")
        else:
            lines.append(f"{name}: requests are NOT verified: {why}")
    return Guard(judges, frozenset(closed), report, tuple(lines))


def _secrets(name: str, scheme: Scheme, environ: Mapping[str, str]) -> _Secrets:
    variables = (*token_variables(name), *(shared_key_variables(name) if scheme.settings else ()))
    return _Secrets(
        token_of(name, environ) or "",
        shared_keys_of(name, environ) if scheme.settings else (),
        tuple(one for one in variables if one in environ and not environ[one].strip()),
    )


def _why(name: str, secrets: _Secrets) -> str:
    """Why a target's requests cannot be verified; empty if they can."""
    if secrets.empty:
        return f"{secrets.empty[0]} is set but empty"
    return "" if secrets.token or secrets.shared_keys else "neither {} nor {} is set".format(*token_variables(name))


def _remedy(name: str, scheme: Scheme) -> str:
    or_key = f", or the secret of its shared key into {shared_key_variables(name)[0]}" if scheme.settings else ""
    return f"put the account's auth token of {name} there{or_key}"


def _judge(scheme: Scheme, secrets: _Secrets) -> Judge:
    def judge(request: Request, headers: Mapping[str, str]) -> bool:
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        signed = Signed(request.method, request.url, headers, tuple(form), request.body)
        return verify(scheme, signed, secrets.token, *secrets.shared_keys)

    return judge
