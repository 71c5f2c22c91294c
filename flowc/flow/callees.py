"""Callees as authors write them: numbers, addresses, names of the phone book, prefixes, names shown as caller IDs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from flowc.diagnostics.characters import cleaned
from flowc.diagnostics.source import NodeRef
from flowc.flow.values import Callee, is_name

#: Begins a name that is shown as caller ID.
CALLER_NAME = "name:"


def is_caller_name(text: str) -> bool:
    """Whether a caller ID is not a number: `anonymous`, or a name such as `name:Reception`."""
    return text == "anonymous" or text.startswith(CALLER_NAME)


#: Fields of a callee that exclude each other, so that one replaces the other.
KEYS_SENT = ("extension", "send_digits")


_ADDED = ("settings", "blocks", "callbacks", "confirm", "whisper")


def completed_by(callee: Callee, entry: Callee) -> Callee:
    """Return a callee with what it does not say itself from an entry of the phone book."""
    own = {setting.name for setting in callee.settings}
    replaced = {*own, *KEYS_SENT} if own.intersection(KEYS_SENT) else own
    kept = (setting for setting in entry.settings if setting.name not in replaced)
    screened = callee if callee.confirm or callee.whisper else entry
    return replace(
        callee,
        settings=(*kept, *callee.settings),
        blocks=callee.blocks or entry.blocks,
        callbacks=callee.callbacks or entry.callbacks,
        confirm=screened.confirm,
        whisper=screened.whisper,
    )


def differs(callee: Callee, entry: Callee) -> bool:
    """Whether a dial adds something to an entry of the phone book."""
    return any(getattr(callee, field) != getattr(entry, field) for field in _ADDED)


_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}\*\Z")


def is_prefix(text: str) -> bool:
    """Whether a text means all telephone numbers that begin so, such as `+4930*`."""
    return _PREFIX.match(text) is not None


def callee_of(text: str, name: str, at: NodeRef, address_at: NodeRef) -> Callee:
    """Return the callee for a number or an address, whose prefix shows its kind."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("sip", "sips"):
        return Callee("sip", text, name, at, address_at)
    if colon and scheme == "client":
        return Callee("client", rest, name, at, address_at)
    if colon and scheme == "short":
        return Callee("number", rest, name, at, address_at, short=True)
    return Callee("number", text, name, at, address_at)


def party_of(text: str, at: NodeRef, numbers: Mapping[str, Callee]) -> Callee:
    """Return the callee for a name of the phone book (`numbers`), a number or an address."""
    known = numbers.get(text)
    if known is not None:
        return replace(known, at=at)
    return Callee("", text, text, at, at) if is_name(cleaned(text)) else callee_of(text, "", at, at)
