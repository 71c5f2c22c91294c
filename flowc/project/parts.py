"""Parts: sub-flows with inputs and exits, in files of their own, which are written into the flows that use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef, PartUse, SourceFile, of_the_user
from flowc.diagnostics.wording import listing, nearest, shown, suggestion
from flowc.project.substitution import insert
from flowc.project.variables import LoadedFile, Scalar, Scope, Variable, converted_to, type_of
from flowc.syntax import Data, Map, Seq, copied, load

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
#: What an input contains where nothing gives it a value and its part is checked alone.
_PLACEHOLDERS: Mapping[str, Scalar] = {
    "boolean": False,
    "duration": "10s",
    "integer": 1,
    "number": "+12025550100",
    "phone": "+12025550100",
    "text": "text",
    "url": "https://www.example.com/",
}
_PROMPT = b"- pause: 1s"
#: The number of the containers of such a value, which are in no file.
_NOWHERE = -1


class Input(NamedTuple):
    """An input of a part: its type, the value where a use gives none (None: it must be given), and that of tests."""

    name: str
    type: str
    default: Data
    example: Data
    at: NodeRef

    @property
    def alone(self) -> Data:
        """The value where the part is played or checked alone; None if it has none."""
        return self.default if self.example is None else self.example


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

    def takes_step(self, name: str) -> bool:
        """Whether the value of an input is a step of the caller."""
        return name in self.inputs and self.inputs[name].type == "step"


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
            example = entry.get("example")
            kind = entry.get("type") or type_of(example if default is None else default)
            yield Input(name, str(kind), default, example, at)
        else:
            yield Input(name, type_of(entry), entry, None, at)


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


def check_values(part: Part, missing: Sequence[Input]) -> Iterator[Finding]:
    """FC368 an input without a value in a part that is to be played alone."""
    for known in missing:
        message = f"the tests of the part {part.name} need a value of the input {known.name}"
        yield Finding("FC368", known.at, message, f"Add example: to it, with {_TYPES[known.type]}.")


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
        for what, value in (("default", known.default), ("example", known.example)):
            if value is not None and (wanted := _mismatch(known, value)) is not None:
                message = f"the input {known.name} takes {wanted}, but its {what} is {shown(value)}"
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
    own = part.document
    use = PartUse(part.name, own.file, at, given={name: argument.at for name, argument in given.items()}, inputs={})
    file = SourceFile(own.file.path, own.file.data, use)
    data = _copy(part, ("entry", "parts", "tables", "steps"))
    arguments = {**{name: Argument(known.default, known.at, known.at) for name, known in part.inputs.items()}, **given}
    scope = Scope(dict(shared.variables))
    for name, (value, place, _) in arguments.items():
        kind = part.inputs[name].type
        scope.variables[name] = Variable(name, kind, _inserted(name, kind, value, name in given), place)
    findings = insert(LoadedFile(file, data), scope) if _has_variables(own) else []
    use.contains(scope.inserted)
    steps = {destination(name): argument for name, argument in arguments.items() if part.takes_step(name)}
    return Instance(LoadedFile(file, data), steps, scope, (*scope.findings, *findings))


class PartAlone(NamedTuple):
    """A part that nothing uses, with its inputs inserted, to be compiled as a flow.

    `ends` are its exits and the steps that inputs name. `missing` are the inputs that have no value of their own, and
    `holes` the places that contain one of them.
    """

    document: LoadedFile
    scope: Scope
    ends: Mapping[str, NodeRef]
    missing: tuple[Input, ...]
    holes: frozenset[NodeRef]
    findings: tuple[Finding, ...]

    def is_written(self, at: Location) -> bool:
        """Whether what is at a place does not depend on an input that has no value."""
        return at not in self.holes and not (isinstance(at, NodeRef) and at.node == _NOWHERE)


def alone(part: Part, shared: Scope) -> PartAlone:
    """Write a part as if its exits were its ends, each input with its example, or else its default."""
    own = part.document
    data = _copy(part, ("entry", "parts", "tables", "steps", "tests"))
    scope = Scope(dict(shared.variables))
    missing = tuple(one for one in part.inputs.values() if one.alone is None and one.type != "step")
    for name, known in part.inputs.items():
        value = _placeholder(known) if known in missing else known.alone
        scope.variables[name] = Variable(name, known.type, _inserted(name, known.type, value, False), known.at)
    document = LoadedFile(own.file, data)
    findings = insert(document, scope) if _has_variables(own) else []
    names = {one.name for one in missing}
    holes = frozenset(NodeRef(own.file, *entry) for entry, used in scope.inserted.items() if used & names)
    ends = {destination(name): known.at for name, known in part.inputs.items() if known.type == "step"}
    return PartAlone(
        document=document,
        scope=scope,
        ends={**part.exits, **ends},
        missing=missing,
        holes=holes | scope.holes,
        findings=(*scope.findings, *findings),
    )


def _copy(part: Part, keys: tuple[str, ...]) -> Map:
    """The document of a part with these keys alone, in containers of its own."""
    own = part.document.data
    data = Map({"flowc": 1, "part": part.name, **{key: copied(own[key]) for key in keys if key in own}})
    data.node, data.line = own.node, own.line
    if part.exits:
        data["exits"] = own["exits"]
    return data


def _placeholder(known: Input) -> Data:
    if known.type != "prompt":
        return _PLACEHOLDERS[known.type]
    return copied(load(SourceFile("", _PROMPT))[0], lambda _: _NOWHERE)


def _has_variables(document: LoadedFile) -> bool:
    return b"${" in document.file.data or b"\\" in document.file.data  # an escape may produce any character


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
