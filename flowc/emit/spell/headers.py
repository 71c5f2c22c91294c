"""Checks names of SIP headers, which some targets send under other names."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.values import Setting
from flowc.profiles.rows import Header


def header_faults(header: Header, items: tuple[Setting, ...], target: str) -> Iterator[Finding]:
    """Find names that become one header, and standard headers that are sent under another name (FC402)."""
    first: dict[str, Setting] = {}
    for item in items:
        at = item.at.name(item.name)
        sent = f"{header.added}{header.written(item.name)}"
        known = first.setdefault(header.key(item.name), item)
        if known is not item:
            message = f"{target} sends {known.name} and {item.name} as one header, {sent}"
            related = Related(known.at.name(known.name), "the other one")
            yield Finding("FC402", at, message, "Keep one of them.", (related,))
        elif header.renames(item.name):
            message = f"{target} does not send {item.name} under this name: it puts {header.before} before it"
            help_ = f"Write {sent} if the other side reads that header, or leave it out."
            yield Finding("FC402", at, message, help_)
