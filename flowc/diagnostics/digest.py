"""Digests of file contents, of cache keys and of diagnostics."""

from __future__ import annotations

from hashlib import sha256


def sha256_hex(data: bytes | memoryview | str) -> str:
    """Return the SHA-256 of bytes, or of the UTF-8 bytes of a text, as hexadecimal digits."""
    return sha256(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data).hexdigest()
