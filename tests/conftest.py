"""Shared by all tests."""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache as once
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, settings

from flowc.bundle import manifest
from flowc.bundle.manifest import MANIFEST
from flowc.bundle.manifest_reader import read_manifest
from flowc.driver import fragments as parts
from flowc.profiles.targets import SCHEMAS

TESTS = Path(__file__).parent
ROOT = TESTS.parent
#: After so many seconds a test gives up waiting for what should come. No test is decided by it on the busiest machine.
PATIENCE = 600
#: How many times as many examples the tests of properties try: `make proofs` sets it.
TIMES = int(os.environ.get("FLOWC_EXAMPLES", "1"))
# How fast an example is made or tried depends on what else the machine does.
settings.register_profile("flowc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flowc")
# Scenarios among the cases are for flowc, not for this run: its plugin would take them.
collect_ignore_glob = ["cases/FC*", "cases/ok", "cases/commands"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate", action="store_true", help="write the expected files of cases and goldens anew; review the diff"
    )


def pytest_collection_finish() -> None:
    """Leave thousands of tests out of each garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--regenerate"))


@pytest.fixture(scope="session", autouse=True)
def clock() -> Iterator[None]:
    """What depends on the present time gets this one, so that no test fails later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1798165800")
        yield


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


@once
def manifest_schema() -> Any:
    """What judges a manifest by its schema."""
    return jsonschema_rs.validator_for(json.loads((SCHEMAS / "manifest.schema.json").read_text("utf-8")))


def manifest_faults(data: bytes) -> list[str]:
    """What the schema of manifests has against one."""
    return [f"{fault.instance_path}: {fault.message}" for fault in manifest_schema().iter_errors(json.loads(data))]


@pytest.fixture(scope="session", autouse=True)
def judged_manifests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., bytes]]:
    """Every manifest that a test has flowc make meets its schema; what is given makes one without a look at it.

    Those of this process are judged when they are made, those of other processes by their files, at the end.
    """
    unjudged = manifest.manifest_json

    def judged(base_url: str, lists: Mapping[str, Sequence[str]]) -> bytes:
        data = unjudged(base_url, lists)
        assert manifest_faults(data) == []
        return data

    with pytest.MonkeyPatch.context() as patch:
        for module in (manifest, parts):
            patch.setattr(module, "manifest_json", judged)
        yield unjudged
    written = (path for path in tmp_path_factory.getbasetemp().rglob(MANIFEST) if path.is_file())
    wrong = {path: faults for path in written if _made(data := path.read_bytes()) and (faults := manifest_faults(data))}
    assert wrong == {}


def _made(data: bytes) -> bool:
    """Whether flowc has written these very bytes, and not a test that spoils a manifest."""
    try:
        return read_manifest(data).to_json() == data
    except (ValueError, KeyError, TypeError):
        return False
