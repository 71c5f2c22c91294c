"""The servers that bundles are hosted on: started on loopback, each with the configuration that flowc wrote.

Where a server is not installed its tests say so and are left out; with CI in the environment they fail instead.
tests/install-servers.sh installs those of Debian; caddy comes with the test dependencies, the rest with npm.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, NoReturn

import pytest

from tests.conftest import PATIENCE

HERE = Path(__file__).parent
_TABLES = "/usr/sbin:/usr/local/sbin"
_DENO = "@deno/linux-x64-glibc/deno"
#: Settings of libfaketime: the file's text is seconds, read each time; durations and files keep their own times.
_FAKETIME = {
    "FAKETIME_FMT": "%s",
    "FAKETIME_NO_CACHE": "1",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "NO_FAKE_STAT": "1",
}
_FAKETIME_FILE = "FAKETIME_TIMESTAMP_FILE"
_LONG_HEADERS = "--max-http-header-size=100000"


class Ground(NamedTuple):
    """What a server is started with: the bundle's folder, one for its own files, the path of base_url, and a port."""

    root: Path
    work: Path
    prefix: str
    port: int


class Server(NamedTuple):
    """A server: the host it is, its program, what it reads, and how it is started.

    `package` is the path of the program among the packages of the npm registry, or "" for a script that needs some.
    `foreign` is False where the server is a Python package, among our own dependencies. `clock` is how the
    configuration writes the present time, where the program asks the kernel itself and libfaketime cannot answer.
    """

    host: str
    program: str
    settings: Callable[[Ground], dict[str, str]]
    command: Callable[[str, Ground], list[str]]
    environment: Callable[[Ground], dict[str, str]] = lambda _: {}
    package: str | None = None
    foreign: bool = True
    clock: str = ""


def _nginx(ground: Ground) -> dict[str, str]:
    http = f"  include {ground.root}/host/nginx/http.conf;"
    return _nginx_with(ground, http, f"    include {ground.root}/host/nginx/server.conf;")


def _files(ground: Ground) -> dict[str, str]:
    """Plain files, and nothing of flowc's: the folders of targets, as `flowc hosts static` says."""
    for folder in ground.root.iterdir():
        if folder.is_dir() and folder.name not in ("host", "requests", ".flowc"):
            shutil.copytree(folder, ground.work / "site" / ground.prefix.strip("/") / folder.name)
    return _nginx_with(
        ground, "  types { application/xml xml; audio/wav wav; audio/mpeg mp3; }", f"    root {ground.work}/site;"
    )


def _nginx_with(ground: Ground, http: str, server: str) -> dict[str, str]:
    own = "\n".join(
        f"  {kind}_temp_path {ground.work}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Its workers would lose what libfaketime reads.
    kept = "\n".join(f"env {name};" for name in (*_FAKETIME, _FAKETIME_FILE))
    return {
        "nginx.conf": f"""daemon off;
worker_processes 1;
{kept}
pid {ground.work}/nginx.pid;
error_log {ground.work}/error.log;
events {{ }}
http {{
  access_log off;
{own}
{http}
  server {{
    listen 127.0.0.1:{ground.port};
{server}
  }}
}}
"""
    }


def _apache(ground: Ground, inside: str) -> dict[str, str]:
    modules = ("mpm_event", "authz_core", "mime", "headers", "rewrite", "alias")
    load = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules)
    return {
        "httpd.conf": f"""ServerRoot {ground.work}
ServerName localhost
PidFile {ground.work}/apache.pid
ErrorLog {ground.work}/error.log
Mutex file:{ground.work} default
DefaultRuntimeDir {ground.work}
Listen 127.0.0.1:{ground.port}
{load}
TypesConfig /etc/mime.types
User www-data
Group www-data
<VirtualHost 127.0.0.1:{ground.port}>
{inside}
</VirtualHost>
"""
    }


def _apache_vhost(ground: Ground) -> dict[str, str]:
    return _apache(ground, f"  DocumentRoot {ground.work}\n  Include {ground.root}/host/apache/flowc.conf")


def _apache_htaccess(ground: Ground) -> dict[str, str]:
    shutil.copy(ground.root / "host" / "apache" / ".htaccess", ground.root)
    inside = f"""  DocumentRoot {ground.work}
  Alias {ground.prefix} {ground.root}/
  <Directory {ground.root}>
    AllowOverride FileInfo
    Require all granted
  </Directory>"""
    return _apache(ground, inside)


def _caddy(ground: Ground) -> dict[str, str]:
    return {
        "Caddyfile": f"""{{
	admin off
	auto_https off
	storage file_system {ground.work}
	persist_config off
}}
http://127.0.0.1:{ground.port} {{
	bind 127.0.0.1
	import {ground.root}/host/caddy/flowc.caddy
	respond 404
}}
"""
    }


def _published(ground: Ground) -> dict[str, str]:
    """The bundle as the site below the path of base_url, with the files that belong at the top of the site.

    That is more than `flowc hosts` says to publish: what is not for the public is refused all the same.
    """
    site = ground.work / "site"
    shutil.copytree(ground.root, site / ground.prefix.strip("/"), dirs_exist_ok=True)
    for path in ground.root.glob("host/netlify/_*"):
        shutil.copy(path, site)
    return {}


def _edge(ground: Ground) -> dict[str, str]:
    """The handler stands where the runtimes are started."""
    shutil.copytree(ground.root / "host" / "edge", ground.work, dirs_exist_ok=True)
    return {}


def _uvicorn(program: str, ground: Ground) -> list[str]:
    listening = ["--host", "127.0.0.1", "--port", str(ground.port), "--log-level", "error"]
    return [program, "--app-dir", f"{ground.root}/host/asgi", *listening, "app:app"]


def _gunicorn(program: str, ground: Ground) -> list[str]:
    # Preloaded, it listens only when the bundle is read.
    listening = ["--preload", "--bind", f"127.0.0.1:{ground.port}", "--threads", "4", "--limit-request-line", "0"]
    return [program, "--chdir", f"{ground.root}/host/wsgi", *listening, "app:app"]


def _nothing(_: Ground) -> dict[str, str]:
    return {}


SERVERS = {
    "nginx": Server("nginx", "nginx", _nginx, lambda it, on: [it, "-p", f"{on.work}", "-c", f"{on.work}/nginx.conf"]),
    "caddy": Server(
        "caddy",
        "caddy",
        _caddy,
        lambda it, on: [it, "run", "--adapter", "caddyfile", "--config", f"{on.work}/Caddyfile"],
        lambda on: {"HOME": str(on.work)},
        clock="{time.now.unix}",
    ),
    "haproxy": Server(
        "haproxy",
        "haproxy",
        _nothing,
        lambda it, on: [it, "-db", "-f", f"{on.root}/host/haproxy/flowc.cfg"],
        lambda on: {"FLOWC_BIND": f"127.0.0.1:{on.port}"},
    ),
    "apache": Server(
        "apache", "apache2", _apache_vhost, lambda it, on: [it, "-DFOREGROUND", "-f", f"{on.work}/httpd.conf"]
    ),
    "apache-htaccess": Server(
        "apache", "apache2", _apache_htaccess, lambda it, on: [it, "-DFOREGROUND", "-f", f"{on.work}/httpd.conf"]
    ),
    "netlify": Server(
        "netlify",
        "node",
        _published,
        lambda it, on: [
            *(it, _LONG_HEADERS),
            *(f"{on.work}/netlify.mjs", f"{on.work}/site", str(on.port)),
        ],
        package="",
    ),
    "cloudfront": Server(
        "cloudfront",
        "node",
        _published,
        lambda it, on: [
            it,
            f"{HERE}/runners/cloudfront.mjs",
            f"{on.root}/host/cloudfront/function.js",
            f"{on.work}/site",
            str(on.port),
        ],
    ),
    "cloudflare": Server(
        "edge",
        "workerd",
        _edge,
        lambda it, on: [it, "serve", f"{on.work}/workerd.capnp", f"--socket-addr=http=127.0.0.1:{on.port}"],
        package="@cloudflare/workerd-linux-64/bin/workerd",
    ),
    "deno": Server(
        "edge",
        "deno",
        _edge,
        lambda it, on: [
            it,
            "serve",
            "--allow-env",
            "--allow-net",
            "--host=127.0.0.1",
            f"--port={on.port}",
            f"{on.work}/deno.js",
        ],
        lambda on: {"DENO_DIR": f"{on.work}/deno"},
        package=_DENO,
    ),
    "netlify-edge": Server(
        "edge",
        "deno",
        _edge,
        lambda it, on: [it, "run", "--allow-all", f"{on.work}/netlify-edge.mjs", str(on.work), str(on.port)],
        lambda on: {"DENO_DIR": f"{on.work}/deno"},
        package=_DENO,
    ),
    "vercel": Server(
        "edge",
        "node",
        _edge,
        lambda it, on: [it, _LONG_HEADERS, f"{on.work}/vercel.mjs", str(on.work), str(on.port)],
        package="",
    ),
    "asgi": Server("asgi", "uvicorn", _nothing, _uvicorn, foreign=False),
    "wsgi": Server("wsgi", "gunicorn", _nothing, _gunicorn, foreign=False),
    "static": Server("static", "nginx", _files, lambda it, on: [it, "-p", f"{on.work}", "-c", f"{on.work}/nginx.conf"]),
}


def rows(names: Iterable[str] = SERVERS) -> list[Any]:
    """These servers, as parameters of a test."""
    return [pytest.param(name, marks=[pytest.mark.foreign] if SERVERS[name].foreign else []) for name in names]


def program(name: str) -> str:
    """Where a program is. Leaves the test out if it is nowhere, or fails it with CI in the environment."""
    places = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}:{_TABLES}"
    found = shutil.which(name, path=places)
    return found or left_out(name)


def left_out(name: str) -> NoReturn:
    """Leave the test out, or fail it with CI in the environment, for want of this program."""
    why = f"{name} is not installed; tests/install-servers.sh does that"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(f"left out: {why}")


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that servers can read whoever they run as."""
    with TemporaryDirectory(prefix="flowc-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(
    server: Server, root: Path, prefix: str, log: Path | None = None, clock: Path | None = None
) -> Iterator[str]:
    """The URL of a bundle that a server serves at the path `prefix`, as long as the context lasts.

    `log` is the file that gets what the server prints; one of its own if left out. `clock` is a file with the seconds
    since 1970 that the server takes for the present time, as often as it looks.
    """
    executable = _executable(server)
    with folder() as work:
        ground = Ground(root, work, prefix, free_port())
        if server.package is not None:
            _with_packages(work)
        for name, text in server.settings(ground).items():
            (work / name).write_text(text, "utf-8")
        command = server.command(executable, ground)
        log = log or work / "output"
        with log.open("wb") as output:
            running = subprocess.Popen(
                command,
                cwd=work,
                env={**os.environ, **server.environment(ground), **(_other_time(clock) if clock else {})},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        try:
            _ready(running, ground.port, (log, work / "error.log"))
            yield f"http://127.0.0.1:{ground.port}{prefix.rstrip('/')}"
        finally:
            running.terminate()
            try:
                running.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _other_time(clock: Path) -> dict[str, str]:
    """What has a program take the time from a file."""
    places = list(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    library = places[0] if places else left_out("faketime")
    return {"LD_PRELOAD": str(library), _FAKETIME_FILE: str(clock), **_FAKETIME}


def _executable(server: Server) -> str:
    if server.package:
        from tests.hosts.node_packages import node_package

        return str(node_package(server.package))
    return program(server.program)


def _with_packages(work: Path) -> None:
    """What starts the runtimes; a script finds packages beside itself."""
    from tests.hosts.node_packages import node_package

    shutil.copytree(HERE / "runners", work, dirs_exist_ok=True)
    (work / "node_modules").symlink_to(node_package(""))


def _ready(running: subprocess.Popen[bytes], port: int, logs: Iterable[Path]) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if running.poll() is not None or time.monotonic() > until:
                said = "".join(path.read_text("utf-8", "replace") for path in logs if path.exists())
                raise AssertionError(f"{port} does not answer: {said[-2000:]}") from None
            time.sleep(0.05)
