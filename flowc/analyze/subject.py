"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowc.graph import Graph
from flowc.model import Action, Callee, Flow
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

    def parties(self) -> Iterator[Callee]:
        """Everybody whom an action or a request names, in order."""
        for action in self.actions():
            yield from action.parties()
        for request in self.flow.requests:
            yield from request.parties()

    def prompted(self) -> Iterator[Action]:
        """Every action inside a prompt, those of the phone book's confirmations included."""
        for entry in self.flow.numbers:
            if entry.confirm is not None:
                yield from entry.confirm.sound.prompt
        for action in self.actions():
            for prompt in action.prompts():
                yield from prompt
