"""What a build is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flowc.project.policy import Policy

#: Where a bundle lies on its host unless `--root` says otherwise.
ROOT = "/srv/flowc"


class Options(NamedTuple):
    """What the command line says.

    Targets to build for (none: those of the flows), environment, variables, base URL, which findings are told,
    whether the files of scenarios beside flows are read, host (None: that of the flows), and where the bundle lies on
    it.
    """

    targets: tuple[str, ...] = ()
    environment: str | None = None
    given: Mapping[str, str] = {}
    base_url: str | None = None
    policy: Policy = Policy()
    scenarios: bool = False
    host: str | None = None
    root: str = ROOT
