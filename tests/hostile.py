"""What somebody who means harm, or a broken program, may give to flowc: files by name, and how flowc is run on them.

A value is bytes, a path (a symbolic link to it), or None for a named pipe. `HEAD` begins each flow that has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath as Link
from types import MappingProxyType
from typing import NamedTuple

Files = Mapping[str, bytes | Link | None]

FLOW = "a.flow.yaml"
HEAD = b"flowc: 1\nname: a\ntargets: [plivo, rcml]\nbase_url: https://ivr.example.com\nentry: s\n"
GOOD = HEAD + b"steps: {s: [{say: A}, hangup]}\n"
BUILD = ("build", ".", "-o", "dist")
MIB = 1024 * 1024


class Attack(NamedTuple):
    """Files, what flowc is called with, and how it may answer: 0 clean, 1 findings, 2 not to be done."""

    files: Files
    arguments: tuple[str, ...] = BUILD
    answers: tuple[int, ...] = (1,)


def flow(data: bytes) -> Attack:
    """A flow that is refused."""
    return Attack({FLOW: data})


def steps(actions: bytes, *more: bytes, answers: tuple[int, ...] = (1,)) -> Attack:
    """A flow whose step holds these actions."""
    return Attack({FLOW: b"".join((HEAD, *more, b"steps:\n  s: [", actions, b"]\n"))}, answers=answers)


def said(text: str, answers: tuple[int, ...] = (0,)) -> Attack:
    """A flow that says a text, written as JSON, which is YAML too."""
    return steps(b"{say: " + json.dumps(text).encode("utf-8", "surrogatepass") + b"}, hangup", answers=answers)


def project(name: str, data: bytes | Link | None, *more: str, answers: tuple[int, ...] = (1,)) -> Attack:
    """A good flow beside another file."""
    flow = GOOD if name != "env/prod.yaml" else GOOD.replace(b"say: A", b'say: "${x}"') + b"vars: {x: {type: text}}\n"
    return Attack({FLOW: flow, name: data}, (*BUILD, *more), answers)


def environment(data: bytes | Link | None, answers: tuple[int, ...] = (1,)) -> Attack:
    return project("env/prod.yaml", data, "--env", "prod", answers=answers)


def host(template: str, answers: tuple[int, ...] = (3,), more: Files = MappingProxyType({})) -> Attack:
    """A host of one's own, with a template."""
    table = b"{name: mine, title: Mine, documents: [GET], routes: [GET], signatures: false, install: [Go.]}"
    own = {"host.yaml": table, "own.conf.j2": template.encode(), **more}
    files = {FLOW: GOOD, **{f"own/hosts/mine/{name}": data for name, data in own.items()}}
    return Attack(files, (*BUILD, "--templates", "own", "--host", "mine"), answers)


def target(template: str = "", answers: tuple[int, ...] = (3,), more: Files = MappingProxyType({})) -> Attack:
    """A target of one's own that extends a packaged one, with a template."""
    table = b"{name: mine, extends: plivo, title: Mine}"
    macro = f"{{% macro say(n) %}}{template}{{% endmacro %}}".encode()
    own = {"target.yaml": table, **({"nodes/say.xml.j2": macro} if template else {}), **more}
    files = {FLOW: GOOD.replace(b"plivo, rcml", b"mine"), **{f"own/targets/mine/{k}": v for k, v in own.items()}}
    return Attack(files, (*BUILD, "--templates", "own"), answers)


def laughs(many: bytes, one: bytes) -> bytes:
    """Ten levels, each holding nine times the one below."""
    rows = [b"a0: &a0 " + one]
    rows += [b"a%d: &a%d " % (n, n) + many % (b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)]
    return b"\n".join(rows) + b"\n"


def keyed(number: int, form: bytes) -> bytes:
    """So many rows, with their number for each @."""
    return b"".join(form.replace(b"@", b"%d" % n) for n in range(number))


DEEP = 20_000
_BLOCKS = b"\n".join(b" " * n + b"a:" for n in range(1000))
_DIGITS = b"9" * 5000
_PLANES = "".join(chr(plane * 0x10000 + offset) for plane in range(17) for offset in (0x41, 0x4E00, 0xFFFD))

ATTACKS: Mapping[str, Attack] = {
    # Aliases and merges
    "alias bomb of lists": flow(laughs(b"[%s]", b"[x]")),
    "alias bomb of mappings": flow(laughs(b"{b: [%s]}", b"{x: y}")),
    "alias bomb of merges": flow(laughs(b"{<<: [%s]}", b"{x: y}")),
    "alias bomb of texts": flow(b"a: &a " + b"x" * MIB + b"\nb: [" + b"*a, " * 200_000 + b"]\n"),
    "alias of itself": flow(b"a: &a [*a]\n"),
    "alias of itself as a value": flow(b"&a {a: *a}\n"),
    "alias of itself as a key": flow(b"a: &a {*a : 1}\n"),
    "alias of nothing": flow(b"a: *b\n"),
    "merge of itself": flow(b"a: &a {<<: *a}\n"),
    "merge in a ring": flow(b"a: &a {<<: *b}\nb: &b {<<: *a}\n"),
    "merge of very many": flow(b"a: &a {x: 1}\nb: {<<: [" + b"*a, " * 150_000 + b"]}\n"),
    "anchors without end": flow(b"a: [" + b"&a x, " * 300_000 + b"]\n"),
    # Depth
    "deep lists": flow(b"a: " + b"[" * DEEP + b"]" * DEEP),
    "deep mappings": flow(b"a: " + b"{a: " * DEEP + b"}" * DEEP),
    "deep dashes": flow(b"- " * DEEP),
    "deep keys": flow(b"? " * DEEP),
    "deep blocks": flow(_BLOCKS),
    "deep markup": steps(b'{say: {ssml: "' + b"<p>" * DEEP + b"a" + b"</p>" * DEEP + b'"}}, hangup'),
    "deep XML": steps(b'{raw: {plivo: "' + b"<Play>" * DEEP + b'"}}, hangup'),
    "deep environment": environment(b"x: " + b"[" * DEEP),
    "deep project": project("flowc.yaml", b"{a: " * DEEP),
    "deep target": target("", (2,), {"target.yaml": b"[" * DEEP}),
    "deep host": host("", (2,), {"host.yaml": b"{a: " * DEEP}),
    # Size
    "a file of 5 MiB": flow(b"#" * (5 * MIB)),
    "a comment of 4 MiB": Attack({FLOW: GOOD + b"#" * (4 * MIB - 300)}, answers=(0,)),
    "a text of 4 MiB": steps(b"{say: " + b"x " * (2 * MIB - 200) + b"}, hangup"),
    "a key of 4 MiB": flow(HEAD + b"? " + b"x" * (4 * MIB - 200) + b"\n: 1\n"),
    "a name of 4 MiB": flow(HEAD.replace(b"name: a", b"name: " + b"a" * (4 * MIB - 200)) + b"steps: {s: [hangup]}\n"),
    "a step of 4 MiB": flow(HEAD + b"steps: {s: [{goto: " + b"s" * (4 * MIB - 200) + b"}]}\n"),
    "a URL of 4 MiB": steps(b'{play: "https://' + b"a." * (2 * MIB - 200) + b'com"}, hangup'),
    "a number of 4 MiB": steps(b'{dial: {to: "+' + b"1" * (4 * MIB - 300) + b'", then: end}}'),
    "a duration of 4 MiB": steps(b'{pause: "' + b"9" * (4 * MIB - 300) + b'h"}, hangup'),
    "keys of 4 MiB": steps(b'{dtmf: "' + b"1w" * (2 * MIB - 300) + b'"}, hangup'),
    "markup of 4 MiB": steps(b'{say: {ssml: "' + b"<p>a</p>" * (MIB // 2 - 100) + b'"}}, hangup'),
    "signs of variables": steps(b'{say: "' + b"${" * (2 * MIB - 200) + b'"}, hangup'),
    "a variable of much": Attack(
        {FLOW: HEAD + b"vars: {x: " + b"x" * (3 * MIB) + b"}\nsteps:\n  s:\n" + b'    - say: "${x}${x}"\n' * 10_000}
    ),
    "variables in a text": steps(b'{say: "' + b"${x}" * (MIB - 200) + b'"}, hangup'),
    "100,000 variables": Attack({FLOW: GOOD + b"vars:\n" + keyed(100_000, b"  v@: @\n")}, answers=(0,)),
    "100,000 numbers": Attack({FLOW: GOOD + b"numbers:\n" + keyed(100_000, b"  n@: client:c@\n")}, answers=(0,)),
    "100,000 cases": steps(
        b"{switch: {on: from, then: {" + keyed(100_000, b'"a@": s, ')[:-10] + b", else: s}}}", answers=(0, 1)
    ),
    "100,000 notes": Attack({FLOW: GOOD + keyed(100_000, b"x-@: @\n")}, answers=(0,)),
    "100,000 unknown keys": flow(GOOD + keyed(100_000, b"k@: @\n")),
    "100,000 times one key": flow(GOOD + b"x-a: 1\n" * 100_000),
    "100,000 tags": flow(b"a: [" + b"!t x, " * 100_000 + b"]"),
    "100,000 unknown actions": steps(b"{sya: x}, " * 100_000),
    "100,000 unknown steps": steps(keyed(100_000, b'{switch: {on: to, then: {"@": t@, else: s}}}, ')),
    "5,000 wrong names of 5,000": Attack(
        {FLOW: HEAD + b"steps:\n  s: [hangup]\n" + keyed(5_000, b"  sales@: [{goto: slaes@}]\n")}
    ),
    "100,000 documents": flow(b"--- 1\n" * 100_000),
    "100,000 columns": Attack(
        {
            FLOW: GOOD + b"calls: {c: {from: desk, to: {list: a.csv, column: phone}}}\nnumbers: {desk: client:a}\n",
            "a.csv": b",".join(b"c%d" % n for n in range(100_000)),
        }
    ),
    # Numbers
    "a count of 5,000 digits": steps(b"{say: {text: A, loop: " + _DIGITS + b"}}"),
    "a version of 5,000 digits": flow(GOOD.replace(b"flowc: 1", b"flowc: " + _DIGITS)),
    "a pause of 5,000 digits": steps(b"{pause: " + _DIGITS + b"}, hangup"),
    "a key of 5,000 digits": flow(GOOD + _DIGITS + b": 1\n"),
    "an environment of 5,000 digits": environment(b"x: " + _DIGITS, answers=(0,)),
    "a fraction of 5,000 digits": steps(b"{pause: 0." + _DIGITS + b"}, hangup"),
    "a power": steps(b"{pause: 1e999999999}, hangup"),
    "a hexadecimal number": steps(b"{pause: 0x" + b"f" * 5000 + b"}, hangup"),
    "a number of 5,000 digits in a table": target("", (2,), {"target.yaml": b"name: " + _DIGITS}),
    # Characters
    "every plane": steps(b'{say: "' + _PLANES.encode() + b'"}, hangup', answers=(0,)),
    "every plane in a name": flow(HEAD.replace(b"name: a", b"name: " + _PLANES.encode()) + b"steps: {s: [hangup]}\n"),
    "NUL": flow(GOOD + b"x-a: \0\n"),
    "NUL by an escape": said("a\0b", (1,)),
    "a lone surrogate": flow(GOOD + b"x-a: \xed\xa0\x80\n"),
    "a lone surrogate by an escape": said("\ud800", (1,)),
    "two surrogates by escapes": steps(b'{say: "\\ud83d\\ude00"}, hangup'),
    "no characters": said("\ufffe\uffff\U0001ffff", (1,)),
    "carriage returns": Attack({FLOW: GOOD.replace(b"\n", b"\r")}, answers=(0,)),
    "both line ends": Attack({FLOW: GOOD.replace(b"\n", b"\r\n", 3)}, answers=(0,)),
    "a byte order mark": Attack({FLOW: b"\xef\xbb\xbf" + GOOD}, answers=(0,)),
    "two byte order marks": flow(b"\xef\xbb\xbf" * 2 + GOOD),
    "UTF-16": flow(GOOD.decode().encode("utf-16")),
    "UTF-32": flow(GOOD.decode().encode("utf-32")),
    "signs that steer a terminal": flow(HEAD + "steps: {s: ['\u202e\x1b[31m\u2066']}\n".encode()),
    # What YAML can be told
    "a tag of Python": flow(b"!!python/object/apply:os.system [touch hacked]\n"),
    "a tag of Python in a table": target("", (2,), {"target.yaml": b"!!python/object/apply:os.system [touch hacked]"}),
    "tags of types": flow(b"a: !!binary aGk=\nb: !!set {a}\nc: !!timestamp 2001-01-01\nd: !!float 1\n"),
    "a directive of another version": flow(b"%YAML 3.0\n---\n" + GOOD),
    "a directive of tags": flow(b"%TAG ! tag:example.com,2000:\n---\na: !b c\n"),
    "a directive that nobody knows": Attack({FLOW: b"%FOO bar\n---\n" + GOOD}, answers=(0, 1)),
    "directives without end": flow(b"%YAML 1.1\n" * 100_000),
    # Links, paths and names
    "a folder that holds itself": Attack({FLOW: GOOD, "loop": Link(".")}, answers=(0,)),
    "a flow that links to itself": Attack({FLOW: Link(FLOW)}),
    "a flow that links to nothing": Attack({FLOW: Link("nothing")}),
    "a flow that is a folder": Attack({f"{FLOW}/x": b""}, answers=(2,)),
    "a flow that never ends": Attack({FLOW: Link("/dev/zero")}),
    "a flow that is a pipe": Attack({FLOW: None}),
    "a project that links to itself": project("flowc.yaml", Link("flowc.yaml"), answers=(0, 1, 2)),
    "a project that is a pipe": project("flowc.yaml", None, answers=(0, 1)),
    "an environment that links to itself": environment(Link("prod.yaml")),
    "an environment that is a pipe": environment(None),
    "an output that links to itself": Attack({FLOW: GOOD, "dist": Link("dist")}, answers=(2,)),
    "a list that is a pipe": Attack(
        {
            FLOW: GOOD + b"calls: {c: {from: desk, to: {list: a.csv, column: phone}}}\nnumbers: {desk: client:a}\n",
            "a.csv": None,
        }
    ),
    "a list from elsewhere": Attack(
        {FLOW: GOOD + b"calls: {c: {from: desk, to: {list: ../../../../../../etc/passwd, column: root}}}\n"}
    ),
    "a list behind a link": Attack(
        {
            FLOW: GOOD + b"calls: {c: {from: desk, to: {list: a.csv, column: phone}}}\n",
            "a.csv": Link("/etc/passwd"),
        }
    ),
    "a flow named upwards": flow(GOOD.replace(b"name: a", b"name: ../../a")),
    "a flow named ..": flow(GOOD.replace(b"name: a", b"name: ..")),
    "a step named upwards": flow(GOOD.replace(b"{s:", b"{../../s: [hangup], s:")),
    "a call named upwards": flow(GOOD + b"calls: {../../c: {from: client:a, to: client:b}}\n"),
    "a target named upwards": flow(GOOD.replace(b"rcml", b"../rcml")),
    "an environment named upwards": Attack({FLOW: GOOD}, (*BUILD, "--env", "../../etc"), (2,)),
    "an environment of a long name": Attack({FLOW: GOOD}, (*BUILD, "--env", "a" * 5000)),
    "a file of a long name": Attack({FLOW: GOOD}, ("build", "a" * 5000 + ".flow.yaml"), (2,)),
    "an output of a long name": Attack({FLOW: GOOD}, ("build", FLOW, "-o", "a" * 5000), (2,)),
    "templates of a long name": Attack({FLOW: GOOD}, (*BUILD, "--templates", "a" * 5000), (2,)),
    "a flow of a long name in scenarios": Attack(
        {FLOW: GOOD, "a.test.yaml": b"flow: " + b"a" * 5000 + b"\ntests: {t: {expect: {ends: hangup}}}\n"},
        ("test", "."),
    ),
    # Environments
    "an environment that is a list": environment(b"- x\n"),
    "an environment that is a text": environment(b"x\n"),
    "an environment of nothing": environment(b""),
    "an environment of lists": environment(b"x: [a, {b: c}]\n"),
    "an environment of truth": environment(b"x: true\n", answers=(0,)),
    "an environment of null": environment(b"x: null\n"),
    "an environment of bytes": environment(b"x: !!binary aGk=\n"),
    "an environment of infinity": environment(b"x: .inf\n", answers=(0,)),
    "an environment of nonsense": environment(bytes(range(256))),
    # Templates that reach for Python, or out of their folder
    "a class in a host": host("{{ ''.__class__.__mro__[1].__subclasses__() }}"),
    "a module in a host": host("{{ self.__init__.__globals__ }}"),
    "globals in a host": host("{{ lipsum.__globals__.os.system('touch hacked') }}"),
    "a class by a format in a host": host("{{ '{0.__class__.__init__.__globals__}'.format(values) }}"),
    "a class by a filter in a host": host("{{ ['{0.__class__}']|map('format', values)|list }}", (0, 3)),
    "a class by attr in a host": host("{{ ''|attr('__class__') }}"),
    "an author's words in a host": host("{{ documents[0].text._text }}"),
    "a file in a host": host("{% include '../../../../../../../etc/passwd' %}"),
    "itself in a host": host("{% include 'own.conf.j2' %}"),
    "a class in a target": target("{{ n.__class__.__mro__[1].__subclasses__() }}"),
    "globals in a target": target("{{ cycler.__init__.__globals__.os.system('touch hacked') }}"),
    "a class by a format in a target": target("{{ '{0.__class__}'.format(n) }}"),
    "a file in a target": target("{% include '../../../../../../../etc/passwd' %}"),
    "another document in a target": target("<Evil/>"),
    "a template that is none": target("{% macro"),
    "a target that extends itself": target("", (2,), {"target.yaml": b"{name: mine, extends: mine}"}),
    "a contract of entities": target(
        "",
        (3,),
        {
            "contract.rng": b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b SYSTEM "/etc/passwd">]>'
            b'<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start>&b;</start></grammar>'
        },
    ),
    "user text that is a template": said("{{ 7*7 }}{% for a in b %}{{ ''.__class__ }}{# x #}]]>&lt;</Speak>"),
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
