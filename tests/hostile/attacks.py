"""What somebody who means harm, or a broken program, may give to flowc: files by name, and how flowc is run on them.

A value is bytes, a path (a symbolic link to it), or None for a named pipe; a name that begins with `../` is outside of
the project. `HEAD` begins each flow that has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath as Link
from types import MappingProxyType
from typing import NamedTuple

from flowc.diagnostics.codes import CODES, Severity

Files = Mapping[str, bytes | Link | None]

FLOW = "a.flow.yaml"
HEAD = b"flowc: 1\nname: a\ntargets: [plivo, rcml]\nbase_url: https://ivr.example.com\nentry: s\n"
GOOD = HEAD + b"steps: {s: [{say: A}, hangup]}\n"
PART = b"flowc: 1\npart: p\nparts: {p: p.part.yaml}\nentry: s\nsteps: {s: [{use: {part: p}}, hangup]}\n"
BUILD = ("build", ".", "-o", "dist")
MIB = 1024 * 1024
#: What lies outside of the project, and in the environment of the process: no report and no bundle may show it.
SECRET = "hunter2-very-secret"


class Attack(NamedTuple):
    """Files, what flowc answers to them, and what it is called with.

    `codes` are those of all errors that are reported, and of warnings that matter here, in order and separated by
    spaces; `says` is a part of the report. Without either, the bundle is written; with words alone, flowc reports that
    the command cannot be carried out.
    """

    files: Files
    codes: str = ""
    says: str = ""
    arguments: tuple[str, ...] = BUILD

    @property
    def status(self) -> int:
        """The exit status that follows: 0 clean, 1 errors, 2 not to be done, 3 a fault of flowc or of a template."""
        found = self.codes.split()
        if not found:
            return 2 if self.says else 0
        if any(code >= "FC9" for code in found):
            return 3
        return int(any(CODES[code].severity is Severity.ERROR for code in found))


def outside(codes: str, name: str, link: str, *arguments: str, says: str = "it is outside of the project") -> Attack:
    """A file of a project that is a link, beside a good flow if it is not the flow itself."""
    secret = f"token: {SECRET}\nflow: {SECRET}\n".encode()
    files: Files = {FLOW: GOOD, "../secret.yaml": secret, "../env/prod.yaml": secret, name: Link(link)}
    return Attack(files, codes, says, arguments or BUILD)


def flow(codes: str, data: bytes, says: str = "") -> Attack:
    """A whole flow."""
    return Attack({FLOW: data}, codes, says)


def steps(codes: str, actions: bytes, head: bytes = HEAD) -> Attack:
    """A flow whose step holds these actions."""
    return flow(codes, b"".join((head, b"steps:\n  s: [", actions, b"]\n")))


def plivo(codes: str, actions: bytes) -> Attack:
    """A step for one target, that the other does not refuse the action as such."""
    return steps(codes, actions, HEAD.replace(b", rcml", b""))


def said(codes: str, text: str) -> Attack:
    """A flow that says a text, written as JSON, which is YAML too."""
    return steps(codes, b"{say: " + json.dumps(text).encode("utf-8", "surrogatepass") + b"}, hangup")


def project(codes: str, name: str, data: bytes | Link | None, *more: str) -> Attack:
    """A good flow beside another file."""
    flow = GOOD if name != "env/prod.yaml" else GOOD.replace(b"say: A", b'say: "${x}"') + b"vars: {x: {type: text}}\n"
    return Attack({FLOW: flow, name: data}, codes, arguments=(*BUILD, *more))


def environment(codes: str, data: bytes | Link | None) -> Attack:
    return project(codes, "env/prod.yaml", data, "--env", "prod")


def called(codes: str, data: bytes | Link | None, path: str = "a.csv", says: str = "") -> Attack:
    """A flow that calls the numbers of a file."""
    calls = b'calls: {c: {from: "+12025550143", to: {csv: %s, column: phone}}}\n' % path.encode()
    return Attack({FLOW: GOOD.replace(b", rcml", b"") + calls, "a.csv": data}, codes, says)


def sound(codes: str, data: bytes | Link | None) -> Attack:
    """A flow that plays a file of the project."""
    return Attack({FLOW: HEAD + b"steps: {s: [{play: a.wav}, hangup]}\n", "a.wav": data}, codes)


def hours(codes: str, rules: bytes, data: bytes | Link | None = b"", until: bytes = b"2028-12-31") -> Attack:
    """A flow that decides by a calendar of these rules, beside a file."""
    block = b"hours: {h: {zone: UTC, %s, until: %s}}\n" % (rules, until)
    steps_ = b"steps: {s: [{switch: {hours: h, then: {else: t}}}], t: [{say: A}, hangup]}\n"
    return Attack({FLOW: HEAD + block + steps_, "a.ics": data, "a.csv": data}, codes)


def events(number: int, lines: bytes) -> bytes:
    """An iCalendar file of so many events, with their number for each @."""
    event = b"BEGIN:VEVENT\nUID:@\n%s\nEND:VEVENT\n" % lines
    return b"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n%sEND:VCALENDAR\n" % keyed(number, event)


def host(says: str, template: str = "", codes: str = "FC901", more: Files = MappingProxyType({})) -> Attack:
    """A host of one's own, with a template."""
    table = b"{name: mine, title: Mine, documents: [GET], routes: [GET], signatures: false, install: [Go.]}"
    own = {"host.yaml": table, "own.conf.j2": template.encode(), **more}
    files = {FLOW: GOOD, **{f"own/hosts/mine/{name}": data for name, data in own.items()}}
    return Attack(files, codes, says, (*BUILD, "--templates", "own", "--host", "mine"))


def target(says: str, template: str = "", codes: str = "FC901", more: Files = MappingProxyType({})) -> Attack:
    """A target of one's own that extends a packaged one, with a template."""
    table = b"{name: mine, extends: plivo, title: Mine}"
    macro = f"{{% macro say(n) %}}{template}{{% endmacro %}}".encode()
    own = {"target.yaml": table, **({"nodes/say.xml.j2": macro} if template else {}), **more}
    files = {FLOW: GOOD.replace(b"plivo, rcml", b"mine"), **{f"own/targets/mine/{k}": v for k, v in own.items()}}
    return Attack(files, codes, says, (*BUILD, "--templates", "own"))


def laughs(many: bytes, one: bytes) -> bytes:
    """Ten levels, each holding nine times the one below."""
    rows = [b"a0: &a0 " + one]
    rows += [b"a%d: &a%d " % (n, n) + many % (b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)]
    return b"\n".join(rows) + b"\n"


def keyed(number: int, form: bytes) -> bytes:
    """So many rows, with their number for each @."""
    return b"".join(form.replace(b"@", b"%d" % n) for n in range(number))


DEEP = 20_000


def _including(element: str, path: str) -> bytes:
    """A contract that names a file."""
    return f'<grammar xmlns="http://relaxng.org/ns/structure/1.0"><{element} href="{path}"/></grammar>'.encode()


_BLOCKS = b"\n".join(b" " * n + b"a:" for n in range(1000))
_DIGITS = b"9" * 5000
_PLANES = "".join(chr(plane * 0x10000 + offset) for plane in range(17) for offset in (0x41, 0x4E00, 0xFFFD))

_UNSAFE = "SecurityError: access to attribute"
_ELSEWHERE = "it is outside own, the folder of --templates"
_NOT_THERE = "TemplateNotFound: ../../../../../../../etc/passwd"
_TAG = '"!!python/object/apply:os.system" is a YAML tag'
#: What every flow lacks that is something else altogether.
_NO_FLOW = "FC201 FC202"

ATTACKS: Mapping[str, Attack] = {
    # Calendars
    "calendar of far years": hours("FC395", b"since: 9990-01-01", until=b"9999-12-31"),
    "calendar of far too many years": hours("FC395", b"since: 1970-01-01", until=b"2199-12-31"),
    "calendar of many rules": hours(
        "FC395", b"weekly: [%s]" % keyed(20_000, b"{days: mon-sun, from: 00:00, to: 24:00, is: w@}, ")
    ),
    "calendar of many overlaps": hours(
        "FC117 FC387", b"weekly: [%s]" % keyed(80, b"{days: mon-sun, from: 00:00, to: 24:00, is: w@}, ")
    ),
    "calendar of many dates": hours("FC395", b"dates: [%s]" % keyed(5_000, b"{on: 2026-01-01..2028-12-31}, ")),
    "rota of many overlaps": hours(
        "FC117 FC387", b"dates: [{csv: a.csv}]", b"from,to,is\n" + keyed(9_999, b"2026-01-01,2028-12-31 12:00,w@\n")
    ),
    "rota of many wrong rows": hours(
        "FC117 FC371", b"dates: [{csv: a.csv}]", b"from,to,is\n" + keyed(9_999, b"2026-13-01,x,W@\n")
    ),
    "events of many days": hours(
        "FC392",
        b"dates: [{calendar: a.ics}]",
        events(20_000, b"DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107"),
    ),
    "events of many years": hours(
        "FC395", b"dates: [{calendar: a.ics}]", events(2_999, b"DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:22260107")
    ),
    "events at one time": hours(
        "", b"dates: [{calendar: a.ics}]", events(2_999, b"DTSTART:20260105T090000Z\nDTEND:20281007T120000Z")
    ),
    "event of every second": hours(
        "FC392",
        b"dates: [{calendar: a.ics}]",
        events(1, b"DTSTART:20260105T090000Z\nDTEND:20260105T120000Z\nRRULE:FREQ=SECONDLY"),
    ),
    "event of every day since the year 1": hours(
        "FC392", b"dates: [{calendar: a.ics}]", events(1, b"DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY")
    ),
    "events of every day": hours(
        "FC392", b"dates: [{calendar: a.ics}]", events(2_999, b"DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY")
    ),
    "events that repeat as often as is allowed": hours(
        "", b"dates: [{calendar: a.ics}]", events(18, b"DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY")
    ),
    "events in events": hours("FC392", b"dates: [{calendar: a.ics}]", b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * DEEP),
    "an event of one long line": hours(
        "FC392", b"dates: [{calendar: a.ics}]", events(1, b"DTSTART;VALUE=DATE:20260101" + b"1" * 3 * MIB)
    ),
    "a calendar through a link": hours("FC392", b"dates: [{calendar: a.ics}]", Link("/etc/passwd")),
    "a sound through a link": sound("FC420", Link("/etc/passwd")),
    "a sound that is a pipe": sound("FC420", None),
    "a sound of a million chunks": sound("FC421", b"RIFF....WAVE" + b"none\0\0\0\0" * MIB),
    "a sound that is said to be longer than the universe": sound(
        "FC421", b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff" + b"\xff" * 40
    ),
    "a calendar that is a pipe": hours("FC392", b"dates: [{calendar: a.ics}]", None),
    # Aliases and merges
    "alias bomb of lists": flow("FC112", laughs(b"[%s]", b"[x]")),
    "alias bomb of mappings": flow("FC112", laughs(b"{b: [%s]}", b"{x: y}")),
    "alias bomb of merges": flow(_NO_FLOW, laughs(b"{<<: [%s]}", b"{x: y}")),  # each takes over one key, which it has
    "alias bomb of texts": flow("FC112", b"a: &a " + b"x" * MIB + b"\nb: [" + b"*a, " * 200_000 + b"]\n"),
    "alias of itself": flow("FC113", b"a: &a [*a]\n"),
    "alias of itself as a value": flow("FC113", b"&a {a: *a}\n"),
    "alias of itself as a key": flow("FC113", b"a: &a {*a : 1}\n"),
    "alias of nothing": flow("FC113", b"a: *b\n"),
    "merge of itself": flow("FC113", b"a: &a {<<: *a}\n"),
    "merge in a ring": flow("FC113", b"a: &a {<<: *b}\nb: &b {<<: *a}\n"),
    "merge of very many": flow("FC112", b"a: &a {x: 1}\nb: {<<: [" + b"*a, " * 150_000 + b"]}\n"),
    "anchors without end": flow(_NO_FLOW, b"a: [" + b"&a x, " * 300_000 + b"]\n"),
    # Depth
    "deep lists": flow("FC111", b"a: " + b"[" * DEEP + b"]" * DEEP),
    "deep lists and nothing else": flow("FC111", b"[" * DEEP),
    "deep mappings": flow("FC111", b"a: " + b"{a: " * DEEP + b"}" * DEEP),
    "deep dashes": flow("FC111", b"- " * DEEP),
    "deep keys": flow("FC111", b"? " * DEEP),
    "deep blocks": flow("FC111", _BLOCKS),
    "deep markup": steps("FC325", b'{say: {ssml: "' + b"<p>" * DEEP + b"a" + b"</p>" * DEEP + b'"}}, hangup'),
    "deep XML": plivo("FC325 FC326", b'{raw: {plivo: "' + b"<Play>" * DEEP + b'"}}, hangup'),
    "deep environment": environment("FC111", b"x: " + b"[" * DEEP),
    "deep project": project("FC111", "flowc.yaml", b"{a: " * DEEP),
    "deep target": target("lists and mappings are nested more than 64", "", "", {"target.yaml": b"[" * DEEP}),
    "deep host": host("lists and mappings are nested more than 64", "", "", {"host.yaml": b"{a: " * DEEP}),
    # Size
    "a file of 5 MiB": flow("FC110", b"#" * (5 * MIB)),
    "a comment of 4 MiB": flow("", GOOD + b"#" * (4 * MIB - 300)),
    "a text of 4 MiB": steps("FC407", b"{say: " + b"x " * (2 * MIB - 200) + b"}, hangup"),
    "a key of 4 MiB": flow("FC201", HEAD + b"? " + b"x" * (4 * MIB - 200) + b"\n: 1\n"),
    "a name of 4 MiB": flow(
        "FC205", HEAD.replace(b"name: a", b"name: " + b"a" * (4 * MIB - 200)) + b"steps: {s: [hangup]}\n"
    ),
    "a step of 4 MiB": flow("FC205", HEAD + b"steps: {s: [{goto: " + b"s" * (4 * MIB - 200) + b"}]}\n"),
    "a URL of 4 MiB": steps("FC407", b'{play: "https://' + b"a." * (2 * MIB - 200) + b'com"}, hangup'),
    "a number of 4 MiB": steps("FC310", b'{dial: {to: "+' + b"1" * (4 * MIB - 300) + b'", then: end}}'),
    "a duration of 4 MiB": steps("FC205", b'{pause: "' + b"9" * (4 * MIB - 300) + b'h"}, hangup'),
    "keys of 4 MiB": plivo("FC407", b'{dtmf: "' + b"1w" * (2 * MIB - 300) + b'"}, hangup'),
    "markup of 4 MiB": steps("FC325", b'{say: {ssml: "' + b"<p>a</p>" * (MIB // 2 - 100) + b'"}}, hangup'),
    "signs of variables": steps("FC123", b'{say: "' + b"${" * (2 * MIB - 200) + b'"}, hangup'),
    "a variable of much": flow(
        "FC117 FC122",
        HEAD + b"vars: {x: " + b"x" * (3 * MIB) + b"}\nsteps:\n  s:\n" + b'    - say: "${x}${x}"\n' * 10_000,
    ),
    "variables in a text": steps("FC123", b'{say: "' + b"${x}" * (MIB - 200) + b'"}, hangup'),
    "2,000,000 values": flow("FC110", b"a: [" + b"x," * (2 * MIB - 10) + b"]"),
    "100,000 variables": flow("FC332", GOOD + b"vars:\n" + keyed(100_000, b"  v@: @\n")),
    "100,000 numbers": flow("FC332", GOOD + b"numbers:\n" + keyed(100_000, b"  n@: client:c@\n")),
    "servers that return calls to every step": flow(
        "FC603",
        HEAD
        + b"steps:\n  s: [{goto: s0}]\n"
        + b"".join(b'  s%d: [{redirect: {url: "https://crm.example.com", returns: "*"}}]\n' % n for n in range(3000)),
    ),
    "20,000 cases": steps(
        "FC117 FC302 FC335", b"{switch: {on: from, then: {" + keyed(20_000, b'"a@": s, ') + b"else: s}}}"
    ),
    "20,000 refused actions": steps("FC117 FC401", b'{dtmf: "1"}, ' * 20_000),
    "100,000 notes": flow("", GOOD + keyed(100_000, b"x-@: @\n")),
    "100,000 unknown keys": flow("FC117 FC201", GOOD + keyed(100_000, b"k@: @\n")),
    "100,000 times one key": flow("FC106 FC117", GOOD + b"x-a: 1\n" * 100_000),
    "100,000 tags": flow("FC107 FC117", b"a: [" + b"!t x, " * 100_000 + b"]"),
    "100,000 unknown actions": steps("FC117 FC201", b"{sya: x}, " * 100_000),
    "20,000 unknown steps": steps(
        "FC117 FC301 FC310 FC330", keyed(20_000, b'{switch: {on: to, then: {"@": t@, else: s}}}, ')
    ),
    "5,000 wrong names of 5,000": flow(
        "FC117 FC301", HEAD + b"steps:\n  s: [hangup]\n" + keyed(5_000, b"  sales@: [{goto: slaes@}]\n")
    ),
    "100,000 documents": flow("FC108", b"--- 1\n" * 100_000),
    "200 repetitions in one another": steps("FC111", b"{repeat: {times: 1, do: [" * 200 + b"hangup" + b"]}}" * 200),
    "a part that uses itself": Attack(
        {FLOW: HEAD + b"parts: {p: p.part.yaml}\nsteps: {s: [{use: {part: p}}, hangup]}\n", "p.part.yaml": PART},
        "FC339",
    ),
    "100,000 columns": called("FC370", b",".join(b"c%d" % n for n in range(100_000))),
    "3,000,000 blank rows": called("FC370", b"phone\n" + b"\n" * 3_000_000, says="more than 10,000 rows"),
    "300,000 wrong numbers": called("FC370", b"phone\n" + keyed(300_000, b"x@\n"), says="more than 10,000 rows"),
    "500,000 rows without a number": called("FC370", b"phone,name\n" + b",x\n" * 500_000, says="more than 10,000 rows"),
    # Numbers
    "a count of 5,000 digits": steps("FC203", b"{say: {text: A, loop: " + _DIGITS + b"}}"),
    "a version of 5,000 digits": flow("FC204", GOOD.replace(b"flowc: 1", b"flowc: " + _DIGITS)),
    "a pause of 5,000 digits": steps("FC205", b"{pause: " + _DIGITS + b"}, hangup"),
    "a key of 5,000 digits": flow("FC103", GOOD + _DIGITS + b": 1\n", "more than 1,024 characters"),
    "an environment of 5,000 digits": environment("", b"x: " + _DIGITS),
    "a fraction of 5,000 digits": steps("FC205", b"{pause: 0." + _DIGITS + b"}, hangup"),
    "a power": steps("FC205", b"{pause: 1e999999999}, hangup"),
    "a hexadecimal number": steps("FC205", b"{pause: 0x" + b"f" * 5000 + b"}, hangup"),
    "a number of 5,000 digits in a table": target(
        'is not of type "integer"',
        codes="",
        more={"target.yaml": b"{name: mine, extends: plivo, title: Mine, limits: {document_bytes: " + _DIGITS + b"}}"},
    ),
    # Characters
    "every plane": steps("", b'{say: "' + _PLANES.encode() + b'"}, hangup'),
    "every plane in a name": flow(
        "FC205", HEAD.replace(b"name: a", b"name: " + _PLANES.encode()) + b"steps: {s: [hangup]}\n"
    ),
    "NUL": flow("FC109", GOOD + b"x-a: \0\n"),
    "NUL by an escape": said("FC109", "a\0b"),
    "a lone surrogate": flow("FC102", GOOD + b"x-a: \xed\xa0\x80\n"),
    "a lone surrogate by an escape": said("FC109", "\ud800"),
    "two surrogates by escapes": steps("FC109", b'{say: "\\ud83d\\ude00"}, hangup'),
    "no characters": said("FC109", "\ufffe\uffff\U0001ffff"),
    "carriage returns": flow("", GOOD.replace(b"\n", b"\r")),
    "both line ends": flow("", GOOD.replace(b"\n", b"\r\n", 3)),
    "a byte order mark": flow("", b"\xef\xbb\xbf" + GOOD),
    "two byte order marks": flow("FC109", b"\xef\xbb\xbf" * 2 + GOOD),
    "UTF-16": flow("FC102", GOOD.decode().encode("utf-16")),
    "UTF-32": flow("FC102", GOOD.decode().encode("utf-32")),
    "signs that steer a terminal": flow("FC109", HEAD + "steps: {s: ['\u202e\x1b[31m\u2066']}\n".encode()),
    # What YAML can be told
    "a tag of Python": flow("FC107", b"!!python/object/apply:os.system [touch hacked]\n", _TAG),
    "a tag of Python in a table": target(
        _TAG, "", "", {"target.yaml": b"!!python/object/apply:os.system [touch hacked]"}
    ),
    "tags of types": flow(
        f"FC107 {_NO_FLOW}", b"a: !!binary aGk=\nb: !!set {a}\nc: !!timestamp 2001-01-01\nd: !!float 1\n"
    ),
    "a directive of another version": flow("FC103", b"%YAML 3.0\n---\n" + GOOD),
    "a directive of tags": flow(f"FC107 {_NO_FLOW}", b"%TAG ! tag:example.com,2000:\n---\na: !b c\n"),
    "a directive that nobody knows": flow("FC103", b"%FOO bar\n---\n" + GOOD),
    "directives without end": flow("FC103", b"%YAML 1.1\n" * 100_000),
    # Links, paths and names
    "a folder that holds itself": Attack({FLOW: GOOD, "loop": Link(".")}),
    "a flow that links to itself": Attack({FLOW: Link(FLOW)}, "FC101"),
    "a flow that links to nothing": Attack({FLOW: Link("nothing")}, "FC101"),
    "a flow that is a folder": Attack({f"{FLOW}/x": b""}, says="no *.flow.yaml was found"),
    "a flow that never ends": Attack({FLOW: Link("/dev/zero")}, "FC101", "outside of the project"),
    "a device as a flow": Attack({}, "FC101", "it is a device", ("lint", "/dev/zero")),
    "a pipe as a flow": Attack({FLOW: None}, "FC101", "it is a pipe", ("lint", FLOW)),
    "a flow that is a pipe": Attack({FLOW: None}, "FC101"),
    "a project that links to itself": project("", "flowc.yaml", Link("flowc.yaml")),
    "a project that is a pipe": project("", "flowc.yaml", None),
    "an environment that links to itself": environment("FC101", Link("prod.yaml")),
    "an environment that is a pipe": environment("FC101", None),
    "an output that links to itself": Attack({FLOW: GOOD, "dist": Link("dist")}, says="too many levels of symbolic"),
    "a list that is a pipe": called("FC370", None, says="is a pipe"),
    "a list from elsewhere": called("FC370", b"", "../../../../../../etc/passwd", "is outside the project"),
    "a list through a link": called("FC370", Link("/etc/passwd"), says="is outside the project"),
    "a flow that is the environment of a process": outside("FC101", FLOW, "/proc/self/environ", "lint", "."),
    "a flow that is the log of the kernel": outside("FC101", FLOW, "/proc/kmsg", "lint", "."),
    "a file of a host through a link": host(_ELSEWHERE, more={"env.txt": Link("/proc/self/environ")}),
    "a file of a host without end": host(_ELSEWHERE, more={"zero": Link("/dev/zero")}),
    "a pipe in a host": host("/pipe cannot be read: it is a pipe", more={"pipe": None}),
    "a table of a host that is a pipe": host("host.yaml cannot be read: it is a pipe", "", "", {"host.yaml": None}),
    "a contract that is a pipe": target("contract.rng cannot be read: it is a pipe", more={"contract.rng": None}),
    "a contract that refers to another file": target(
        "externalRef is only allowed", more={"contract.rng": _including("externalRef", "/dev/zero")}
    ),
    "a flow named upwards": flow("FC205", GOOD.replace(b"name: a", b"name: ../../a")),
    "a flow named ..": flow("FC205", GOOD.replace(b"name: a", b"name: ..")),
    "a step named upwards": flow("FC205", GOOD.replace(b"{s:", b"{../../s: [hangup], s:")),
    "a call named upwards": flow("FC205", GOOD + b"calls: {../../c: {from: client:a, to: client:b}}\n"),
    "a target named upwards": flow("FC204", GOOD.replace(b"rcml", b"../rcml")),
    "an environment named upwards": Attack(
        {FLOW: GOOD}, says="--env takes the name of a file in env/", arguments=(*BUILD, "--env", "../../etc")
    ),
    "an environment of a long name": Attack({FLOW: GOOD}, "FC124", arguments=(*BUILD, "--env", "a" * 5000)),
    "a file of a long name": Attack(
        {FLOW: GOOD}, says="does not exist", arguments=("build", "a" * 5000 + ".flow.yaml")
    ),
    "an output of a long name": Attack(
        {FLOW: GOOD}, says="file name too long", arguments=("build", FLOW, "-o", "a" * 5000)
    ),
    "templates of a long name": Attack(
        {FLOW: GOOD}, says="is not a folder", arguments=(*BUILD, "--templates", "a" * 5000)
    ),
    "a flow of a long name in scenarios": Attack(
        {FLOW: GOOD, "a.test.yaml": b"flow: " + b"a" * 5000 + b"\ntests: {t: {expect: {ends: hangup}}}\n"},
        "FC341",
        arguments=("test", "."),
    ),
    # Environments
    "an environment that is a list": environment("FC203", b"- x\n"),
    "an environment that is a text": environment("FC203", b"x\n"),
    "an environment of nothing": environment("FC115", b""),
    "an environment of lists": environment("FC203", b"x: [a, {b: c}]\n"),
    "an environment of truth": environment("", b"x: true\n"),
    "an environment of null": environment("FC203", b"x: null\n"),
    "an environment of bytes": environment("FC107", b"x: !!binary aGk=\n"),
    "an environment of infinity": environment("", b"x: .inf\n"),
    "an environment of nonsense": environment("FC102", bytes(range(256))),
    # Bundles
    "a manifest that is a pipe": Attack(
        {"made/manifest.json": None}, says="cannot be read: it is a pipe", arguments=("openapi", "made")
    ),
    "a manifest that never ends": Attack(
        {"made/manifest.json": Link("/dev/zero")}, says="cannot be read: it is a device", arguments=("openapi", "made")
    ),
    # Templates that reach for Python, or out of their folder
    "a class in a host": host(_UNSAFE, "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
    "a module in a host": host(_UNSAFE, "{{ self.__init__.__globals__ }}"),
    "globals in a host": host(_UNSAFE, "{{ cycler.__init__.__globals__.os.system('touch hacked') }}"),
    "loops without end in a host": host(
        "more than 3 s of processor time", "{% for a in range(99999) %}" * 4 + "{% endfor %}" * 4
    ),
    "a long text in a host": host("more than 1024 MiB of memory", "{{ 'x' * 3000000000 }}"),
    "a text many times in a target": Attack(
        {
            **target("", "{{n.text}}" * 26_000).files,
            FLOW: GOOD.replace(b"plivo, rcml", b"mine").replace(b"say: A", b"say: " + b"a " * 1400),
        },
        "FC901",
        "say.xml.j2: it makes more than 64 MiB",
        (*BUILD, "--templates", "own"),
    ),
    "a long text in a target": target("more than 1024 MiB of memory", "{{ 'x'.ljust(3000000000) }}"),
    "a class by a format in a host": host(_UNSAFE, "{{ '{0.__class__.__init__.__globals__}'.format(values) }}"),
    "a class by a filter in a host": host("TypeError", "{{ ['{0.__class__}']|map('format', values)|list }}"),
    "a class by attr in a host": host(_UNSAFE, "{{ ''|attr('__class__') }}"),
    "an author's words in a host": host(_UNSAFE, "{{ documents[0].text._text }}"),
    "a file in a host": host(_NOT_THERE, "{% include '../../../../../../../etc/passwd' %}"),
    "itself in a host": host("RecursionError", "{% include 'own.conf.j2' %}"),
    "a class in a target": target(_UNSAFE, "{{ n.__class__.__mro__[1].__subclasses__() }}"),
    "globals in a target": target(_UNSAFE, "{{ cycler.__init__.__globals__.os.system('touch hacked') }}"),
    "a class by a format in a target": target(_UNSAFE, "{{ '{0.__class__}'.format(n) }}"),
    "a file in a target": target(_NOT_THERE, "{% include '../../../../../../../etc/passwd' %}"),
    "another document in a target": target("<Evil/> in Response", "<Evil/>", "FC902"),
    "a template that is none": target("TemplateSyntaxError", "{% macro"),
    "a target that extends itself": target(
        "is not another target", "", "", {"target.yaml": b"{name: mine, extends: mine}"}
    ),
    "a contract of entities": target(
        "contract.rng is not a contract",
        more={
            "contract.rng": b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b SYSTEM "/etc/passwd">]>'
            b'<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start>&b;</start></grammar>'
        },
    ),
    "user text that is a template": said("", "{{ 7*7 }}{% for a in b %}{{ ''.__class__ }}{# x #}]]>&lt;</Speak>"),
}

#: Files that lead out of the project: nothing of them needs a bound, so one process can answer them all.
LINKS: Mapping[str, Attack] = {
    "a flow through a link": outside("FC101", FLOW, "../secret.yaml", "lint", "."),
    "a project through a link": outside("FC101", "flowc.yaml", "../secret.yaml", "lint", "."),
    "scenarios through a link": outside("FC101", "a.test.yaml", "../secret.yaml", "test", "."),
    "an environment through a link": outside("FC101", "env/prod.yaml", "../../secret.yaml", *BUILD, "--env", "prod"),
    "a wrong name beside environments through a link": outside(
        "FC124", "env", "../env", *BUILD, "--env", "prud", says="this file does not exist\n  help: Create it,"
    ),
    "environments through a link": outside("FC101", "env", "../env", *BUILD, "--env", "prod"),
    "a flow through a link, named": Attack(
        {FLOW: Link("../b.flow.yaml"), "../b.flow.yaml": GOOD}, arguments=("build", FLOW, "-o", "dist")
    ),
    "a flow through a link within the project": Attack({FLOW: Link("x/b"), "x/b": GOOD, "flowc.yaml": b"x-a: 1\n"}),
    "a project through a link of its own": Attack(
        {FLOW: GOOD, "flowc.yaml": b"x-a: 1\n", "../link": Link("project")},
        arguments=("build", "../link", "-o", "dist"),
    ),
    "a project beside the folder above": Attack(
        {"../other/a.flow.yaml": GOOD, "flowc.yaml": b"targets: [nobody]\n", "flowc.yml": b"targets: [nobody]\n"},
        arguments=("build", "../other", "-o", "dist"),
    ),
    "a large file in a host": host("it has more than 4,194,304 bytes", more={"x": b"x" * (4 * MIB + 1)}),
    "a large template": host("it has more than 262,144 bytes", more={"x.j2": b"x" * (MIB // 4 + 1)}),
    "a table of a host through a link": host(_ELSEWHERE, "", "", {"host.yaml": Link("/etc/passwd")}),
    "a host through a link": Attack(
        {FLOW: GOOD, "own/hosts/mine": Link("../../other"), "other/host.yaml": b"{name: mine}"},
        says=_ELSEWHERE,
        arguments=(*BUILD, "--templates", "own", "--host", "mine"),
    ),
    "a template of a host through a link": host(_ELSEWHERE, more={"x.j2": Link("/etc/passwd")}),
    "a template that includes a link": host(_ELSEWHERE, "{% include 'x' %}", more={"x": Link("/etc/passwd")}),
    "a table of a target through a link": target(_ELSEWHERE, "", "", {"target.yaml": Link("/etc/passwd")}),
    "a template of a target through a link": target(_ELSEWHERE, more={"nodes/say.xml.j2": Link("/etc/passwd")}),
    "a contract through a link": target(_ELSEWHERE, more={"contract.rng": Link("/etc/passwd")}),
    "a contract that includes another file": target(
        _ELSEWHERE, more={"contract.rng": _including("include", "/etc/passwd")}
    ),
    "a contract that includes itself": target(
        "it includes itself", more={"contract.rng": _including("include", "contract.rng")}
    ),
}

#: Documents, as long as a carrier takes them, that a server may answer a call with, wherever it asks.
DOCUMENTS: Mapping[str, bytes] = {
    "elements that nobody knows": b"<a/>" * (MIB // 4 - 20),
    "elements in elements that nobody knows": b"<a>" * 25 + b"<b/>" * (MIB // 4 - 80) + b"</a>" * 25,
    "pauses that lead to themselves": b"<Pause/>" * (MIB // 8 - 20) + b"<Redirect>/</Redirect>",
    "prompts without end": b"<Gather>" + b"<Say>a</Say>" * (MIB // 12 - 20) + b"</Gather>",
    "numbers without end": b"<Dial>" + b"<Number>1</Number>" * (MIB // 18 - 20) + b"</Dial>",
    "a text without end": b"<Say>" + b"a " * (MIB // 2 - 40) + b"</Say>",
    "tags in tags": b"<Say>" * (MIB // 11),
    "attributes without end": b"<Say " + b"".join(b'a%d="" ' % n for n in range(MIB // 11)) + b"/>",
    "entities": b"<Say>" + b"&#38;" * (MIB // 5 - 20) + b"</Say>",
    "no end of it": b"<Say>" * MIB,
}
