"""Names that become file names in the bundle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

#: Devices of Windows, where no file has such a name, whatever its extension.
_DEVICE = re.compile(r"(?:\A|/)(?:con|prn|aux|nul|(?:com|lpt)[1-9])(?:/|\Z)")


def check(context: LintContext) -> Iterator[Finding]:
    """Report a flow, step or call with the name of a Windows device (FC128)."""
    flow = context.flow
    calls = (("call", request.name, request.at) for request in flow.requests if request.kind == "call")
    steps = (("step", step.name, step.at) for step in flow.steps)
    for kind, name, at in (("flow", flow.name, flow.at), *steps, *calls):
        if _DEVICE.search(name):
            message = f"{name} is the name of a device on Windows, where the files of this {kind} cannot be created"
            yield Finding("FC128", at, message, f"Give the {kind} another name, such as {name}-{kind}.")
