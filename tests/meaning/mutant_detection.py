"""Which flows a mutation of the compiler's source concerns, and which of them notices it.

These are the flows of `tests/meaning`, and of what is refused the cases that `tests/meaning/mutants.yaml` names: as few
as notice what all cases notice.
"""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, NamedTuple
from unittest.mock import patch

import yaml
from click.testing import CliRunner

from flowc.cli import commands
from flowc.profiles.webhooks import read_webhooks
from flowc.simulate.rules import read_rules
from tests.conftest import ROOT
from tests.meaning.claims import FLOWS, faults
from tests.meaning.source_mutations import CHANGED, MUTATED, Mutation, forget, in_place

#: The cases of what is refused.
CASES = ROOT / "tests" / "cases"
#: A mutation that makes a flow take so many times longer than it did never ends.
_ENDLESS = 20
#: Seconds of a processor after which it is looked at again, and where the code is that can be stopped.
_AGAIN = 0.01
_COMPILER = (CHANGED, str(ROOT / "flowc"))


class Endless(BaseException):
    """The compiler does not come to an end."""


class Reached(NamedTuple):
    """A flow, the lines of each mutated file that are run for it, and the seconds of a processor that it takes.

    `faults` are what is found in it without a mutation: then it cannot tell anything.
    """

    flow: Path
    lines: dict[str, set[int]]
    took: float
    faults: list[str]


@cache
def corpus() -> tuple[Reached, ...]:
    """Every flow; those that take least come first."""
    return (*reached(FLOWS), *reached(_refused()))


def reached(flows: Sequence[Path]) -> tuple[Reached, ...]:
    """What is run for flows, or for cases."""
    with _tables_once():
        list(faults(FLOWS[0]))  # who comes first pays for what all share
        return tuple(sorted(map(_reached, flows), key=lambda one: one.took))


def noticed(mutation: Mutation, flows: Sequence[Reached] = ()) -> str:
    """What the first flow that notices a mutation has against it; empty if none does. `flows`: others than all."""
    broken = [f"{one.flow.name}: {one.faults}" for one in flows or corpus() if one.faults]
    assert broken == []
    concerned = [one for one in flows or corpus() if mutation.lines & one.lines[str(mutation.path)]]
    with _tables_once(), in_place(mutation):
        for one in concerned:
            try:
                with _within(1 + _ENDLESS * one.took):
                    found = next(_judged(one.flow), "")
            except Endless:
                found = "it does not come to an end"
            except Exception as error:
                found = f"{type(error).__name__}: {error}"
            if found:
                return f"{one.flow.name}: {found}"
    return ""


def _refused() -> list[Path]:
    table = yaml.safe_load(Path(__file__).with_name("mutants.yaml").read_text("utf-8"))
    return [CASES / name for name in table["refused"]]


def _judged(flow: Path) -> Iterator[str]:
    return _reported(flow) if CASES in flow.parents else faults(flow)


def _reported(case: Path) -> Iterator[str]:
    """A report that is not the one that stands beside a case."""
    if case.is_file():
        found = _printed(case.parent, ["lint", case.name])
        wanted = case.with_name(case.name.replace(".flow.yaml", ".out"))
    else:
        wanted = case / "out"
        with TemporaryDirectory() as folder:
            copy = shutil.copytree(case, Path(folder, "case"))
            lines = (case / "args").read_text("utf-8").splitlines()
            found = "".join(f"$ flowc {line}\n{_printed(copy, shlex.split(line), True)}" for line in lines)
    if found != wanted.read_text("utf-8"):
        yield f"told is\n{found}"


def _printed(folder: Path, arguments: list[str], status: bool = False) -> str:
    with chdir(folder):
        result = CliRunner().invoke(commands, arguments, catch_exceptions=False, prog_name="flowc")
    return f"{result.output}exit status {result.exit_code}\n" if status else result.output


#: What reads the tables of carriers for every bundle, which takes longer than all else: no mutation concerns it.
_TABLES = {
    **{
        "flowc.emit.assemble.read_webhooks": cache(read_webhooks),
        "flowc.simulate.rules.read_webhooks": cache(read_webhooks),
    },
    "flowc.simulate.read_rules": cache(read_rules),
}


@contextmanager
def _tables_once() -> Iterator[None]:
    with ExitStack() as stack:
        for name, reads in _TABLES.items():
            stack.enter_context(patch(name, reads))
        yield


def _reached(flow: Path) -> Reached:
    lines: dict[str, set[int]] = {str(path): set() for path in MUTATED}

    def traced(frame: FrameType, event: str, _: Any) -> Any:
        known = lines.get(frame.f_code.co_filename)
        if known is None:
            return None
        known.add(frame.f_lineno)
        return traced

    forget()  # what a cache answers is not run
    before = sys.gettrace()
    sys.settrace(traced)
    try:
        found = list(_judged(flow))
    finally:
        sys.settrace(before)
    began = time.process_time()
    list(_judged(flow))
    return Reached(flow, lines, time.process_time() - began, found)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise Endless after so many seconds of a processor."""

    def over(_: int, frame: FrameType | None) -> None:
        # Elsewhere, such as where a tool hears of garbage that is collected, it would go unheard.
        if frame is not None and frame.f_code.co_filename.startswith(_COMPILER):
            raise Endless

    known = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, known)
