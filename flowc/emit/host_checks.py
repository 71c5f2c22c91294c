"""Finds what a host cannot serve: branches, methods, values, sizes; each is reported where the flow needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from flowc.bundle.manifest import Manifest
from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, TextRange
from flowc.diagnostics.wording import listing, shown
from flowc.emit.link import BundlePlan, PlannedDocument, Unit
from flowc.emit.notifications import notify_entry
from flowc.emit.spell.size import may_exceed
from flowc.flow.model import Flow
from flowc.flow.values import Setting
from flowc.lower.ir import OWN_METHOD, Route
from flowc.profiles.hosts import Host, HostLimits, host_profiles
from flowc.profiles.signature import schemes
from flowc.profiles.targets import Targets

#: Text that needs no escapes in the configuration of any host.
_PLAIN = re.compile(r"[A-Za-z0-9._~/-]*")
_LINE = re.compile(rb"[^\n]+")
_WORD = re.compile(rb'"(?:[^"\\]|\\.)*"|[^\s"]+', re.DOTALL)
#: The most bytes of a character of a value in a configuration, and of a line without its paths and its value.
_PER_CHARACTER, _OTHERS = 36, 200


class Wanted(NamedTuple):
    """The host of a bundle, all known hosts, and the place for messages about the host.

    `root` is the folder of the bundle on the host.
    """

    host: Host
    hosts: Mapping[str, Host]
    at: Location
    root: str

    def others(self, can: Callable[[Host], bool]) -> str:
        """Return a sentence that names the hosts that can."""
        able = [name for name, host in self.hosts.items() if can(host)]
        return f"Hosts that can: {', '.join(able)}." if able else "No host can."


def agree(flows: Iterable[Flow]) -> Iterator[Finding]:
    """Find flows of one build that are for different hosts (FC504)."""
    first: Setting | None = None
    for flow in flows:
        if flow.host is None:
            continue
        first = first or flow.host
        if flow.host.value != first.value:
            message = f"this flow is for the host {flow.host.value}, another of this build for {first.value}"
            help_ = "A bundle has one host: write it once in flowc.yaml, or build the flows separately."
            yield Finding("FC504", flow.host.at, message, help_, (Related(first.at, "the other one"),))


def check_signatures(units: Iterable[Unit], targets: Targets, host: Host | None) -> Iterator[Finding]:
    """Find signatures that are required of a target without a scheme, or on a host that cannot verify (FC507)."""
    for unit in units:
        if unit.flow.signatures is None or not unit.flow.signed:
            continue
        at = unit.flow.signatures.at
        if not schemes(unit.target, targets):
            message = f"signatures are required here, but flowc cannot verify requests of {unit.target}"
            yield Finding("FC507", at, message, f"Write signatures: optional, or leave {unit.target} out.")
        if host is not None and not host.signatures:
            message = f"signatures are required here, but {host.name} cannot verify them"
            help_ = f"Hosts that can: {', '.join(verifying(targets))}. Or write signatures: optional."
            yield Finding("FC507", at, message, help_)


def unverified(manifest: Manifest, host: Host, targets: Targets) -> str:
    """Return a notice that a host does not verify signatures; empty if it does, or if no carrier signs."""
    if host.signatures or not manifest.signatures:
        return ""
    names = [entry.target for entry in manifest.signatures]
    sign = "signs its requests" if len(names) == 1 else "sign their requests"
    others = ", ".join(verifying(targets))
    return f"{listing(names, 'and')} {sign}, but {host.name} does not verify them (hosts that do: {others})."


def verifying(targets: Targets) -> Iterable[str]:
    """Return the hosts that verify signatures."""
    return [name for name, host in host_profiles(targets).items() if host.signatures]


def check_plan(units: Iterable[Unit], plan: BundlePlan, wanted: Wanted) -> Iterator[Finding]:
    """Find what the host cannot serve of a bundle, apart from its size.

    FC501: a branch. FC502: a document that a carrier requests by POST. FC503: values that it cannot compare. FC506: a
    base URL that its configuration cannot contain. FC509: a switch by the time. FC511: a notification. FC513: an audio
    file.
    """
    units = list(units)
    path = urlsplit(plan.base_url).path
    if _branches(wanted.host) and not _PLAIN.fullmatch(path):
        at, name = _base_url(units, plan)
        message = f"flowc cannot write a configuration for the path {shown(path)} of {name}"
        help_ = "Host the bundle at a path that contains only letters, digits and - . _ ~"
        yield Finding("FC506", at, message, help_)
    for unit in units:
        for route in unit.spelled.program.routes:
            yield from _route(route, wanted)
    for document in plan.documents:
        yield from _methods(document, wanted)
        for one in document.document.notify if not wanted.host.notifies else ():
            message = f"{wanted.host.name} cannot notify a server, but this step does"
            yield Finding("FC511", one.at, message, wanted.others(lambda host: host.notifies))
    yield from _audio(plan, wanted)


def _base_url(units: Sequence[Unit], plan: BundlePlan) -> tuple[Location, str]:
    """Return where the base URL of a plan is written, and its name: the command line is not in a file."""
    for unit in units:
        written = unit.flow.base_url
        if written is not None and str(written.value).rstrip("/") == plan.base_url:
            return written.at, "this base URL"
    return TextRange(units[0].flow.file), "--base-url"


def _route(route: Route, wanted: Wanted) -> Iterator[Finding]:
    host = wanted.host
    if route.hours is not None:
        if not host.hours:
            message = f"{host.name} cannot decide by the time, but this switch does"
            yield Finding("FC509", route.at, message, wanted.others(_knows_time))
        return
    if not _branches(host):
        message = f"{host.name} cannot branch, but this {route.id.kind} leads to different documents"
        help_ = f"{wanted.others(_branches)} Or let all outcomes lead to the same place."
        yield Finding("FC501", route.at, message, help_)
        return
    values = [case.value for case in route.cases]
    prefixes = dict.fromkeys(shown(f"+{case.value.removeprefix('+')}*") for case in route.cases if case.prefix)
    if prefixes and not host.prefixes:
        message = f"{host.name} cannot compare {listing(prefixes, 'and')}: it compares whole values only"
        yield Finding("FC503", route.at, message, wanted.others(lambda other: _branches(other) and other.prefixes))
    refused = [value for value in values if not _compares(host, [value])]
    if refused and host.values:
        which = listing(dict.fromkeys(map(shown, refused)), "and")
        message = f"{host.name} cannot compare {which}: it compares {host.values.description}"
        yield Finding("FC503", route.at, message, wanted.others(partial(_compares, values=values)))


def _knows_time(host: Host) -> bool:
    return bool(host.hours)


def _methods(planned: PlannedDocument, wanted: Wanted) -> Iterator[Finding]:
    methods, host = planned.document.methods, wanted.host
    if not _answers(host, methods):
        message = (
            f"{planned.target} requests this sound by {listing(methods, 'and')}, "
            f"but {host.name} answers only {listing(host.documents, 'and')} with a file"
        )
        yield Finding("FC502", planned.document.at, message, wanted.others(partial(_answers, methods=methods)))


def _audio(plan: BundlePlan, wanted: Wanted) -> Iterator[Finding]:
    most = wanted.host.limits.audio
    for file in plan.audio:
        size = len(file.data)
        if most is not None and size > most:
            message = f"{wanted.host.name} serves audio files of at most {most} bytes; {shown(file.name)} has {size}"
            help_ = f"{wanted.others(partial(_plays, size=size))} Or write the URL of the file on another server."
            yield Finding("FC513", file.at, message, help_)


def _plays(host: Host, size: int) -> bool:
    return host.limits.audio is None or size <= host.limits.audio


def check_documents(plan: BundlePlan, manifest: Manifest, wanted: Wanted) -> Iterator[Finding]:
    """Find documents that are too large for the host (FC505)."""
    planned = {document.path: document for document in plan.documents}
    for entry in manifest.documents:
        if not _fits(wanted.host, entry.size):
            most = wanted.host.limits.document
            message = (
                f"{wanted.host.name} serves documents of at most {most} bytes; the one for this step has {entry.size}"
            )
            able = wanted.others(partial(_fits, size=entry.size))
            yield Finding("FC505", planned[entry.path].document.at, message, f"{able} Or divide the step.")


def check_configuration(files: Mapping[str, bytes], manifest: Manifest, wanted: Wanted) -> Iterator[Finding]:
    """Find a configuration that the host refuses because a file, a line or a word is too long (FC505)."""
    advice = "Or let calendars end sooner (until:)." if manifest.hours else "Or build the flows separately."
    advice = "Or write the URLs of audio files on another server." if manifest.audio else advice
    limits, name = wanted.host.limits, wanted.host.name
    for path, data in sorted(files.items()):
        if limits.configuration is not None and len(data) > limits.configuration:
            message = f"{name} takes a configuration of at most {limits.configuration} bytes; {path} has {len(data)}"
            able = wanted.others(partial(_unlimited, hours=bool(manifest.hours)))
            yield Finding("FC505", wanted.at, message, f"{able} {advice}")
        for message in _too_long(path, data, limits):
            able = wanted.others(lambda host: _branches(host) and not host.limits.line and host.limits.word is None)
            yield Finding("FC505", wanted.at, f"{name} {message}", f"{able} Or compare shorter values.")


def _too_long(path: str, data: bytes, limits: HostLimits) -> Iterator[str]:
    """Return messages for the first line and the first word of a file that are too long."""
    name = path.rpartition("/")[2]
    line = min((most for pattern, most in limits.line.items() if fnmatchcase(name, pattern)), default=None)
    for kind, most, parts in (("line", line, _LINE), ("word", limits.word, _WORD)):
        found = (part for part in parts.finditer(data) if most is not None and len(part[0]) > most)
        for part in islice(found, 1):
            number = data.count(b"\n", 0, part.start()) + 1
            where = f"line {number} of {path}"
            has = f"{where} has {len(part[0])}" if kind == "line" else f"one in {where} has {len(part[0])}"
            yield f"reads {kind}s of at most {most} bytes; {has}"


def may_be_too_large(plan: BundlePlan, wanted: Wanted) -> bool:
    """Whether the bytes of a bundle must be checked for the host's limits; a cheap estimate, False is certain."""
    limits = wanted.host.limits
    most = limits.document
    if most is not None and any(may_exceed(planned.document, most) for planned in plan.documents):
        return True
    paths = max(len(document.path) for document in plan.documents)
    values = (len(case.value) for route in plan.routes for case in route.cases)
    notified = (len(notify_entry(one).address) for planned in plan.documents for one in planned.document.notify)
    longest = _OTHERS + 3 * paths + len(wanted.root) + 4 * len(plan.base_url) + _PER_CHARACTER * max(values, default=0)
    longest += 3 * max(notified, default=0)
    return limits.configuration is not None or any(
        longest > most for most in (*limits.line.values(), limits.word) if most is not None
    )


def _unlimited(host: Host, hours: bool) -> bool:
    return _branches(host) and host.limits.configuration is None and (_knows_time(host) or not hours)


def _branches(host: Host) -> bool:
    return OWN_METHOD in host.routes


def _compares(host: Host, values: Iterable[str]) -> bool:
    return _branches(host) and (host.values is None or all(map(host.values.pattern.fullmatch, values)))


def _answers(host: Host, methods: Iterable[str]) -> bool:
    return set(methods) <= set(host.documents)


def _fits(host: Host, size: int) -> bool:
    return host.limits.document is None or size <= host.limits.document
