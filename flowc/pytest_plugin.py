"""A plugin of pytest: scenarios in a *.test.yaml that names a flow are tests like any other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flowc.scenario import Scenario
    from flowc.simulate import Trial

_OURS = re.compile(rb"^flow:[ \t]*\S", re.MULTILINE)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Take a file of scenarios; others with such a name are left alone."""
    if file_path.name.endswith(".test.yaml") and _OURS.search(file_path.read_bytes()):
        return _ScenarioFile.from_parent(parent, path=file_path)
    return None


class Broken(Exception):
    """A flow, or its scenarios, cannot be played; the message is flowc's report."""


class _ScenarioFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        """An item for each scenario on each target of the flow."""
        from flowc.options import Options
        from flowc.pipeline import build_bundle
        from flowc.project import find_flows
        from flowc.report import FORMATS
        from flowc.simulate import trials
        from flowc.targets import find_targets

        flows = [path for path in sorted(self.path.parent.glob("*.flow.yaml")) if self._names(path)]
        if not flows:
            raise Broken(f"{self.path} names no flow beside it")
        targets = find_targets()
        bundle = build_bundle(find_flows(flows), targets, Options(scenarios=True))
        if bundle.manifest is None:
            raise Broken(FORMATS["text"](bundle.diagnostics))
        for trial in trials(bundle, targets):
            for scenario in trial.scenarios:
                if Path(scenario.at.file.path).resolve() == self.path.resolve():
                    name = f"{scenario.name}[{trial.entry.target}]"
                    item: _ScenarioItem = _ScenarioItem.from_parent(self, name=name)
                    item.trial, item.scenario = trial, scenario
                    yield item

    def _names(self, flow: Path) -> bool:
        name = rb"^flow:[ \t]*['\"]?" + re.escape(flow.name.encode())
        return re.search(name, self.path.read_bytes(), re.MULTILINE) is not None


class _ScenarioItem(pytest.Item):
    trial: Trial
    scenario: Scenario

    def runtest(self) -> None:
        """Play the scenario."""
        from flowc.report.results import results_as_text
        from flowc.simulate.outcome import result

        played = result(self.trial, self.trial.player.play(self.scenario))
        if played.failure is not None:
            raise Broken(results_as_text([played], []))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object) -> str:
        """The call as it went, and the expectation that did not hold."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the scenario stands."""
        return self.path, None, self.name
