"""Serves a bundle by the meaning that its manifest has: the reference for every other host."""

from flowc.serve.answering import MAX_BODY, Guard, Reply, Served, UnusableBundle, read_bundle, reply, served
from flowc.serve.guarding import NoSignature, NoToken, guard, guard_of
from flowc.serve.reloading import Reloading
from flowc.serve.web import asgi, wsgi

__all__ = [
    "MAX_BODY",
    "Guard",
    "NoSignature",
    "NoToken",
    "Reloading",
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
