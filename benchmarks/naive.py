"""What one writes instead of using flowc, as a yardstick for its speed: ``python benchmarks/naive.py FLOW... OUT``.

PyYAML's C loader, the carrier's own SDK, one file a step; no checks, no places, no routes, no manifest.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import yaml
from plivo import plivoxml


def document(base: str, step: str, actions: list[Any]) -> str:
    """Return the XML of one step, built with the SDK."""
    response = plivoxml.ResponseElement()
    for action in actions:
        if action == "hangup":
            response.add(plivoxml.HangupElement())
            continue
        [(verb, value)] = action.items()
        if verb == "say":
            response.add(plivoxml.SpeakElement(value))
        elif verb == "dial":
            dial = plivoxml.DialElement(action=f"{base}/{step}/dial", method="GET")
            for number in value["to"]:
                dial.add(plivoxml.NumberElement(number))
            response.add(dial)
        elif verb == "record":
            onward = f"{base}/{value['then']}.xml"
            response.add(plivoxml.RecordElement(action=onward, method="GET", callback_url=value["events"]))
        else:
            raise ValueError(f"{step}: unknown action {verb}")
    return str(response.to_string())


def main() -> int:
    """Write every step of the flows into the output folder and return the exit status."""
    *sources, out = sys.argv[1:]
    for source in sources:
        build(source, out)
    return 0


def build(source: str, out: str) -> None:
    """Write every step of a flow into the output folder."""
    with open(source, encoding="utf-8") as file:
        flow = yaml.load(file, Loader=yaml.CSafeLoader)
    base = f"{flow['base_url']}/plivo/{flow['name']}"
    folder = os.path.join(out, "plivo", flow["name"])
    os.makedirs(folder, exist_ok=True)
    for step, actions in flow["steps"].items():
        with open(os.path.join(folder, f"{step}.xml"), "w", encoding="utf-8") as file:
            file.write(document(base, step, actions))


if __name__ == "__main__":
    sys.exit(main())
