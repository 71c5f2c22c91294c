"""Parts: sub-flows with inputs and exits, in files of their own, which are written into the flows that use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import Location, NodeRef, PartUse, SourceFile, of_the_user
from flowc.diagnostics.wording import listing, nearest, shown, suggestion
from flowc.project.substitution import insert
from flowc.project.variables import LoadedFile, Scalar, Scope, Variable, converted_to, type_of
from flowc.syntax import Data, Map, Seq, copied

#: What a value of each type of input is, in words.
_TYPES = {
    "boolean": "true or false",
    "duration": "a time, such as 20s",
    "integer": "a whole number",
    "number": "a name of the phone book or a number",
    "phone": "a telephone number",
    "prompt": "a prompt, such as [{say: Hello.}]",
    "step": "the name of a step",
    "text": "a text",
    "url": "an absolute URL",
}


class Input(NamedTuple):
    """An input of a part: its type, and the value where a use gives none (None: it must be given)."""

    name: str
    type: str
    default: Data
    at: NodeRef


class Argument(NamedTuple):
    """What a use gives for an input; `name` is the place of the input's name."""

    value: Data
    at: Location
    name: Location


class Part(NamedTuple):
    """A part as it is written: its inputs and exits by name, exits with their places."""

    name: str
    document: LoadedFile
    inputs: Mapping[str, Input]
    exits: Mapping[str, NodeRef]

    @property
    def entry(self) -> str:
        """The step that it begins with."""
        return str(self.document.data["entry"])

    @property
    def steps(self) -> Map:
        """Its steps by name."""
        return cast(Map, self.document.data["steps"])


class Instance(NamedTuple):
    """A part with its inputs inserted, for one use. `steps` are the names of the caller's steps, by input."""

    document: LoadedFile
    steps: Mapping[str, Argument]
    scope: Scope
    findings: tuple[Finding, ...]


def read_part(document: LoadedFile) -> Part:
    """The part of a document that `part_schema` has accepted, but for its steps."""
    data = document.data
    exits = data.get("exits")
    inputs = data.get("inputs")
    return Part(
        name=str(data["part"]),
        document=document,
        inputs={one.name: one for one in _inputs(document, inputs)} if isinstance(inputs, Map) else {},
        exits=dict(_exits(document, exits)) if isinstance(exits, Seq) else {},
    )


def _exits(document: LoadedFile, names: Seq) -> Iterator[tuple[str, NodeRef]]:
    where = NodeRef(document.file, names.node)
    return ((str(name), where.of(index)) for index, name in enumerate(names))


def _inputs(document: LoadedFile, block: Map) -> Iterator[Input]:
    for name, entry in block.items():
        at = NodeRef(document.file, block.node, name, "key")
        if isinstance(entry, Map):
            default = entry.get("default")
            yield Input(name, str(entry.get("type") or type_of(default)), default, at)
        else:
            yield Input(name, type_of(entry), entry, at)


def check_inputs(part: Part, given: Mapping[str, Argument], at: NodeRef) -> Iterator[Finding]:
    """FC368 an input that the part does not have, one that it needs, and a value of another type."""
    for name, argument in given.items():
        known = part.inputs.get(name)
        if known is None:
            help_ = suggestion(name, part.inputs) or (
                f"Its inputs are {listing(part.inputs, 'and')}." if part.inputs else "It has no inputs."
            )
            yield Finding("FC368", argument.name, f'the part {part.name} has no input "{name}"', help_)
        elif (wanted := _mismatch(known, argument.value)) is not None:
            message = f"the input {name} takes {wanted}, not {shown(argument.value)}"
            yield Finding("FC368", argument.at, message, f"Write {wanted}.", (Related(known.at, "declared here"),))
    meant = {nearest(name, part.inputs) for name in given if name not in part.inputs}
    needed = [one for one in part.inputs.values() if one.default is None and one.name not in given]
    missing = [one for one in needed if one.name not in meant]
    if missing:
        names = listing([one.name for one in missing], "and")
        message = f"the part {part.name} needs {'the input' if len(missing) == 1 else 'the inputs'} {names}"
        help_ = f"Add {names} below with:, or give {'it a default' if len(missing) == 1 else 'them defaults'}."
        yield Finding("FC368", at, message, help_, (Related(missing[0].at, "declared here"),))


def _mismatch(known: Input, value: Data) -> str | None:
    """What the input takes, if this value has another type."""
    if known.type == "prompt":
        fits = isinstance(value, Seq)
    else:
        fits = isinstance(value, (str, int, float)) and converted_to(known.type, value) is not None
        fits = fits and not (known.type == "duration" and isinstance(value, bool))
    return None if fits else _TYPES[known.type]


def check_part(part: Part) -> Iterator[Finding]:
    """FC204 two destinations of one name, FC368 a default of another type, FC332 an input that is not inserted."""
    where = NodeRef(part.document.file, part.steps.node)
    places = {name: where.name(name) for name in part.steps}
    inputs = {destination(name): known.at for name, known in part.inputs.items() if known.type == "step"}
    for name, at in (*part.exits.items(), *inputs.items()):
        if name in places:
            related = (Related(places[name], "the other one"),)
            yield Finding("FC204", at, f"two destinations of this part have the name {name}", "Rename one.", related)
        places.setdefault(name, at)
    for known in part.inputs.values():
        if known.default is not None and (wanted := _mismatch(known, known.default)) is not None:
            message = f"the input {known.name} takes {wanted}, but its default is {shown(known.default)}"
            yield Finding("FC368", known.at, message, f"Write {wanted}, or change its type.")
    yield from _unused_inputs(part)


def _unused_inputs(part: Part) -> Iterator[Finding]:
    text = part.document.file.data
    for name, known in part.inputs.items():
        if f"${{{name}}}".encode() not in text and b"\\" not in text:  # an escape may produce any character
            help_ = f"Insert it as ${{{name}}}, or remove it."
            yield Finding("FC332", known.at, f"the part {part.name} does not use its input {name}", help_)


def instantiate(part: Part, given: Mapping[str, Argument], at: Location, shared: Scope) -> Instance:
    """Write a part for one use, with what it is given; `shared` are the variables of the project.

    What the use gives has been checked. Values of the type step become destinations, by the name of their input.
    """
    inserted: dict[tuple[int, str | int | None], Mapping[str, Location]] = {}
    own = part.document
    file = SourceFile(own.file.path, own.file.data, PartUse(own.file, at, inserted))
    kept = {key: copied(own.data[key]) for key in ("entry", "parts", "tables", "steps") if key in own.data}
    data = Map({"flowc": 1, "part": part.name, **kept})
    data.node, data.line = own.data.node, own.data.line
    if part.exits:
        data["exits"] = own.data["exits"]
    arguments = {**{name: Argument(known.default, known.at, known.at) for name, known in part.inputs.items()}, **given}
    scope = Scope(dict(shared.variables))
    for name, (value, place, _) in arguments.items():
        kind = part.inputs[name].type
        scope.variables[name] = Variable(name, kind, _inserted(name, kind, value, name in given), place)
    findings = insert(LoadedFile(file, data), scope) if b"${" in own.file.data or b"\\" in own.file.data else []
    for entry, names in scope.inserted.items():
        if places := {name: arguments[name].at for name in names if name in given}:
            inserted[entry] = places
    steps = {destination(name): argument for name, argument in arguments.items() if part.inputs[name].type == "step"}
    return Instance(LoadedFile(file, data), steps, scope, (*scope.findings, *findings))


def destination(name: str) -> str:
    """The destination, within a part, that an input of the type step is."""
    return name.replace("_", "-")


def _inserted(name: str, kind: str, value: Data, given: bool) -> Scalar | Seq | None:
    match kind:
        case "prompt":
            return cast(Seq, copied(value, of_the_user) if given else value) if isinstance(value, Seq) else None
        case "step":
            return destination(name)
    return converted_to(kind, value) if isinstance(value, (str, int, float)) else None
