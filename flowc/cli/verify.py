"""`flowc verify-signature`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import click

from flowc.cli.common import FINDINGS, Impossible, templates_option
from flowc.signature import TOKEN, Signed, body_hash, given, verify
from flowc.targets import TargetError, find_targets
from flowc.webhooks import Scheme, read_webhooks
from flowc.wording import listing, shown


@click.command("verify-signature")
@click.option("--method", type=click.Choice(["GET", "POST"]), default="POST", help="How the URL was asked.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header of the request; repeat it.")
@click.option("--data", metavar="FORM", help="The body of the request, as it came; - reads it from the standard input.")
@templates_option
@click.argument("url")
def verify_signature(method: str, headers: tuple[str, ...], data: str | None, templates: Path | None, url: str) -> None:
    """Tell whether a request came from the carrier: whether its signature fits URL and parameters.

    URL is the one that the carrier asked for, not the one behind a proxy. The account's auth token is read from the
    environment variable FLOWC_AUTH_TOKEN and from nowhere else. The exit status is 0 if the signature is right, else 1.
    """
    token = os.environ.get(TOKEN)
    if not token:
        raise click.UsageError(f"the environment variable {TOKEN} is not set; put the account's auth token there")
    if urlsplit(url).scheme not in ("http", "https"):
        raise click.UsageError("URL is the whole URL that was asked for, with https:// and host")
    body = sys.stdin.buffer.read() if data == "-" else os.fsencode(data or "")
    form = tuple(parse_qsl(body.decode("utf-8", "replace").strip(), keep_blank_values=True))
    request = Signed(method, url, dict(map(_header, headers)), form, body=None)
    schemes = _schemes(templates)
    # The strongest that the request has decides: a weaker one that fits as well would say less.
    scheme = next((one for one in schemes if given(one, request.headers)), None)
    if scheme is None:
        known = listing([name for one in schemes for name in (*one.headers, one.nonce) if name], "and")
        click.echo(f"no signature: none of the headers is there with which carriers sign; known are {known}")
        sys.exit(FINDINGS)
    if not verify(scheme, request, token):
        click.echo(f"wrong signature ({scheme.name}): this request was changed, or not signed with this token")
        click.echo("Check that the URL is what the carrier asked for, query and port too, and that the body is whole.")
        sys.exit(FINDINGS)
    hashed = body_hash(scheme, url) is not None
    # A shell, or an editor, puts an end of line after a body that had none.
    bodies = (body, body.removesuffix(b"\n").removesuffix(b"\r"))
    if hashed and data is not None and not any(verify(scheme, request._replace(body=one), token) for one in bodies):
        click.echo(f"wrong body ({scheme.name}): the URL is signed, but this body does not have the hash in the URL")
        click.echo(f"The hash is {scheme.body_hash}. Check that the body is whole, byte for byte as it came.")
        sys.exit(FINDINGS)
    click.echo(f"right signature ({scheme.name})")
    if hashed and data is None:
        click.echo(f"The body was not checked. The URL has its hash ({scheme.body_hash}): give the body with --data.")
    if scheme.note:
        click.echo(scheme.note)


def _schemes(templates: Path | None) -> list[Scheme]:
    """The schemes of all targets, each once; those of one target in the order of their strength."""
    try:
        targets = find_targets(templates)
        tables = [read_webhooks(targets.layers(name)) for name in sorted(targets.folders)]
    except TargetError as error:
        raise Impossible(str(error)) from error
    return list({scheme.headers: scheme for table in tables for scheme in table.schemes.values()}.values())


def _header(text: str) -> tuple[str, str]:
    name, sign, value = text.partition(":")
    if not sign:
        raise click.UsageError(f"--header takes NAME: VALUE; found {shown(text)}, which has no colon")
    return name.strip(), value.strip()
