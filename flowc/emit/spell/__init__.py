"""Spells a program: the target's tables make attributes of fields; what the target does not support becomes a finding.

`speller` makes elements of nodes, `values` writes values, `checks` compiles the schemas of the tables, and `report`
collects the findings.
"""

from __future__ import annotations

from flowc.diagnostics.findings import Finding
from flowc.emit.spell.elements import Spelled
from flowc.emit.spell.speller import Speller
from flowc.lower.ir import Program
from flowc.profiles.profile import Profile


def spell(program: Program, profile: Profile) -> tuple[Spelled, list[Finding]]:
    """Return the program in the carrier's terms, and what the target does not support (4xx)."""
    speller = Speller(profile)
    documents = tuple(speller.document(document) for document in program.documents)
    requests = tuple(speller.request(request) for request in program.requests)
    return Spelled(program, documents, requests), speller.findings
