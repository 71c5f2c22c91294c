"""Validate documents by JSON Schema. The fast validator decides, and the reference validator describes errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import SourceFile
from flowc.syntax import Data


class Validator:
    """One compiled schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Compile a schema, which must be valid under draft 2020-12."""
        self._schema = schema
        self._verdict = jsonschema_rs.validator_for(dict(schema))

    def takes(self, value: object) -> bool:
        """Return whether a value is valid."""
        return self._verdict.is_valid(value)

    def findings(self, file: SourceFile, document: Data) -> list[Finding]:
        """Validate a loaded document and return the findings."""
        if self.takes(document):
            return []
        from flowc.schema.validate import error_findings  # takes 90 ms to import

        return error_findings(self._schema, file, document)
