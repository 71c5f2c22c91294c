"""What must hold whatever is given to flowc: it answers, and in the end always. For property tests and for fuzzers.

Each check raises where flowc does: a fault of the input is a diagnostic, an unusable answer the end of a call.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from functools import cache
from itertools import combinations, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

from flowc.diagnostics.codes import Severity
from flowc.diagnostics.source import NodeRef, SourceFile, TextRange
from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.flow.scenario import Behaviour
from flowc.project.options import Options
from flowc.project.project import find_flows, flow_from_text
from flowc.report import FORMATS
from flowc.simulate import Trial, trials
from flowc.simulate.call import Call
from flowc.simulate.callees import ring
from flowc.simulate.compare_targets import differences
from flowc.simulate.coverage import cover
from flowc.simulate.decisions import Choice, Dialled, HungUp, PendingInput, Pressed, Recorded, Silent, Spoke, Stayed
from flowc.simulate.documents import CarrierRequest, Fetcher, Missing, Page, Purpose, read_page
from flowc.simulate.entry_points import EntryPoint, Opening
from flowc.simulate.explore import Explorer, ExplorerState
from flowc.simulate.results import result
from flowc.simulate.rules import Does, Rules, read_rules
from flowc.simulate.web import WebFetcher
from flowc.syntax import load, locate
from tests.calls.played_worst_case import played_worst_case
from tests.samples.built_flows import SAMPLES, targets

#: A number from 0 on, below the given one: whoever gives the input picks, so that the input decides all.
Pick = Callable[[int], int]

#: Where a flow is that stands in no file; no project lies above it.
PLACE = Path("generated.flow.yaml")
_FACTS = {"id": "c", "from": "+12025550100", "to": "+12025550101", "direction": "inbound", "status": "in-progress"}
#: Questions to which a caller has an answer; then somebody hangs up.
_PATIENCE = 40
#: So many spots of a call are tried where each document is somebody else's.
_FAR = 60
_URL = "https://a.example.com/"


def loads(data: bytes) -> None:
    """A file is read, or it is said where it cannot be."""
    file = SourceFile("a.flow.yaml", data)
    _, findings = load(file)
    for finding in findings:
        if isinstance(finding.at, NodeRef):
            locate(finding.at)
        else:
            assert isinstance(finding.at, TextRange)


def compiles(data: bytes) -> Bundle:
    """A flow becomes the same whenever it is compiled: diagnostics, or documents that any XML reader takes."""
    bundle, again = (build_bundle(flow_from_text(PLACE, data), targets(), Options()) for _ in range(2))
    assert (bundle.diagnostics, bundle.files) == (again.diagnostics, again.files)
    told(bundle)
    assert (bundle.files is None) == any(one.severity is Severity.ERROR for one in bundle.diagnostics)
    for name, document in (bundle.files or {}).items():
        if name.endswith(".xml"):
            etree.fromstring(document)
    return bundle


def told(bundle: Bundle) -> None:
    """What is found can be told in every form, and is no fault of flowc."""
    assert [one for one in bundle.diagnostics if one.code >= "FC9"] == []
    for report in FORMATS.values():
        report(bundle.diagnostics)


def stands_beside(name: str, data: bytes) -> Bundle:
    """A project of which one file is this, with its environment and its scenarios."""
    with TemporaryDirectory() as folder:
        for path in (SAMPLES / "project").rglob("*.yaml"):
            copy = Path(folder, path.relative_to(SAMPLES / "project"))
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
        Path(folder, name).write_bytes(data)
        options = Options(environment="prod", scenarios=True)
        bundle = build_bundle(find_flows([Path(folder)]), targets(), options)
        told(bundle)
    return bundle


# Calls


def call_ends(call: Call, opening: Opening, pick: Pick) -> None:
    """A call comes to its end whatever those do who take part in it."""
    call.begin(opening)
    for _ in range(_PATIENCE):
        if call.pending is None:
            break
        call.take(_choice(call, call.pending, pick))
    if call.pending is not None:
        call.take(HungUp())
    assert call.ended is not None or call.pending is not None
    assert all(entry.at >= 0 for entry in call.log)


def _choice(call: Call, pending: PendingInput, pick: Pick) -> Choice:
    """What somebody does: what is asked for, or what is not."""
    if pending.kind is Does.DIAL and pick(2):
        # Whoever answers may be asked in turn, in a call of its own.
        behaviour = _BEHAVIOURS[pick(len(_BEHAVIOURS))]
        return ring(call, pending, lambda _: behaviour)
    choices: list[Choice] = [*_CHOICES]
    for outcome in call.rules.outcomes:
        choices.append(Dialled(outcome, 5, 30 if outcome == "completed" else 0, max(len(pending.callees) - 1, 0)))
        choices.append(Dialled(outcome, 10**6, 10**6))
    return choices[pick(len(choices))]


_BEHAVIOURS = (Behaviour("answer", 5, "1"), Behaviour("answer", 0, "99"), Behaviour("busy"), Behaviour())
_CHOICES: tuple[Choice, ...] = (
    *(Pressed(keys) for keys in ("1", "2", "12", "0#", "*", "", "9" * 40, "x", "\u0661", "&")),
    *(Silent(), HungUp(), Spoke("opening hours"), Spoke(""), Spoke("<&>\U0001f600" * 50)),
    *(Recorded(0), Recorded(5), Recorded(10**9), Stayed(0), Stayed(60), Stayed(10**9), Stayed(0, True)),
)


def interrupted(fetch: Fetcher, own: Rules, pick: Pick, documents: Iterable[bytes]) -> Fetcher:
    """The same documents, but at times an answer of somebody else's, or none."""
    others: list[Page | Missing] = [Missing("unreachable", "no answer", "slow"), Missing("unusable", "no XML")]
    others += [read_page(data, f"{number}", "", own) for number, data in enumerate(documents)]

    def fetched(asked: CarrierRequest) -> Page | Missing:
        return fetch(asked) if pick(4) < 3 else others[pick(len(others))]

    return fetched


def plays(trial: Trial, pick: Pick, documents: Iterable[bytes]) -> None:
    """A flow that was compiled is played and explored, by callers and servers of every kind."""
    player = trial.player
    played_worst_case(trial.explorer, trial.starts())
    for scenario in trial.scenarios:
        played = player.play(scenario)
        result(trial, played)
        assert played.ended is not None or played.failure is not None
    cover(trial.explorer, trial.starts(), map(player.play, trial.scenarios), trial.steps())
    fetch = interrupted(player.fetch, player.rules, pick, documents)
    for opening in player.openings.values():
        leaves = (None, 0, 7000)[pick(3)]
        call_ends(Call(player.rules, fetch, _FACTS, leaves=leaves), opening, pick)


def plays_all(bundle: Bundle, pick: Pick, documents: Callable[[Rules], Iterable[bytes]]) -> None:
    """All flows of a bundle, each on its targets, and these beside each other."""
    own = list(trials(bundle, targets()))
    for trial in own:
        plays(trial, pick, documents(trial.player.rules))
    for one, other in combinations(own, 2):
        list(differences(one.explorer, other.explorer, one.begin(), other.begin()))


@cache
def rules(target: str) -> Rules:
    """Those of a carrier."""
    return read_rules(targets().layers(target))


@cache
def _trial() -> Trial:
    """A small flow, whose manifest stands for one."""
    bundle = build_bundle(find_flows([SAMPLES / "clinic.flow.yaml"]), targets(), Options())
    return next(trials(bundle, targets()))


def runs(documents: list[bytes], own: Rules, pick: Pick) -> None:
    """A carrier gets these documents in turn, wherever it asks, and runs them."""
    pages = [read_page(data, f"{number}", "", own) for number, data in enumerate(documents)]
    turn = 0

    def fetch(asked: CarrierRequest) -> Page | Missing:
        nonlocal turn
        turn += 1
        return pages[turn % len(pages)]

    opening = Opening(
        EntryPoint(_URL, "GET"),
        fallback=EntryPoint(_URL),
        hangup=EntryPoint(_URL),
        ring=EntryPoint(_URL),
        machine=EntryPoint(_URL),
    )
    call_ends(Call(own, fetch, {**_FACTS, "machine": ("true", "false")[pick(2)]}), opening, pick)
    explorer = Explorer(own, fetch, _trial().explorer.manifest)
    list(islice(explorer.all(ExplorerState(None, opening=opening)), _FAR))


# Servers


class Rubbish:
    """A server that answers every request with the same bytes, whatever they are."""

    def __init__(self) -> None:
        """It listens on loopback until the process ends."""
        self.data = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            line, _ = self._socket.accept()
            with line:
                line.settimeout(1)
                try:
                    line.recv(65536)
                    line.sendall(self.data)
                    line.shutdown(socket.SHUT_WR)
                    line.recv(65536)
                except OSError:
                    continue


@cache
def _rubbish() -> Rubbish:
    return Rubbish()


def answers(data: bytes, own: Rules, fragment: str = "") -> None:
    """A server answers with these bytes, which may be no HTTP at all."""
    server = _rubbish()
    server.data = data
    fetch = WebFetcher(own, 1.0)
    found = fetch(CarrierRequest(Purpose.ANSWER, "GET", f"{server.url}{fragment}", {"a": "b"}))
    assert isinstance(found, (Page, Missing))


def picker(data: bytes) -> Pick:
    """Picks by bytes, one after the other, and 0 when they are used up."""
    rest = iter(data)
    return lambda number: next(rest, 0) % number
