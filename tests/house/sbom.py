"""Prints a CycloneDX SBOM of what flowc needs to run: the packages that requirements/run.txt locks, and their graph."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
#: A package of a lock: its name and version, and the comment that names those that require it.
_PACKAGE = re.compile(r"^([a-z0-9._-]+)==([^ ;\\\n]+).*\n((?:    .*\n)*)", re.MULTILINE)
_REQUIRED_BY = re.compile(r"# {1,3}(?:via )?([a-z0-9._-]+)(?: \(pyproject\.toml\))?$", re.MULTILINE)
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def sbom() -> dict[str, Any]:
    """The SBOM. It has no date and no serial number, so the same lock gives the same bytes."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = re.search(r'^__version__ = "(.*)"$', (_ROOT / "flowc/__init__.py").read_text("utf-8"), re.MULTILINE)
    assert found, "flowc/__init__.py has the version"
    root = project["name"]
    rows = _PACKAGE.findall((_ROOT / "requirements/run.txt").read_text("utf-8"))
    versions = {root: found[1], **{name: version for name, version, _ in rows}}
    own = {_NAME.findall(one)[0].lower() for one in project["dependencies"]}
    needs: dict[str, list[str]] = {}
    for name, _, comment in rows:
        for user in _REQUIRED_BY.findall(comment):
            if user in versions and (user != root or name in own):
                needs.setdefault(user, []).append(name)
    needed = _closure(root, needs)  # without what builds flowc and the extras of examples, which the lock has too
    purls = {name: f"pkg:pypi/{name}@{versions[name]}" for name in needed}
    component, *others = (
        {"type": "library", "bom-ref": purls[name], "name": name, "version": versions[name], "purl": purls[name]}
        for name in needed
    )
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**component, "licenses": [{"expression": project["license"]}]}},
        "components": others,
        "dependencies": [
            {"ref": purls[name], "dependsOn": [purls[other] for other in sorted(needs.get(name, ()))]}
            for name in needed
        ],
    }


def _closure(root: str, needs: Mapping[str, list[str]]) -> list[str]:
    """The root, and all that it needs in the order of names."""
    seen, left = {root}, [root]
    while left:
        new = set(needs.get(left.pop(), ())) - seen
        seen |= new
        left += new
    return [root, *sorted(seen - {root})]


if __name__ == "__main__":
    print(json.dumps(sbom(), indent=2))
