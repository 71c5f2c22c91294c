"""The paths of documents and routes in a bundle; they depend on the names of steps and on purposes only."""

from __future__ import annotations

from flowc.diagnostics.digest import sha256_hex
from flowc.lower.ir import DocId, Route

#: Folder of the documents that are not a step's own; the name of a step cannot begin with it.
_HOISTED = "_"


def file_of(name: DocId) -> str:
    """Return the path of a document in the folder of its flow."""
    if name.role == "step":
        return _step(name.step)
    identity = f"{name.step}/{name.role}/{name.ordinal}/{name.part}"
    return f"{_HOISTED}/{sha256_hex(identity)[:12]}.xml"


def path_of_step(target: str, flow: str, step: str) -> str:
    """Return the path of a step in the bundle."""
    return f"{target}/{flow}/{_step(step)}"


def _step(name: str) -> str:
    """Return the path of a step, which is the same whether it begins with an action or a decision: carriers know it."""
    return f"{name}.xml"


def path_of_route(route: Route) -> str:
    """Return `menu/gather`; for the second gather of a step `menu/gather-2`, for a third decision `menu/gather/3`."""
    if route.begins:
        return _step(route.begins)
    name = route.id
    kind = name.kind if name.nth == 1 else f"{name.kind}-{name.nth}"
    return f"{name.step}/{kind}" if name.part == 1 else f"{name.step}/{kind}/{name.part}"
