"""`flowc schema` prints what flowc itself judges by."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from flowc.cli import commands
from flowc.schemas import environment_schema, flow_schema, project_schema, read_schema
from flowc.targets import find_targets

PROFILES = find_targets().profiles


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("flow", flow_schema(PROFILES)),
        ("project", project_schema(PROFILES)),
        ("environment", environment_schema()),
        ("manifest", read_schema("manifest")),
        ("target", read_schema("target")),
    ],
)
def test_schema(name: str, wanted: object) -> None:
    result = CliRunner().invoke(commands, ["schema", name], catch_exceptions=False)
    printed = json.loads(result.output)
    assert (result.exit_code, printed) == (0, wanted)
    Draft202012Validator.check_schema(printed)
