"""Identifiers of diagnostics that do not change when lines move, so that a service recognizes known ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.findings import Diagnostic


def fingerprints(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Return a digest for each, of its file, code, line content, and number among equal ones."""
    seen: Counter[tuple[str, ...]] = Counter()
    result = []
    for diagnostic in diagnostics:
        what = (diagnostic.path, diagnostic.code, diagnostic.excerpt.strip())
        result.append(sha256_hex("\0".join((*what, str(seen[what])))))
        seen[what] += 1
    return result
