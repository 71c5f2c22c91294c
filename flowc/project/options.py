"""The options of a build."""

from __future__ import annotations

from collections.abc import Mapping

from flowc.diagnostics.records import NamedTuple
from flowc.project.policy import Policy

#: The default directory of a bundle on its host (`--root`).
ROOT = "/srv/flowc"


class Options(NamedTuple):
    """The options of the command line.

    Targets (empty: those of the flows), environment, variables, base URL, policy for findings, whether the files of
    scenarios next to the flows are read, host (None: that of the flows), the directory of the bundle on the host, and
    the present time (None: a build does not know it).
    """

    targets: tuple[str, ...] = ()
    environment: str | None = None
    given: Mapping[str, str] = {}
    base_url: str | None = None
    policy: Policy = Policy()
    scenarios: bool = False
    host: str | None = None
    root: str = ROOT
    now: int | None = None
