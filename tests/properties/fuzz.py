"""Fuzzers: atheris looks for bytes that take new ways through flowc, and for those that flowc does not answer.

    python -m tests.properties.fuzz all [SECONDS]                   each for a part of the time, on what was found
    python -m tests.properties.fuzz NAME [FOLDER] [-OPTION=VALUE]   one of them, with the options of libFuzzer
    python -m tests.properties.fuzz NAME FILE                       one input once more, such as one that was found

Each input has 5 s and 512 MiB above what the fuzzer holds itself. What breaks flowc is left in .cache/fuzz.
"""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from tests.conftest import ROOT

_CACHE = ROOT / ".cache" / "fuzz"
_SECONDS = 5
_MIB = 1024 * 1024
_MEMORY = 512 * _MIB
#: The longest input: longer ones are slower, and lead nowhere else. tests/hostile/attacks.py has those of 4 MiB.
_LONGEST = 8192
#: What each begins with: to take it all would leave no time for anything new.
_SEEDS = 150


def _flows() -> Iterator[bytes]:
    yield from (path.read_bytes() for path in _files("*.flow.yaml"))


def _beside() -> Iterator[bytes]:
    """Files beside flows, each behind the byte that says which."""
    for number, pattern in enumerate(("flowc.yaml", "env/*.yaml", "*.test.yaml")):
        yield from (bytes([number]) + path.read_bytes() for path in _files(pattern))


def _documents() -> Iterator[bytes]:
    """Documents of carriers, behind the bytes that say whose, and what somebody does in the call."""
    for path in sorted(ROOT.glob("tests/golden/**/*.xml")):
        yield bytes(8) + path.read_bytes()


def _answers() -> Iterator[bytes]:
    head = b"HTTP/1.1 %d OK\r\nContent-Type: application/xml\r\n%s\r\n<Response/>"
    for status, more in ((200, b""), (302, b"Location: /\r\n"), (200, b"Transfer-Encoding: chunked\r\n"), (500, b"")):
        yield b"\0" + head % (status, more)


def _nothing() -> Iterator[bytes]:
    """What Hypothesis builds something of."""
    yield from (random.Random(number).randbytes(2000) for number in range(20))


def _files(pattern: str) -> Iterable[Path]:
    found = (path for place in ("tests/cases", "examples") for path in (ROOT / place).rglob(pattern))
    return sorted(path for path in found if path.is_file())


#: What a fuzzer begins with, by the fuzzer's name.
SEEDS: Mapping[str, Callable[[], Iterator[bytes]]] = {
    "load": _flows,
    "compile": _flows,
    "beside": _beside,
    "documents": _documents,
    "answers": _answers,
    "flows": _nothing,
    "calls": _nothing,
}


def _on_bytes(name: str) -> Callable[[bytes], Any]:
    """What a fuzzer does with its bytes. It is imported late, so that atheris sees into it."""
    from tests.properties import invariants
    from tests.samples.built_flows import targets

    files = ("flowc.yaml", "env/prod.yaml", "flows/first.test.yaml")
    carriers = sorted(targets().profiles)

    def beside(data: bytes) -> None:
        invariants.stands_beside(files[invariants.picker(data)(len(files))], data[1:])

    def documents(data: bytes) -> None:
        pick = invariants.picker(data[:8])
        invariants.runs(data[8:].split(b"\0"), invariants.rules(carriers[pick(len(carriers))]), pick)

    def answers(data: bytes) -> None:
        invariants.answers(data[1:], invariants.rules(carriers[invariants.picker(data)(len(carriers))]))

    checks = {"load": invariants.loads, "compile": invariants.compiles, "beside": beside, "documents": documents}
    return {**checks, "answers": answers}[name]


def _on_what_is_built(name: str) -> Callable[[bytes], Any]:
    """A property test, for which Hypothesis builds something of the bytes."""
    from tests.properties import test_generated

    return cast("Callable[[bytes], Any]", getattr(test_generated, f"test_{name}").hypothesis.fuzz_one_input)


def sow(name: str, folder: Path, most: int | None = None) -> None:
    """Put what a fuzzer begins with into a folder: all of it, or about so many."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [*SEEDS[name]()]
    for number, data in enumerate(seeds[:: max(1, len(seeds) // most) if most else 1]):
        (folder / f"seed-{number}").write_bytes(data)


def command(name: str, folder: Path, *options: str) -> list[str]:
    """How a fuzzer is run on a folder, where it keeps what it finds; what breaks flowc it leaves beside that."""
    bounds = (f"-timeout={_SECONDS}", f"-max_len={_LONGEST}", f"-artifact_prefix={folder.parent}/{name}-")
    return [sys.executable, "-m", "tests.properties.fuzz", name, str(folder), *bounds, *options]


def _all(seconds: int) -> int:
    """Run each for its part of the time; 1 if one has found something."""
    found = 0
    for name in SEEDS:
        sow(name, _CACHE / name, _SEEDS)
        print(f"\n{name}: {seconds // len(SEEDS)} s", flush=True)
        done = subprocess.run(
            command(name, _CACHE / name, f"-max_total_time={seconds // len(SEEDS)}"), cwd=ROOT, check=False
        )
        found |= int(done.returncode != 0)
    return found


def fuzz(check: Callable[[bytes], Any], options: Iterable[str]) -> None:
    """Give a check ever new bytes, within the bounds; the process ends with 0 if it takes them all."""
    import atheris

    def checked(data: bytes) -> None:
        try:
            check(data)
        except BaseException:
            # The alarm for -timeout ends the process, as Python takes its handlers away, before the input is kept.
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise

    atheris.Setup([sys.argv[0], *options], checked)
    held = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + _MEMORY, resource.RLIM_INFINITY))
    atheris.Fuzz()


def _fuzz(name: str, options: Iterable[str]) -> None:
    import atheris

    # Of what is imported already atheris would see nothing.
    for module in [module for module in sys.modules if module.partition(".")[0] == "flowc"]:
        del sys.modules[module]
    with atheris.instrument_imports(include=["flowc"], enable_loader_override=False):
        check = (_on_what_is_built if SEEDS[name] is _nothing else _on_bytes)(name)
    fuzz(check, options)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "all":
        sys.exit(_all(int(rest[0]) if rest else 600))
    _fuzz(what, rest)
