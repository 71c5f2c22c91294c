"""Sounds: what is heard beside the flow, each a document of its own that the carrier fetches."""

from __future__ import annotations

from functools import partial

from flowc.ir import OWN_METHOD, DocId, NextSetting, ToDoc
from flowc.lower.context import Lowering
from flowc.lower.prompt import lower_prompt
from flowc.model import Action, Sound
from flowc.profile import Kind, Spelling


def sounds(context: Lowering, action: Action) -> tuple[NextSetting, ...]:
    """The fields of an action that are heard."""
    return tuple(sound_field(context, action, sound, sound.name, "sound") for sound in action.sounds)


def sound_field(
    context: Lowering, action: Action, sound: Sound, field: str, construct: str, part: int = 0
) -> NextSetting:
    """A field that is heard: the URL of its prompt's document, or of the author's server.

    `field` is its name in the target's table, `construct` the row of what such a prompt may hold; `part` tells
    several of one field apart.
    """
    role = field.removesuffix("_document").replace("_", "-")
    if sound.link is not None:
        return NextSetting(field, context.server(f"{action.verb}-{role}", sound.link, action), sound.link.at)
    name = DocId(action.id.step, role, action.id.ordinal, part)
    nodes = partial(lower_prompt, context, construct, sound.prompt)
    method = _fetched_by(context, action.verb, field)
    return NextSetting(field, ToDoc(context.hoist(name, nodes, sound.at, action.line, method)), sound.at)


def _fetched_by(context: Lowering, kind: str, field: str) -> str:
    row = context.profile.nodes[kind]
    spelling = row.fields.get(field) if isinstance(row, Kind) else None
    if spelling is None and isinstance(row, Kind) and row.inner:
        return _fetched_by(context, row.inner, field)
    return (spelling.fetched_by if isinstance(spelling, Spelling) else None) or OWN_METHOD
