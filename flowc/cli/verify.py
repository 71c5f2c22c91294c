"""`flowc verify-signature`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl

import click

from flowc.bundle.signature_scheme import Scheme
from flowc.cli.arguments import templates_option
from flowc.cli.help import Command
from flowc.cli.output import FINDINGS, CommandError, say
from flowc.diagnostics.wording import listing, shown
from flowc.profiles.signature import SHARED_KEY, TOKEN, Settings, Signed, body_hash, given, settings, verify
from flowc.profiles.targets import TargetError, find_targets
from flowc.profiles.webhooks import read_webhooks


@click.command(
    "verify-signature",
    cls=Command,
    examples={
        "flowc verify-signature URL --header 'NAME: VALUE' --data 'Digits=1&...'": (
            "Check a POST request with this body."
        ),
        "flowc verify-signature URL --header 'NAME: VALUE' --data - < body.txt": "Read the body from a file.",
    },
)
@click.option(
    "--method",
    type=click.Choice(["GET", "POST"]),
    default="POST",
    show_default=True,
    help="HTTP method of the request.",
)
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Header of the request (repeatable).")
@click.option("--data", metavar="FORM", help="Body of the request, unchanged; - reads it from standard input.")
@templates_option
@click.argument("url")
def verify_signature(method: str, headers: tuple[str, ...], data: str | None, templates: Path | None, url: str) -> None:
    """Check whether a carrier signed a request.

    URL is the URL that the carrier requested, with its escapes, not the URL that a proxy forwards. The account's auth
    token is read from the environment variable FLOWC_AUTH_TOKEN only. Some carriers can sign with a shared key instead:
    its secret is read from FLOWC_SHARED_KEY, which may contain several secrets with spaces between them. The exit
    status is 0 if the signature is right, else 1.
    """
    token, shared_keys = os.environ.get(TOKEN, ""), os.environ.get(SHARED_KEY, "").split()
    if not token and not shared_keys:
        raise click.UsageError(f"the environment variable {TOKEN} is not set: set it to the auth token of the account")
    if not url.lower().startswith(("http://", "https://")):
        raise click.UsageError("URL must be the complete URL that was requested, with https:// and host")
    body = sys.stdin.buffer.read() if data == "-" else os.fsencode(data or "")
    form = tuple(parse_qsl(body.decode("utf-8", "replace").strip(), keep_blank_values=True))
    request = Signed(method, url, _headers(headers), form, body=None)
    schemes = _schemes(templates)
    # The strongest scheme that the request uses decides: weaker ones prove less.
    strongest = next((one for one in schemes if given(one, request.headers)), None)
    if strongest is None:
        known = listing(dict.fromkeys(name for one in schemes for name in (*one.headers, one.nonce) if name), "and")
        say(f"no signature: the request has none of the signature headers {known}")
        sys.exit(FINDINGS)
    # Another target may use the same headers with a different scheme.
    alike = [one for one in schemes if one.headers == strongest.headers]
    scheme = next((one for one in alike if verify(one, request, token, *shared_keys)), strongest)
    used = settings(scheme, request.headers)
    name = _verifiable(scheme, used, token, shared_keys)
    if not verify(scheme, request, token, *shared_keys):
        secret = "this token" if used is None else "this key"
        say(f"wrong signature ({name}): the request was changed, or was not signed with {secret}")
        say("Check that the URL is what the carrier requested, with query and port, and that the body is complete.")
        sys.exit(FINDINGS)
    hashed = body_hash(scheme, url) is not None
    # A shell or an editor may have added a newline to the body.
    bodies = (body, body.removesuffix(b"\n").removesuffix(b"\r"))
    whole = (verify(scheme, request._replace(body=one), token, *shared_keys) for one in bodies)
    if hashed and data is not None and not any(whole):
        say(f"wrong body ({name}): the URL is signed, but the hash in it is not the hash of this body")
        say(f"The parameter with the hash is {scheme.body_hash}. Check that the body is exactly what was received.")
        sys.exit(FINDINGS)
    say(f"right signature ({name})")
    if hashed and data is None:
        say(f"The body was not checked against the hash in the URL ({scheme.body_hash}): give the body with --data.")
    if scheme.note:
        say(scheme.note)


def _verifiable(scheme: Scheme, used: Settings | None, token: str, shared_keys: Sequence[str]) -> str:
    """Describe how a request is signed. End the command if the algorithm is unknown or the secret is missing."""
    if used is None:
        if not token:
            raise click.UsageError(f"this request is signed with the auth token of the account: set {TOKEN} to it")
        return scheme.name
    if used.algorithm is None:
        found = f"the algorithm {shown(used.named)}" if used.named else "no algorithm"
        known = listing(sorted(scheme.algorithms), "and")
        say(f"not supported ({scheme.name}): {scheme.settings} names {found}; flowc supports {known}")
        say("Nothing was verified. Use one of these algorithms for the shared key, or a newer version of flowc.")
        sys.exit(FINDINGS)
    key = f"the shared key {shown(used.key)}" if used.key else "a shared key"
    if not shared_keys:
        raise click.UsageError(f"this request is signed with {key}: set {SHARED_KEY} to its secret")
    return f"{scheme.name}, {used.named} with {key}"


def _schemes(templates: Path | None) -> list[Scheme]:
    """Return the schemes of all targets without duplicates; those of one target by decreasing strength."""
    try:
        targets = find_targets(templates)
        tables = [read_webhooks(targets.layers(name)) for name in sorted(targets.folders)]
    except TargetError as error:
        raise CommandError(str(error)) from error
    found: list[Scheme] = []
    for scheme in (one for table in tables for one in table.schemes.values()):
        if scheme not in found:
            found.append(scheme)
    return found


def _headers(given: Sequence[str]) -> dict[str, str]:
    """Return the headers by lower-case names; the values of a repeated header are joined with commas."""
    values: dict[str, list[str]] = {}
    for name, value in map(_header, given):
        values.setdefault(name.lower(), []).append(value)
    return {name: ", ".join(each) for name, each in values.items()}


def _header(text: str) -> tuple[str, str]:
    name, separator, value = text.partition(":")
    if not separator:
        raise click.UsageError(f"--header takes NAME: VALUE; found {shown(text)}, which has no colon")
    return name.strip(), value.strip()
