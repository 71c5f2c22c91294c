"""Lowers a flow for a target: one module for the meaning of each construct.

A difference between targets is a strategy, named by what it does; a target.yaml selects it.
"""

from __future__ import annotations

from flowc.diagnostics.findings import Finding
from flowc.flow.graph import Graph
from flowc.flow.model import Flow
from flowc.flow.values import ToStep
from flowc.lower.context import Lowering
from flowc.lower.ir import DocId, Program, ToDoc
from flowc.lower.request import branching_fallbacks, lower_request
from flowc.lower.sequence import sequence
from flowc.lower.shorten import shorten
from flowc.profiles.profile import Profile


def lower(flow: Flow, graph: Graph, profile: Profile) -> tuple[Program, list[Finding]]:
    """Return the program of a flow for a target, and findings for what the target cannot do.

    A flow with faults (an unknown step, an uncovered outcome) is lowered too, so that all findings come together; its
    program is then of no other use.
    """
    context = Lowering(flow, graph, profile, sequence)
    for step in flow.steps:
        if step.name not in graph.inlined:
            context.step(step)
    entry = ToDoc(DocId(flow.entry.step if isinstance(flow.entry, ToStep) else ""))
    for request in flow.requests:
        lower_request(context, request, entry)
    program = shorten(context.finish(entry), graph.linked)
    return program, [*context.findings, *branching_fallbacks(program)]
