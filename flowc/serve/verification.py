"""Verifies the signatures of requests, with the tokens in the environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import Request
from flowc.bundle.signature_scheme import Scheme
from flowc.diagnostics.records import NamedTuple
from flowc.profiles.signature import Signed, shared_key_variables, shared_keys_of, token_of, token_variables, verify
from flowc.serve.responses import Guard, Verifier


class NoToken(Exception):
    """Requests of a target must be verified, and the environment has no secret; the message says where it belongs."""


class NoSignature(Exception):
    """Requests of a target must be verified, and its carrier does not sign them."""


class _Secrets(NamedTuple):
    """The secrets of a target in the environment: the token, those of shared keys; and variables that are empty."""

    token: str
    shared_keys: tuple[str, ...]
    empty: tuple[str, ...]


def guard(manifest: Manifest, names: Iterable[str], environ: Mapping[str, str], report: bool = False) -> Guard:
    """Return a guard of the requests of these targets, and of those whose signatures a flow requires.

    If the carrier may sign with shared keys, their secrets suffice without the account's token: then only requests that
    are signed with such a key are trusted.

    Raises NoSignature if the carrier of a target in `names` does not sign, and NoToken if the environment has no secret
    for it, or an empty one for any target that is verified.
    """
    schemes = {entry.target: entry.scheme for entry in manifest.signatures}
    chosen = set(names)
    for name in sorted(chosen | manifest.required & schemes.keys()):
        if name not in schemes:
            raise NoSignature(f"flowc cannot verify requests of {name}")
        secrets = _secrets(name, schemes[name], environ)
        why = _why(name, secrets)
        if secrets.empty or (why and name in chosen):
            raise NoToken(f"{why}; {_remedy(name, schemes[name])}")
    return _guard(manifest, chosen | manifest.required, environ, report)


def guard_of(manifest: Manifest, environ: Mapping[str, str]) -> Guard:
    """Return a guard of a bundle's requests: of each target that signs and for which the environment has a secret.

    A target is closed if one of its variables is set but empty, or if it has no secret and a flow requires signatures.
    """
    return _guard(manifest, {document.target for document in manifest.documents}, environ)


def _guard(manifest: Manifest, chosen: Iterable[str], environ: Mapping[str, str], report: bool = False) -> Guard:
    schemes = {entry.target: entry.scheme for entry in manifest.signatures}
    verifiers, closed, lines = {}, set(), []
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
                verifiers[name] = _verifier(scheme, secrets)
        if name in verifiers:
            lines.append(f"{name}: requests are verified{', and bad ones only reported' if report else ''}")
        elif name in closed | manifest.required:
            lines.append(f"{name}: requests are answered with 503, since they cannot be verified: {why}")
        else:
            lines.append(f"{name}: requests are NOT verified: {why}")
    return Guard(verifiers, frozenset(closed), report, tuple(lines))


def _secrets(name: str, scheme: Scheme, environ: Mapping[str, str]) -> _Secrets:
    variables = (*token_variables(name), *(shared_key_variables(name) if scheme.settings else ()))
    return _Secrets(
        token_of(name, environ) or "",
        shared_keys_of(name, environ) if scheme.settings else (),
        tuple(one for one in variables if one in environ and not environ[one].strip()),
    )


def _why(name: str, secrets: _Secrets) -> str:
    """Return why a target's requests cannot be verified; empty if they can."""
    if secrets.empty:
        return f"{secrets.empty[0]} is set but empty"
    return "" if secrets.token or secrets.shared_keys else "neither {} nor {} is set".format(*token_variables(name))


def _remedy(name: str, scheme: Scheme) -> str:
    or_key = f", or the secret of its shared key into {shared_key_variables(name)[0]}" if scheme.settings else ""
    return f"put the account's auth token of {name} there{or_key}"


def _verifier(scheme: Scheme, secrets: _Secrets) -> Verifier:
    def verified(request: Request, headers: Mapping[str, str]) -> bool:
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        signed = Signed(request.method, request.url, headers, tuple(form), request.body)
        return verify(scheme, signed, secrets.token, *secrets.shared_keys)

    return verified
