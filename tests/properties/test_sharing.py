"""A flow with parts, rows and repetitions means what the flow means in which they are written out by hand.

Flows are generated as JSON, and written out by a function of this module, which knows nothing of flowc. Both are
compiled and explored together. A flow that is divided into two, which lead to each other, means the same, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowc.diagnostics.codes import Severity
from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.lower.measures import Measures
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.simulate import Trial, trials
from tests.calls.test_dial_without_action import differences
from tests.samples.built_flows import targets

TARGETS = ["plivo", "twiml"]
PEOPLE = [{"ext": f"10{number}", "name": f"Person {number}", "phone": f"+1202555010{number}"} for number in range(4)]
_WORDS = st.sampled_from(["Hello.", "One moment.", "Please wait.", "Thank you."])
_OUTCOMES = ["busy", "failed"]

Json = dict[str, Any]


def actions(draw: st.DrawFn, places: list[str], parts: list[Json], inputs: list[str]) -> list[Any]:
    """Some actions of a step that lead to these places; `parts` are those that it may use."""
    texts = st.sampled_from([*(f"${{{name}}} speaking." for name in inputs if name == "greeting"), "Good day."])
    found: list[Any] = []
    for _ in range(draw(st.integers(0, 2))):
        found.append(draw(st.one_of(texts.map(lambda text: {"say": text}), st.just({"pause": "2s"}))))
    further = [*places, "next"]
    kind = draw(st.sampled_from(["gather", "dial", "goto", "use", "rows", "repeat", "use then say"]))
    part = draw(st.sampled_from(parts)) if parts else None
    to = st.sampled_from(places)
    if kind == "dial":
        then = {outcome: draw(to) for outcome in draw(st.lists(st.sampled_from(_OUTCOMES), unique=True))}
        phone = "${phone}" if "phone" in inputs else "+12025550143"
        found.append({"dial": {"to": phone, "timeout": "20s", "then": {**then, "else": draw(to)}}})
    elif kind == "repeat":
        inner = [{"say": draw(_WORDS)}, _gather({"1": draw(st.sampled_from(further)), "else": "next"})]
        found.append({"repeat": {"times": draw(st.integers(1, 3)), "do": inner, "then": draw(to)}})
    elif kind == "use" and part is not None:
        found.append({"use": use(draw, part, to)})
    elif kind == "use then say" and part is not None:
        found += [{"use": use(draw, part, st.sampled_from(further))}, {"say": draw(_WORDS)}, {"goto": draw(to)}]
    elif kind == "rows" and part is not None:
        row = {"table": "people", "key": "ext", **use(draw, part, st.sampled_from(further))}
        row["with"] = {name: "${row.name}" if name == "greeting" else "${row.phone}" for name in row["with"]}
        found += [_gather({"rows": row, "else": draw(st.sampled_from(further))}, 3), {"goto": draw(to)}]
    elif kind == "rows":
        row = {"table": "people", "key": "ext", "to": draw(to)}
        found.append(_gather({"rows": row, "else": draw(to)}, 3))
    elif kind == "gather":
        found.append(_gather({"1": draw(to), "2": draw(to), "else": draw(to)}))
    else:
        found.append({"goto": draw(to)})
    return found


def _gather(then: Json, digits: int = 1) -> Json:
    return {"gather": {"digits": digits, "timeout": "12s", "prompt": [{"say": "Choose."}], "then": then}}


def use(draw: st.DrawFn, part: Json, to: st.SearchStrategy[str]) -> Json:
    """A use of a part, every exit covered."""
    values = {"greeting": draw(_WORDS), "phone": draw(st.sampled_from(["+12025550143", "+12025550144"]))}
    return {
        "part": part["part"],
        "with": {name: values[name] for name in part["inputs"]},
        "then": {name: draw(to) for name in part["exits"]},
    }


@st.composite
def projects(draw: st.DrawFn) -> tuple[Json, list[Json]]:
    """A flow, and the parts that it and each other may use: a part uses those after it."""
    parts: list[Json] = []
    for number in range(draw(st.integers(1, 3))):
        inputs = draw(st.lists(st.sampled_from(["greeting", "phone"]), unique=True))
        exits = draw(st.lists(st.sampled_from(["left", "talked", "nothing"]), min_size=1, max_size=2, unique=True))
        steps = _steps(draw, exits, parts, inputs)
        kinds = {"greeting": "text", "phone": "phone"}
        declared = {name: {"type": kinds[name]} for name in inputs}
        parts.append(
            {"flowc": 1, "part": f"part-{number}", "inputs": declared, "exits": exits, "entry": "s0", "steps": steps}
        )
    flow = {
        **{"flowc": 1, "name": "made-up", "targets": TARGETS, "base_url": "https://flows.example.com", "entry": "s0"},
        "tables": {"people": {"rows": PEOPLE, "columns": {"ext": "digits", "name": "text", "phone": "phone"}}},
        "parts": {part["part"]: f"{part['part']}.part.yaml" for part in parts},
        "steps": _steps(draw, ["end"], parts, []),
    }
    for part in parts:
        part["parts"] = {other["part"]: f"{other['part']}.part.yaml" for other in parts}
        part["tables"] = flow["tables"]
    return flow, parts


def _steps(draw: st.DrawFn, ends: list[str], parts: list[Json], inputs: list[str]) -> Json:
    """Steps of which each leads to later ones or to the ends, so that no call goes in a loop."""
    number = draw(st.integers(1, 3))
    names = [f"s{index}" for index in range(number)]
    return {name: actions(draw, [*names[index + 1 :], *ends], parts, inputs) for index, name in enumerate(names)}


class Writer:
    """Writes a flow out: every part, row and repetition becomes steps with names of their own."""

    def __init__(self, parts: list[Json]) -> None:
        self.steps: Json = {}
        self._parts = {part["part"]: part for part in parts}

    def fresh(self) -> str:
        name = f"x{len(self.steps)}"
        self.steps[name] = None
        return name

    def source(self, steps: Json, entry: str, outside: Mapping[str, str], values: Mapping[str, str]) -> str:
        """The steps of a flow or a part; the name of the step that they begin with."""
        names = {name: self.fresh() for name in steps}
        for name, items in steps.items():
            self.step(names[name], items, {"next": "next", "end": "end", **outside, **names}, values, None)
        return names[entry]

    def step(
        self, name: str, items: list[Any], places: Mapping[str, str], values: Mapping[str, str], after: str | None
    ) -> None:
        """The actions of one step, then where it leads in the end."""
        written: list[Any] = []
        self.steps[name] = written
        for index, item in enumerate(items):
            ((verb, fields),) = item.items()
            rest = self.fresh()
            around = {**places, "next": rest}
            if verb == "use":
                written.append({"goto": self.part(fields, around, values, {})})
            elif verb == "repeat":
                written.append({"goto": self.repeat(fields, places, values, places_after(fields, around))})
            elif verb == "gather" and "rows" in fields["then"]:
                written.append({verb: {**fields, "then": self.rows(fields["then"], around, values)}})
            else:
                written.append(filled(item, places, values))
                del self.steps[rest]
                continue
            self.step(rest, items[index + 1 :] or [{"hangup": None}], places, values, after)
            return
        if after is not None:
            written.append({"goto": after})

    def part(self, fields: Json, places: Mapping[str, str], values: Mapping[str, str], row: Mapping[str, str]) -> str:
        part = self._parts[fields["part"]]
        given = {name: replaced(replaced(text, row), values) for name, text in fields["with"].items()}
        exits = {name: places[to] for name, to in fields["then"].items()}
        return self.source(part["steps"], part["entry"], exits, given)

    def rows(self, then: Json, places: Mapping[str, str], values: Mapping[str, str]) -> Json:
        row = then["rows"]
        found = {name: places[to] for name, to in then.items() if name != "rows"}
        for person in PEOPLE:
            columns = {f"row.{name}": text for name, text in person.items()}
            found[person["ext"]] = places[row["to"]] if "to" in row else self.part(row, places, values, columns)
        return found

    def repeat(self, fields: Json, places: Mapping[str, str], values: Mapping[str, str], after: str) -> str:
        names = [self.fresh() for _ in range(fields["times"])]
        for name, to in zip(names, [*names[1:], after], strict=True):
            self.step(name, fields["do"], places, values, to)
        return names[0]


def places_after(fields: Json, places: Mapping[str, str]) -> str:
    return places[fields["then"]]


def replaced(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def filled(item: Json, places: Mapping[str, str], values: Mapping[str, str]) -> Any:
    """An action with its destinations and inputs written out."""

    def walk(value: Any, key: str, to: Callable[[str], str]) -> Any:
        if isinstance(value, dict):
            return {name: walk(inner, "to" if key == "then" else name, to) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, "", to) for inner in value]
        if isinstance(value, str):
            return to(value) if key in ("then", "goto") else replaced(value, values)
        return value

    ((verb, fields),) = item.items()
    if verb == "goto":
        return {verb: places[fields]}
    if isinstance(fields, dict) and "then" in fields:
        then = {name: places[to] for name, to in fields["then"].items()}
        return {verb: {**walk({name: one for name, one in fields.items() if name != "then"}, "", str), "then": then}}
    return walk(item, "", str)


def compiled(folder: Path, files: Mapping[str, Json]) -> Bundle:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_text(json.dumps(data), "utf-8")
    bundle = build_bundle(find_flows([folder]), targets(), Options())
    assert [(one.code, one.message) for one in bundle.diagnostics if one.severity is Severity.ERROR] == []
    return bundle


def settings_for(examples: int) -> settings:
    return settings(
        derandomize=True, deadline=None, max_examples=examples, suppress_health_check=[HealthCheck.too_slow]
    )


def written_out(flow: Json, parts: list[Json]) -> tuple[Json, list[str]]:
    """Return a flow without parts and tables that means the same, and its steps besides the entry."""
    writer = Writer(parts)
    entry = writer.source(flow["steps"], flow["entry"], {}, {})
    plain = {name: one for name, one in flow.items() if name not in ("tables", "parts")}
    return plain | {"entry": entry, "steps": writer.steps}, sorted(writer.steps.keys() - {entry})


@pytest.mark.parametrize("examples", [15, pytest.param(300, marks=pytest.mark.proof)])
def test_parts_mean_what_they_are_written_out_to(examples: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings_for(examples)
    @given(project=projects())
    def mean_the_same(project: tuple[Json, list[Json]]) -> None:
        flow, parts = project
        plain, _ = written_out(flow, parts)
        folder = tmp_path_factory.mktemp("sharing")
        shared = compiled(
            folder / "shared", {"made-up.flow.yaml": flow, **{f"{p['part']}.part.yaml": p for p in parts}}
        )
        written = compiled(folder / "written", {"made-up.flow.yaml": plain})
        for first, second in zip(trials(shared, targets()), trials(written, targets()), strict=True):
            assert list(differences(first.explorer, second.explorer, first.begin(), second.begin())) == []

    mean_the_same()


def divided(plain: Json, elsewhere: Collection[str]) -> dict[str, Json]:
    """The same steps in two flows, whose destinations name steps of the other one."""
    flow_of = {name: "second" if name in elsewhere else "made-up" for name in plain["steps"]}
    steps: dict[str, Json] = {"made-up": {}, "second": {"unused": [{"hangup": None}]}}
    for name, items in plain["steps"].items():
        own = flow_of[name]
        names = {to: to if flow_of[to] == own else f"{flow_of[to]}/{to}" for to in plain["steps"]}
        steps[own][name] = [filled(item, {"next": "next", "end": "end", **names}, {}) for item in items]
    entry = plain["entry"]
    return {
        "made-up.flow.yaml": {**plain, "entry": entry, "steps": steps["made-up"]},
        "second.flow.yaml": {**plain, "name": "second", "entry": "unused", "steps": steps["second"]},
    }


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.proof)])
def test_links_mean_what_one_flow_means(examples: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings_for(examples)
    @given(project=projects(), data=st.data())
    def mean_the_same(project: tuple[Json, list[Json]], data: st.DataObject) -> None:
        plain, others = written_out(*project)
        elsewhere = data.draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        folder = tmp_path_factory.mktemp("links")
        linked = compiled(folder / "linked", divided(plain, elsewhere))
        written = compiled(folder / "written", {"made-up.flow.yaml": plain})
        own = (trial for trial in trials(linked, targets()) if trial.flow.name == "made-up")
        for first, second in zip(own, trials(written, targets()), strict=True):
            assert list(differences(first.explorer, second.explorer, first.begin(), second.begin())) == []
            longest_of = [_longest(bundle, trial) for bundle, trial in ((linked, first), (written, second))]
            # A link may need a document of its own, and so another request.
            assert longest_of[0]._replace(fetches=0) == longest_of[1]._replace(fetches=0)

    mean_the_same()


def _longest(bundle: Bundle, trial: Trial) -> Measures:
    name, target = trial.flow.name, trial.entry.target
    return bundle.checked.worst_case(name, targets().profiles[target]).most
