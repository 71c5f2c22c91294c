"""Prints the constraints under which pip installs the lowest version that pyproject.toml allows of each dependency."""

from __future__ import annotations

import tomllib
from pathlib import Path

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def lowest() -> list[str]:
    """One constraint for each dependency, those of the extras too; what is pinned stays so."""
    project = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    of_others = (one for extra in extras for one in extra if not one.startswith(project["name"]))
    wanted = [*project["dependencies"], *of_others]
    assert all(">=" in one or "==" in one for one in wanted), "each dependency says its lowest version"
    return [one.replace(">=", "==", 1) for one in wanted]


if __name__ == "__main__":
    print("\n".join(lowest()))
