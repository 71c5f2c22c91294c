"""`make demo`: builds every example, and shows what was built, where it is, and what to do next.

python examples/demo.py [DIR]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flowc.bundle.manifest import MANIFEST, FlowEntry, Manifest
from flowc.bundle.manifest_reader import read_manifest
from flowc.diagnostics.wording import counted, listing

ROOT = Path(__file__).parent.parent
#: So many flows are listed, so that a screen shows all that is printed.
_MOST = 15
_NEXT = """
Each file above is what a carrier gets first when a call comes in. Next:
  .venv/bin/flowc test examples      play calls against what was built
  .venv/bin/flowc explore examples   take every path that a call can take
  .venv/bin/flowc init my-calls      begin a project of your own; README.md goes on from there"""


def main(output: str = "dist") -> None:
    """Build into a folder, counted from the clone, then print a line for each flow, and the next steps."""
    print(f"$ .venv/bin/flowc build examples -o {output}", flush=True)
    command = [sys.executable, "-m", "flowc", "build", "examples", "-o", output, "--quiet"]
    subprocess.run(command, cwd=ROOT, check=True)
    manifest = read_manifest((ROOT / output / MANIFEST).read_bytes())
    flows: dict[str, list[FlowEntry]] = {}
    for entry in manifest.flows:
        flows.setdefault(entry.flow, []).append(entry)
    counts = ((flows, "flow"), (manifest.documents, "document"), (manifest.routes, "route"))
    built = listing((counted(len(things), word) for things, word in counts), "and")
    carriers = listing(sorted({entry.target for entry in manifest.flows}), "and")
    print(f"{built} for {carriers} in {output}/, described by {output}/{MANIFEST}:\n")
    for name, entries in [*flows.items()][:_MOST]:
        others = f"  (and {', '.join(entry.target for entry in entries[1:])})" if entries[1:] else ""
        print(f"  {name:16}  {output}/{_first(entries[0], manifest)}{others}")
    if len(flows) > _MOST:
        print(f"  and {counted(len(flows) - _MOST, 'flow')} more")
    print(_NEXT)


def _first(flow: FlowEntry, manifest: Manifest) -> str:
    """The path of the document that answers a call; for a flow that begins with a switch, that of `else`."""
    answers = {route.url: route.default for route in manifest.routes}
    answers |= {document.url: document.path for document in manifest.documents}
    return answers[flow.answer_url]


if __name__ == "__main__":
    main(*sys.argv[1:])
