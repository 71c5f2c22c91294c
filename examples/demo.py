"""`make demo`: builds every example and shows what came out and what to do with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flowc.manifest import MANIFEST, RouteEntry, read_manifest

ROOT = Path(__file__).parent.parent
BUNDLE = Path("dist")


def main() -> None:
    """Build, then print the tree, the routes, and the next steps."""
    command = [sys.executable, "-m", "flowc", "build", "examples", "-o", str(BUNDLE)]
    print("$ flowc build examples -o dist", flush=True)
    subprocess.run(command, cwd=ROOT, check=True)
    manifest = read_manifest((ROOT / BUNDLE / MANIFEST).read_bytes())

    print("\nThe bundle, and the lines its documents come from:")
    print(f"  {BUNDLE / MANIFEST}")
    for document in manifest.documents:
        print(f"  {BUNDLE / document.path}  <- {document.source.file}:{document.source.line}")

    print("\nThe routes, where one URL leads to several documents:")
    for route in manifest.routes:
        print(f"  {route.path}, by {route.parameter}")
        for path, words in _ways(route).items():
            print(f"    {path}  <- {', '.join(words)}")

    print("\nNext:")
    print("  1. Put your own base_url into a flow, or build with --base-url https://your.host")
    print("  2. Copy dist/ to that host. A document is a file; a route needs a host that branches by manifest.json.")
    print("  3. Give the answer URLs above to your carrier, with the method GET.")
    print("  4. Break a flow and see what `flowc lint examples` says.")


def _ways(route: RouteEntry) -> dict[str, list[str]]:
    """What leads to each document."""
    ways: dict[str, list[str]] = {}
    for case in route.cases:
        ways.setdefault(case.document, []).append(case.value)
    ways.setdefault(route.empty, []).append("nothing")
    ways.setdefault(route.default, []).append("anything else")
    return ways


if __name__ == "__main__":
    main()
