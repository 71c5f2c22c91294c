"""Shared by all tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Scenarios among the cases are for flowc, not for this run: its plugin would take them.
collect_ignore_glob = ["cases/*"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate", action="store_true", help="write the expected files of cases and goldens anew; review the diff"
    )


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--regenerate"))


@pytest.fixture(scope="session", autouse=True)
def cache() -> Iterator[None]:
    """What flowc keeps, it keeps in a folder of this run, not among the user's own."""
    known = os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory(prefix="flowc-cache-") as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        yield
        if known is None:
            del os.environ["XDG_CACHE_HOME"]
        else:
            os.environ["XDG_CACHE_HOME"] = known
