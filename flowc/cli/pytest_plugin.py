"""A pytest plugin that collects the scenarios in each *.test.yaml that names a flow or a part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flowc.diagnostics.reader import FileReader
from flowc.project.project import FLOW_SUFFIX, PART_SUFFIX, SCENARIOS_SUFFIX, project_above, read, root_of

if TYPE_CHECKING:
    from flowc.diagnostics.findings import Finding
    from flowc.diagnostics.source import SourceFile
    from flowc.flow.scenario import Scenario
    from flowc.simulate import Trial

_TESTED = (FLOW_SUFFIX, PART_SUFFIX)
_OURS = re.compile(rb"^flow:[ \t]*\S", re.MULTILINE)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Collect a file of scenarios; ignore other files with the same ending.

    A file that cannot be read fails if its folder contains a flow, so that its tests are not lost silently.
    """
    if not file_path.name.endswith(SCENARIOS_SUFFIX):
        return None
    file, faults = _read(file_path)
    ours = any(file_path.parent.glob(f"*{FLOW_SUFFIX}")) if faults else _OURS.search(file.data)
    return _ScenarioFile.from_parent(parent, path=file_path) if ours else None


def _read(path: Path) -> tuple[SourceFile, list[Finding]]:
    return read(FileReader(), path, root_of(path, project_above(path.parent)))


class Broken(Exception):
    """A flow or its scenarios cannot run; the message is the report of flowc."""


class _ScenarioFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each scenario on each target of the flow."""
        from flowc.driver.pipeline import build_bundle
        from flowc.profiles.targets import find_targets
        from flowc.project.options import Options
        from flowc.project.project import find_flows
        from flowc.report import FORMATS
        from flowc.simulate import trials

        file, faults = _read(self.path)
        if faults:
            raise Broken(f"{self.path}: {faults[0].message}. {faults[0].help}")
        candidates = sorted(path for ending in _TESTED for path in self.path.parent.glob(f"*{ending}"))
        flows = [path for path in candidates if _names(file.data, path)]
        if not flows:
            raise Broken(f"{self.path} does not name a flow in its folder")
        targets = find_targets()
        found = find_flows(flows, parts=True)._replace(named=frozenset())  # they are not named on a command line
        bundle = build_bundle(found, targets, Options(scenarios=True))
        if bundle.manifest is None:
            raise Broken(FORMATS["text"](bundle.diagnostics))
        for trial in trials(bundle, targets):
            for scenario in trial.scenarios:
                if Path(scenario.at.file.path).resolve() == self.path.resolve():
                    name = f"{scenario.name}[{trial.entry.target}]"
                    item: _ScenarioItem = _ScenarioItem.from_parent(self, name=name)
                    item.trial, item.scenario = trial, scenario
                    yield item


def _names(scenarios: bytes, flow: Path) -> bool:
    name = rb"^flow:[ \t]*['\"]?" + re.escape(flow.name.encode())
    return re.search(name, scenarios, re.MULTILINE) is not None


class _ScenarioItem(pytest.Item):
    trial: Trial
    scenario: Scenario

    def runtest(self) -> None:
        """Run the scenario."""
        from flowc.report.results import results_as_text
        from flowc.simulate.results import result

        played = result(self.trial, self.trial.player.play(self.scenario))
        if played.failure is not None:
            raise Broken(results_as_text([played], []))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object) -> str:
        """Return the course of the call, and the expectation that failed."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the file and the name of the scenario."""
        return self.path, None, self.name
