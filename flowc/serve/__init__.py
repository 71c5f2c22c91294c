"""Serves a bundle as its manifest defines: the reference for every other host.

A bundle, or flows that are built again on each change, come in; HTTP responses go out. Only `flowc.cli` and the host
files `asgi` and `wsgi` of bundles import it.
"""

from flowc.serve.applications import asgi, wsgi
from flowc.serve.reload import ReloadingBundle
from flowc.serve.responses import MAX_BODY, Guard, Reply, Served, UnusableBundle, read_bundle, reply, served
from flowc.serve.verification import NoSignature, NoToken, guard, guard_of

__all__ = [
    "MAX_BODY",
    "Guard",
    "NoSignature",
    "NoToken",
    "ReloadingBundle",
    "Reply",
    "Served",
    "UnusableBundle",
    "asgi",
    "guard",
    "guard_of",
    "read_bundle",
    "reply",
    "served",
    "wsgi",
]
