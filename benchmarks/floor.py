"""The least that any compiler in Python does: ``python benchmarks/floor.py FLOW... PACK OUT``.

It reads the flows, takes every event from libyaml, and writes the files of a finished bundle, which stand in PACK.
"""

from __future__ import annotations

import marshal
import os
import sys

import yaml


def main() -> int:
    """Do it and return the exit status."""
    *sources, pack, out = sys.argv[1:]
    for source in sources:
        with open(source, encoding="utf-8") as file:
            for _ in yaml.parse(file.read(), Loader=yaml.CSafeLoader):
                pass
    with open(pack, "rb") as packed:
        files: dict[str, bytes] = marshal.load(packed)
    for folder in sorted({os.path.dirname(path) for path in files}):
        os.makedirs(os.path.join(out, folder), exist_ok=True)
    for path, data in files.items():
        with open(os.path.join(out, path), "wb") as document:
            document.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
