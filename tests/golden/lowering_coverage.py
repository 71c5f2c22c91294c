"""Which lines and branches of lowering the compilation of flows does not reach.

    python -m tests.golden.lowering_coverage FLOW ...

Blocks that refuse something are left out: a flow that is refused has no bundle, and tests/cases holds each refusal.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage

from tests.conftest import ROOT

LOWER = ROOT / "flowc" / "lower"
#: Modules of the package that lower nothing.
AROUND = ("ir.py", "lasting.py", "limits.py", "measures.py", "worst_case.py")
_REFUSING = {"Finding", "Dropped"}


def missed(flows: list[Path]) -> Iterator[str]:
    """The lines of lowering that compiling these does not reach, and the branches that it does not take."""
    measured = coverage.Coverage(branch=True, include=[f"{LOWER}/*"], data_file=None, config_file=False)
    measured.start()
    from flowc import compile_flows

    for flow in flows:
        compile_flows([flow])
    measured.stop()
    with TemporaryDirectory() as folder:
        report = Path(folder, "coverage.json")
        measured.json_report(outfile=str(report))
        files = json.loads(report.read_text("utf-8"))["files"]
    for path in sorted(path for path in LOWER.glob("*.py") if path.name not in AROUND):
        found = next(found for name, found in files.items() if Path(name).resolve() == path)
        lines = path.read_text("utf-8").splitlines()
        left_out = _refusing(path)
        for line in found["missing_lines"]:
            if line not in left_out:
                yield f"{path.name}: {lines[line - 1].strip()}"
        for start, end in found["missing_branches"]:
            if start not in found["missing_lines"] and abs(end) not in {*left_out, *found["missing_lines"]}:
                yield f"{path.name}: {lines[start - 1].strip()} -> {lines[end - 1].strip() if end > 0 else 'return'}"


def _refusing(path: Path) -> set[int]:
    """The lines of blocks that make a finding, or call a function that does nothing else."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = {node.name: node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    names = {*_REFUSING, *(name for name, body in functions.items() if _refuses(body, _REFUSING))}
    blocks = [getattr(node, part, None) for node in ast.walk(tree) for part in ("body", "orelse")]
    refusing = [block for block in blocks if isinstance(block, list) and _refuses(block, names)]
    return {
        line
        for block in refusing
        for line in range(block[0].lineno, (block[-1].end_lineno or 0) + 1)
        if not isinstance(block[0], ast.Import)
    }


def _refuses(block: list[ast.stmt], names: set[str]) -> bool:
    """Whether one of the statements, and none within them, calls one of these names."""
    simple = (
        one for one in block if not isinstance(one, (ast.If, ast.For, ast.While, ast.Match, ast.With, ast.ClassDef))
    )
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
        for one in simple
        if not isinstance(one, ast.FunctionDef)
        for node in ast.walk(one)
    )


if __name__ == "__main__":
    print("\n".join(missed([Path(argument) for argument in sys.argv[1:]])))
