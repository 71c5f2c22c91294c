"""The examples of the documentation, each put into the flow that the schema of flows has as its own example."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from flowc.diagnostics.codes import Severity
from flowc.profiles.hosts import host_profiles
from flowc.project.options import Options
from flowc.schema.schemas import REQUESTS
from tests.conftest import ROOT
from tests.samples.built_flows import compiled, targets

Flow = dict[str, Any]


class Example(NamedTuple):
    """An example of a field, and the whole flow with it. `kind` is the mapping that the field is of."""

    kind: str
    row: Any
    flow: Flow

    @property
    def name(self) -> str:
        """What it is an example of."""
        return f"{self.kind}.{self.row.name}"


@cache
def language() -> Any:
    """The language as the documentation reads it."""
    return runpy.run_path(str(ROOT / "docs/reference.py"))["Language"](targets().profiles, host_profiles(targets()))


#: What the examples of use, repeat, rows and hours name.
_SHARED = {
    "parts": {"voicemail": "shared/voicemail.part.yaml", "extension": "shared/extension.part.yaml"},
    "tables": {
        "people": {
            "rows": [{"ext": "101", "name": "Amy", "phone": "+12025550150", "pin": "4711"}],
            "columns": {"ext": "digits", "name": "text", "phone": "phone", "pin": "digits"},
        }
    },
    "hours": {
        "office": {
            "zone": "America/New_York",
            "weekly": [{"days": "mon-fri", "from": "08:30", "to": "17:00"}],
            "dates": [{"on": "2026-12-25", "is": "holiday"}],
            "until": "2028-12-31",
        }
    },
}
_FILES = {
    "rota.csv": "from,to,is\n2026-12-24 17:00,2026-12-26 08:00,amy\n",
    "holidays.ics": """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261226
SUMMARY:Holiday
END:VEVENT
END:VCALENDAR
""",
    "guests.csv": "name,phone\nAmy,+12025550150\n",
    "people.csv": "ext,name,phone,pin\n101,Amy,+12025550150,4711\n",
    "shared/voicemail.part.yaml": """\
flowc: 1
part: voicemail
inputs: {greeting: {type: text, default: Hello.}, box: {type: url, default: "https://crm.example.com/box"}}
exits: [left, nothing]
entry: greet
steps: {greet: [{say: "${greeting}"}, {switch: {on: direction, then: {inbound: left, else: nothing}}}]}
""",
    "shared/extension.part.yaml": """\
flowc: 1
part: extension
inputs: {name: {type: text, default: Amy}, phone: {type: phone, default: "+12025550150"}}
exits: [talked, missed]
entry: ring
steps: {ring: [{say: "${name} ${phone}"}, {switch: {on: direction, then: {inbound: talked, else: missed}}}]}
""",
}


def framed(*actions: Any, **keys: Any) -> Flow:
    """The flow with these actions first, and these keys in place of its own; for all targets, unless they say."""
    flow: Flow = {**deepcopy(language().schema["examples"][0]), "targets": list(targets().profiles), **_SHARED, **keys}
    flow["steps"]["start"] = [*actions, *flow["steps"]["start"]]
    return flow


def faults(flow: Flow, folder: Path, names: Iterable[str] = ()) -> dict[str, list[str]]:
    """The errors of a flow, by target: of each of its own, or of those that are named."""
    path = folder / "example.flow.yaml"
    path.write_text(json.dumps(flow), "utf-8")
    (folder / "shared").mkdir(exist_ok=True)
    for name, text in _FILES.items():
        (folder / name).write_text(text, "utf-8")
    found = {}
    for name in names or flow["targets"]:
        bundle = compiled(path, Options(targets=(name,), given={"sip_password": "correct horse"}))
        errors = (one for one in bundle.diagnostics if one.severity is Severity.ERROR)
        found[name] = [f"{one.code} {one.message}" for one in errors]
    return found


#: What a dial says for a confirmation of one number, where a refused one ends the whole call.
_DIAL = {"then": "end", "callapi": {"unconfirmed": "hangup"}}

_BY_HOURS = {"switch": {"hours": "office", "then": {"open": "next", "else": "closed"}}}
_CALL = {"dial": {"to": "desk", "then": "closed"}}
_SERVED = {
    "switch": {
        "on": "direction",
        "then": {"inbound": {"url": "https://crm.example.com", "returns": ["closed"]}, "else": "next"},
    }
}
_REQUEST = {"from": "desk", "to": "+12025550123"}

#: Where a mapping that is no action stands in a flow.
PLACES: dict[str, Callable[[Any], Flow]] = {
    "top": lambda whole: framed(**whole),
    "variable": lambda whole: framed({"say": "${greeting}"}, vars={"greeting": whole}),
    "number": lambda whole: framed({"dial": {**_DIAL, "to": "somebody"}}, numbers={"somebody": whole}),
    "link": lambda whole: framed({"dial": {"to": "desk", "action": whole}}),
    "application": lambda whole: framed(application=whole),
    "call": lambda whole: framed(calls={"one": whole}),
    "scenario": lambda whole: framed(_BY_HOURS, tests={"one": whole}, calls={whole["call"]: _REQUEST}),
    "happens": lambda whole: framed(_SERVED, _CALL, tests={"one": {"play": [whole], "expect": {"ends": "hangup"}}}),
    "expect": lambda whole: framed(_CALL, tests={"one": {"expect": whole}}),
    "retry": lambda whole: framed({"redirect": {"url": "https://crm.example.com/next", "retry": whole}}),
}


def fields() -> Iterator[Example]:
    """An example for every field that the documentation names."""
    for kind, holder in language().holders().items():
        yield from (Example(kind, row, PLACES[kind](row.whole)) for row in language().rows(holder))
    for verb in language().verbs():
        yield from (Example(verb, row, framed({verb: row.whole})) for row in language().rows(language().verb(verb)))


def block_keys() -> Iterator[tuple[str, Example]]:
    """An example for every key of the targets' own blocks, with its target."""
    holders = {name: language().holders()[name] for name in ("number", *REQUESTS)}
    holders |= {verb: language().verb(verb) for verb in language().verbs()}
    for kind, holder in holders.items():
        for name in targets().profiles:
            for row in language().block(name, holder) if kind != "raw" else ():
                place = PLACES.get(kind, lambda whole, verb=kind: framed({verb: whole}))
                yield name, Example(kind, row, place(row.whole))
