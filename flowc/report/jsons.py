"""JSON as the reports print it."""

from __future__ import annotations

import json
import re

#: How a command to a CI service begins that reads one anywhere in a line. In JSON a # is part of a text.
_COMMAND = re.compile(r"#(?=#\w*\[)")


def as_json_text(data: object) -> str:
    """The data in plain ASCII, so that it is JSON in every encoding; no line of it is a command to a CI service."""
    return _COMMAND.sub(r"\\u0023", json.dumps(data, indent=2)) + "\n"
