"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowc.graph import Graph
from flowc.model import Action, Dial, Flow, Gather
from flowc.profile import Profile


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A flow, its graph, and the profiles of the targets it is compiled for."""

    flow: Flow
    graph: Graph
    profiles: tuple[Profile, ...]

    def actions(self) -> Iterator[Action]:
        """Every action of every step, in order; those inside prompts not."""
        for step in self.flow.steps:
            yield from step.actions

    def prompted(self) -> Iterator[Action]:
        """Every action inside a prompt."""
        for action in self.actions():
            if isinstance(action, Gather):
                yield from (*action.prompt, *action.again_after_silence, *action.again_after_wrong)
            elif isinstance(action, Dial) and action.confirm is not None:
                yield from action.confirm.prompt
