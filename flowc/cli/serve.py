"""`flowc serve`."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Unpack
from urllib.parse import urlsplit

import click

from flowc.bundle import MANIFEST, BundleError
from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import Answer, Request
from flowc.cli.arguments import Arguments, compiled, flow_options, job, named
from flowc.cli.help import Command
from flowc.cli.output import CommandError, say
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import cut
from flowc.profiles.targets import Targets, find_targets
from flowc.profiles.webhooks import read_webhooks
from flowc.serve import (
    Guard,
    NoSignature,
    NoToken,
    ReloadingBundle,
    Reply,
    Served,
    UnusableBundle,
    asgi,
    guard,
    read_bundle,
    served,
)
from flowc.serve.applications import Lifespan

#: Printed in place of what a caller entered, whatever its length; and the maximum length of a printed path.
_MASKED, _LONGEST = "***", 200


class _Setup(NamedTuple):
    """The bundle to serve, and what runs concurrently with the server."""

    bundle: Callable[[], Served]
    lifespan: Lifespan


@click.command(
    cls=Command,
    examples={
        "flowc serve dist --port 8080": "Serve the bundle in dist.",
        "flowc serve --base-url https://tunnel.example.com --reload": "Serve the project while you edit it.",
    },
)
@flow_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="Listen on this port; 0 means any free port.",
)
@click.option(
    "--address", default="127.0.0.1", show_default=True, metavar="IP", help="Listen on this address; 0.0.0.0 means all."
)
@click.option(
    "--reload",
    is_flag=True,
    help="Rebuild when a file changes; keep the last good bundle while a flow has errors.",
)
@click.option("--show-values", is_flag=True, help="Log what callers enter (default: masked).")
@click.option(
    "--verify", metavar="TARGET", multiple=True, help="Reject requests that the carrier of TARGET did not sign."
)
@click.option("--verify-report", is_flag=True, help="Log bad signatures, but answer the requests.")
def serve(
    form: str,
    port: int,
    address: str,
    reload: bool,
    show_values: bool,
    verify: tuple[str, ...],
    verify_report: bool,
    **arguments: Unpack[Arguments],
) -> None:
    """Serve a bundle or flows over HTTP, and log each request.

    PATH is the folder of a bundle, a flow file, or a folder that is searched for *.flow.yaml (default: the project).
    Requests are answered whatever the scheme and host of base_url, so they can come through a tunnel or a proxy.

    --verify checks each signature against the URL under base_url and the account's auth token. The token is read from
    the environment variable FLOWC_AUTH_TOKEN_TARGET, with the name of the target in capitals, or FLOWC_AUTH_TOKEN. If
    the carrier signs with a shared key, its secret is read from FLOWC_SHARED_KEY_TARGET or FLOWC_SHARED_KEY. Targets of
    flows with signatures: required are always verified.
    """
    try:
        from flowc.serve.deadline import server
    except ImportError as error:
        raise CommandError("flowc serve needs more packages: pip install 'flowc[serve]'") from error
    gc.enable()  # this command runs much longer than the others
    stage = _stage(form, reload, arguments)
    manifest = stage.bundle().manifest
    judged = _guard(verify, verify_report, manifest)
    log = _RequestLog(find_targets(arguments["templates"]), show_values)
    app = asgi(stage.bundle, judged, log, stage.lifespan)
    with _listening(address, port) as listener:
        here = f"http://{address}:{listener.getsockname()[1]}"
        say(*_welcome(manifest, here, judged), err=True)
        server(app).run(sockets=[listener])


def _guard(names: tuple[str, ...], report: bool, manifest: Manifest) -> Guard:
    if report and not names and not manifest.required:
        raise click.UsageError("--verify-report needs --verify with a target")
    known = {document.target: document for document in manifest.documents}
    for name in names:
        named("target", name, known)
    try:
        return guard(manifest, names, os.environ, report)
    except (NoSignature, NoToken) as error:
        raise click.UsageError(str(error)) from error


def _stage(form: str, reload: bool, arguments: Arguments) -> _Setup:
    folder = next((path for path in arguments["paths"] if (path / MANIFEST).is_file()), None)
    if folder is None:
        return _sources(form, reload, arguments)
    if reload or len(arguments["paths"]) > 1:
        raise click.UsageError(f"{folder} is a bundle: do not give other paths or --reload with it")
    try:
        bundle = read_bundle(folder)
    except (UnusableBundle, BundleError) as error:
        raise CommandError(str(error)) from error
    return _Setup(lambda: bundle, nullcontext)


def _sources(form: str, reload: bool, arguments: Arguments) -> _Setup:
    def build() -> Served:
        bundle, _ = compiled(form, arguments)
        assert bundle.manifest is not None and bundle.files is not None
        return served(bundle.manifest, bundle.files)

    def again() -> Served | None:
        try:
            return build()
        except click.ClickException as error:
            say(f"Error: {error.format_message()}", err=True)
        except SystemExit:
            pass  # the diagnostics were printed
        return None

    first = build()
    if not reload:
        return _Setup(lambda: first, nullcontext)
    roots = {(project or flow).parent for flow, project in job(arguments).found.flows}
    reloading = ReloadingBundle(first, again, sorted({*roots, *_given(arguments)}), _log)
    return _Setup(reloading, reloading.watching)


def _given(arguments: Arguments) -> list[Path]:
    """Return the folders that the command line names."""
    return [path for path in (*arguments["paths"], arguments["templates"]) if path and path.is_dir()]


def _listening(address: str, port: int) -> socket.socket:
    try:
        return socket.create_server((address, port))
    except (OSError, OverflowError) as error:
        reason = (os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)).lower()
        raise CommandError(f"cannot listen at {address}:{port}: {reason}") from error


def _welcome(manifest: Manifest, here: str, judged: Guard) -> list[str]:
    lines = [f"serving at {here}; stop with Ctrl+C. The documents contain {manifest.base_url}; --base-url changes it."]
    lines += [f"  {entry.flow} for {entry.target}: {here}{urlsplit(entry.answer_url).path}" for entry in manifest.flows]
    return [*lines, *(f"  {line}" for line in judged.lines)]


def _log(line: str) -> None:
    say(f"{datetime.now():%H:%M:%S} {line}", err=True)


class _RequestLog:
    """Prints a line for each request. Caller input, such as PINs, is masked unless `show_values` is true."""

    def __init__(self, targets: Targets, show_values: bool) -> None:
        self._targets, self._show_values = targets, show_values
        self._words: dict[str, frozenset[tuple[str, str]]] = {}

    def __call__(self, request: Request, reply: Reply) -> None:
        path = cut(request.url.partition("?")[0], _LONGEST)
        decided = reply.decided
        chosen = f"{decided.parameter}={self._shown(decided)} -> " if decided and decided.parameter else ""
        _log(f"{request.method} {path} {reply.status} {chosen}{reply.note}")

    def _shown(self, decided: Answer) -> str:
        """Return the value that decided. Without `show_values`, mask values that the carrier does not document."""
        if not decided.value:
            return "(nothing)"
        target = decided.document.target if decided.document else ""
        if self._show_values or decided.by_hours or (decided.parameter, decided.value) in self._known(target):
            return cut(decided.value)
        return _MASKED

    def _known(self, target: str) -> frozenset[tuple[str, str]]:
        """Return (parameter, value) for each documented value of the requests of a target."""
        if target not in self._words:
            contracts = read_webhooks(self._targets.layers(target)).contracts if target in self._targets.folders else {}
            parameters = (one for contract in contracts.values() for one in contract.parameters)
            self._words[target] = frozenset((one.name, value) for one in parameters for value in one.values)
        return self._words[target]
