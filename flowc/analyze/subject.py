"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowc.graph import Graph
from flowc.model import Action, Callee, Flow, Setting
from flowc.profile import Profile

#: Simple fields that hold a number, or a name of the phone book.
_NUMBER_FIELDS = {"dial": ("caller_id",), "fax": ("to", "from")}


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A flow, its graph, and the profiles of the targets it is compiled for.

    `environment` is the name of the one that gives variables their values (None: none does), `hosted` what the command
    line says in place of the flow's base_url.
    """

    flow: Flow
    graph: Graph
    profiles: tuple[Profile, ...]
    environment: str | None = None
    hosted: str | None = None

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

    def number_fields(self, action: Action) -> Iterator[Setting]:
        """The simple fields of an action that hold a number."""
        fields = _NUMBER_FIELDS.get(action.verb, ())
        yield from (setting for setting in action.settings if setting.name in fields)
