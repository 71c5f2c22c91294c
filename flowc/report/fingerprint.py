"""Names for diagnostics that stay when lines move, so that a service can tell old ones from new ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.findings import Diagnostic


def fingerprints(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """A fingerprint for each: of its file, its code, what its line says, and the how many-th of such it is."""
    seen: Counter[tuple[str, ...]] = Counter()
    result = []
    for diagnostic in diagnostics:
        what = (diagnostic.path, diagnostic.code, diagnostic.excerpt.strip())
        result.append(sha256_hex("\0".join((*what, str(seen[what])))))
        seen[what] += 1
    return result
