"""Every field of every action at its bounds: a target takes the value, or flowc says why not; its contract never does.

A value that flowc lets through and the contract refuses would be a fault of flowc (FC902). All that is tried of a verb
stands in one flow, a step each on a line of its own; steps that are refused are taken out until the rest is built. What
is tried is read off the schema: an action is one of its verb's own examples, with one field changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flowc.diagnostics.codes import Severity
from flowc.diagnostics.findings import Diagnostic
from flowc.flow.verbs import VERBS
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling
from flowc.schema.schemas import CALLEES
from flowc.schema.validator import Validator
from tests.house.documented_examples import language
from tests.samples.built_flows import compiled, targets

Fields = dict[str, Any]

A = "https://a.example.com"
LINK = {"url": f"{A}/?a"}
URLS = (
    *(f"{A}/a.mp3", "http://a.example.com", f"{A}/hash.mp3", f"{A}/hash.mp3#", f"{A}/#hash", f"{A}/?a=1&b=%2A#c"),
    *(f"{A}/%", "HTTPS://a.example.com/", "https://A.EXAMPLE.COM", "https://a", "https://a:1/[x]"),
    *("https://[::1]:80/", "https://a:99999", "https://u:p@a/", "https://a?b", "https://a#b", "https://a//"),
    *(
        "https://a/;x",
        "https://a/'!$()*,~@",
        "https:///a",
        "http://[",
        "/a",
        "https://:80/",
        "https://u@/",
        "https://?a",
    ),
)
STREAM_URLS = (
    *("wss://a.example.com/b", "ws://a.example.com", "WSS://a.example.com", "wss://a.example.com/?b=1#c", "wss://a:1"),
    *("wss://localhost/", "wss://127.0.0.1/", "wss://a:99999", "wss://[::1]/", "wss://u@a/", "wss://a/'&<>\"", A),
    *(f"wss://a/{'b' * 2040}", f"wss://a/{'b' * 2041}", "wss:///a", "wss://:80/", "wss://u@/", "wss://?a"),
)
ADDRESSES = (
    *("+12025550143", "+1", "+41446681800", "12025550143", "sip:a@b", "sips:a@b", "sip:a@b.c:5060"),
    *("sip:a@b;transport=tcp", "sip:a%20b@c", "sip:a?b@c", "sip:a@b?X-Dept=1", "sip:a;b=c@d", "sip:a:b@c"),
    *("sip:+1@c", "sip:'a'@b", "sip:a@b:99999", "sip:&a=$@b", "sip:a/b,c@d", f"sip:{'a' * 240}@b"),
    *(f"sip:{'a' * 260}@b", "client:a", "client:a@b", "client:+1", "client:a b", "client:", f"client:{'a' * 64}"),
    *(f"client:{'a' * 65}", "client:a.b-c_d", "sip:a@[2001:db8::1]:5060", "sip:a@[1:2]", "sips:a@[::1]", "short:2442"),
)
PEOPLE = (
    *ADDRESSES,
    "anonymous",
    "name:a.b-c_d+1",
    "name:a b",
    "name:",
    "desk",
    "caller",
    "a@example.com",
    "a b@example.com",
    "a@b,c@d",
)
LISTS_OF_PEOPLE = (
    *(["+12025550143"], ["+12025550143", "+12025550123"], ["+12025550143", "sip:a@b"], ["desk", "lobby"]),
    *(["+12025550143"] * 20, ["caller"], ["a@example.com", "b@example.com"], ["a<b"], ["a,b"]),
)
TEXTS = (
    *("a", "1", 5, 1.5, "é", "\U0001f600", "a\nb", " a ", "a&<b>", "a\n", "]]>"),
    *("a,b", "a=b", "a<b", "\x85", "a\u2028b"),
    *("x" * 50, "x" * 51, "x" * 3000, "x" * 3001),
)
PRESSED = ("1", "12", "*9", "#", "0" * 32, "0" * 33, "1w2", "1W2*#", "w", "12a", "A", 5, 0, -1)
KEYS = (*"0123456789*#", 0, 9, 10, "10")
DURATIONS = (
    *(0, 1, 2, 3, 4, 5, 9, 10, 11, 14, 15, 40, 41, 55, 56, 59, 60, 61, 299, 300, 3600, 14400, 28800, 28801, 86400),
    *(86399, 86401, 1000000, 1000001, "99ms", "100ms", "1500ms", "1000ms", "1h1m1s", "0s"),
)
RETRIES = (
    *({"retries": count} for count in (0, 5, 6)),
    *({"on": words} for words in ("all", ["4xx", "5xx", "connect", "read"], ["read", "read"], ["all", "a,b"])),
    *({"connect_timeout": "100ms", "read_timeout": "40s", "total_timeout": "55s"}, {"region": "frankfurt"}),
)
LINKS = (
    *({**LINK, "method": method} for method in ("GET", "POST")),
    *({**LINK, "retry": retry} for retry in RETRIES),
    {"url": f"{A}/a#b", "retry": {"retries": 1}},
)
MARKUP = (
    *("a", "<p>a</p>", "<p/>", "<break/>", "<break time='1s'/>a", "a<!-- b -->c", "<!-- a -->", "<![CDATA[<a>]]>"),
    *("&amp;&lt;&#65;&#x1f600;", "&#1;", "&nbsp;", "a]]>b", "<p", "</p>", "a</fragment><fragment>b", "<?a b?>"),
    *("<!DOCTYPE a>", "<speak>a</speak>", "<P>a</P>", "<lang xml:lang='fr-FR'>a</lang>", "<lang>a</lang>"),
    *("<a:b xmlns:a='c'>d</a:b>", "<p xmlns='a'>b</p>", "<a:b/>", "<p a='1' a='2'/>", "<p a='&#10;'>b</p>", "<é/>"),
    *("<sub alias='a'> </sub>", "<sub alias=' '>a</sub>", "<w role='amazon:VB'>a</w>", "\U0001f600", "a\nb"),
    *("<p>" * 33 + "a" + "</p>" * 33, "<break/>" * 376, "x" * 3001),
)
PROMPTS = (
    *([{"say": "A"}], [{"say": "A"}, {"play": f"{A}/a.mp3"}], [{"say": "A"}] * 20, [{"play": f"{A}/hash.mp3"}]),
    *([{"say": "A"}, {"pause": length}] for length in ("0s", 1, 3)),
    *([{"pause": length}, {"play": f"{A}/a.mp3"}] for length in ("0s", 1, 3)),
    *([{"say": {"text": "A", "loop": n}}, {"play": {"url": f"{A}/a", "loop": n}}] for n in (0, 1, 2)),
    [{"pause": {"length": 2, "until_silence": True, "quiet": "1500ms"}}, {"say": "A"}],
    [{"pause": {"length": 2, "beep": True}}, {"say": "A"}],
    [{"say": {"ssml": "<p>A</p>", "plivo": {"voice": "Polly.Joanna"}}}],
)
LANGUAGES = (
    *("da-DK", "nl-NL", "en-AU", "en-GB", "en-US", "fr-FR", "fr-CA", "fr-BE", "de-DE", "it-IT", "pl-PL", "pt-PT"),
    *("pt-BR", "ru-RU", "es-ES", "es-US", "sv-SE", "ar", "arb", "cmn-CN", "ca-ES", "cs-CZ", "el-GR", "fi-FI", "nb-NO"),
    *("tr-TR", "cy-GB", "en-GB-WLS", "en", "xx-YY"),
)
SEVERAL = ([1], ["a", "b"], ["a"] * 50, ["a"] * 501, ["a,b"], ["x" * 100], ["x" * 101], ["x" * 99] * 101, ["é", "a b"])
AUDIO = (*URLS, *LINKS, *PROMPTS)
#: Values for each kind of field, by the name of its definition in the schema.
VALUES: Mapping[str, Iterable[Any]] = {
    "text": (*TEXTS, *PEOPLE, *PRESSED, "rejected", "busy", "default", "phone_call", "frankfurt"),
    "texts": (*TEXTS, *SEVERAL, *PEOPLE, *LISTS_OF_PEOPLE),
    "url": URLS,
    "stream-url": STREAM_URLS,
    "callback": (*URLS, *LINKS),
    "action-url": (*URLS, *LINKS, {**LINK, "follow": False}, {**LINK, "follow": True}),
    "destination": ("end", "next", "closed", "nowhere", *LINKS),
    "duration": DURATIONS,
    "count": (0, 1, 2, 5, 6, 10, 11, 20, 21, 40, 41, 59, 60, 100, 101, 250, 251, 1000000, 1000001),
    "key": KEYS,
    "finish-key": (*KEYS, "none"),
    "finish-keys": (*KEYS, "none", "any"),
    "keys": PRESSED,
    "tones": PRESSED,
    "digit-patterns": (*PRESSED, ["1"], ["12", "3"], ["*", "#"], ["1"] * 50, ["a"]),
    "language": LANGUAGES,
    "markup": MARKUP,
    "prompt": PROMPTS,
    "audio": AUDIO,
    "audio-or-none": (*AUDIO, "none"),
    "whisper": AUDIO,
    "music": (*AUDIO, "ringback", "none"),
    "sound": (*AUDIO, "none", "beep", "two-beeps"),
    "retry": RETRIES,
    "sender": PEOPLE,
    "receiver": PEOPLE,
    "headers": (
        *({name: "a"} for name in ("A", "a-b", "X-A", "a b", "Plivo", "PH-A", "SipAuthA", "é", "a=b", "a,b")),
        *({"A": value} for value in ("1", 5, "a b", "a%20b", "a,b", "a=b", "a&b", "é", "x" * 510, "x" * 511)),
        *({"A": "a", "B": "b"}, {f"A{n}": "b" * 20 for n in range(60)}),
    ),
}
#: Values of fields that have a form of their own.
OWN: Mapping[tuple[str, ...], Iterable[Any]] = {
    ("gather", "digits"): (0, 1, 2, 32, 33, {"max": 1}, {"max": 32}, {"min": 1, "max": 5}, {"min": 3, "max": 3}),
    ("gather", "then"): (*VALUES["destination"], *({key: "end", "else": "end"} for key in (*KEYS, "1" * 32))),
    ("switch", "then"): [{str(value): "end", "else": "end"} for value in (*TEXTS, *ADDRESSES, "true", "inbound")],
    ("dial", "to"): (*PEOPLE, *LISTS_OF_PEOPLE),
    ("sms", "to"): (*PEOPLE, *LISTS_OF_PEOPLE),
    ("number", "auth"): [{"username": a, "password": b} for a, b in product(("a", "a:b@c", "é"), ("x" * 8, "x" * 7))],
    ("number", "status"): (
        *URLS,
        *({**LINK, "on": on} for on in ("ringing", ["answered", "completed"], ["initiated"] * 2, "a", "a,b")),
    ),
}
#: What some fields stand beside that the first example of their verb has not.
OTHERWISE: Mapping[str, Fields] = {"dial": {"to": "lobby", "then": "end"}}
#: What is tried in a text that a target's own schema describes.
WORDS = (
    *("a", "1", "a=b", "a=b,c=d", "a,b", "a b", "a&<b>", "é", f"{A}/a", f"{A}/'", "wss://a/b", "ws://a"),
    *("https:///a", "https://:80/", "https://u@/", "https://u:p@[::1]:80/?a", "wss:///a", "12w", "a, b"),
    *("none", "*", "12#"),
    *("Polly.Joanna", "Polly.Mia-Neural", "Polly.é", "joanna-en-US-female", "completed absent", "start end", "\n"),
)


HOLDERS = (*VERBS, "number", "retry")


class Variant(NamedTuple):
    """An action that is tried."""

    verb: str
    fields: Any

    def paths(self) -> set[tuple[str, ...]]:
        """The fields that it has, and the keys of those that are mappings."""
        own = self.fields if isinstance(self.fields, dict) else {}
        inner = {(name, key) for name, value in own.items() if isinstance(value, dict) for key in value}
        return {(name,) for name in own} | inner


def values(row: Mapping[str, Any]) -> Iterator[Any]:
    """What is tried in a field that a schema describes: what it takes at its bounds, and the next behind them."""
    yield from row.get("examples", ())
    yield from row.get("enum", ())
    for way in row.get("anyOf", ()):
        yield from values(way)
    if row.get("type") == "boolean":
        yield from (True, False)
    if row.get("type") == "integer":
        least, most = row.get("minimum", 0), row.get("maximum", 1000000)
        yield from (least - 1, least, least + 1, most, most + 1)
    if row.get("type") == "string":
        yield from WORDS
    kind = language().kind(row)
    yield from VALUES[kind] if kind in VALUES else values(language().definition(row)) if kind else ()


def edges(verb: str, name: str, profile: Profile) -> Iterator[Any]:
    """A target's own bounds of a field, and the next value beyond each; a time in its unit."""
    for kind, node in profile.nodes.items():
        cell = node.fields.get(name) if isinstance(node, NodeRow) and verb_of(kind, profile) == verb else None
        schema = cell.schema or {} if isinstance(cell, Spelling) else {}
        if isinstance(cell, Spelling) and schema.get("type") == "integer":
            bounds = [schema[key] for key in ("minimum", "maximum") if key in schema]
            near = {max(bound + step, 0) for bound in bounds for step in (-1, 0, 1)}
            yield from (f"{number}{cell.unit}" if cell.unit else number for number in sorted(near))


def changed(whole: Fields, path: tuple[str, ...], value: Any) -> Fields:
    """An action with another value in a field; where the call goes on is said once."""
    name, *rest = path
    other = {"then": "action", "action": "then", "text": "ssml", "ssml": "text"}.get(name)
    kept = {key: had for key, had in whole.items() if key != other}
    inner = kept.get(name)
    return {**kept, name: changed(inner if isinstance(inner, dict) else {}, tuple(rest), value) if rest else value}


def tried(verb: str, holder: Any, profile: Profile) -> Iterator[Variant]:
    """Each field of a verb with each of its values: in the least that the verb needs, and as it is shown."""
    least = holder.schema["examples"][0]
    rows = [*language().rows(holder), *language().block(profile.name, holder)]
    for row in rows:
        wholes = [whole for whole in (least, row.whole, OTHERWISE.get(verb)) if whole is not None]
        known = OWN.get((verb, *row.path)) or values(row.schema)
        for value in (row.example, *known, *edges(verb, row.path[-1], profile)):
            yield from (Variant(verb, changed(whole, row.path, value)) for whole in wholes)


def related(verb: str, kind: NodeRow, holder: Any, profile: Profile) -> Iterator[Variant]:
    """Fields that a target's table relates, each with the first few values that it takes, and without it."""
    rows = {row.path: row.schema for row in [*language().rows(holder), *language().block(profile.name, holder)]}
    least = holder.schema["examples"][0]
    for conflict in kind.conflicts:
        paths = [path for path in rows if path[-1] in conflict.when and path[0] in (path[-1], profile.name)]
        choices = []
        for path in paths:
            judge = Validator({**rows[path], "$defs": language().definitions})
            named = conflict.when[path[-1]].get("enum", ())
            fit = [value for value in (*named, *values(rows[path])) if value is not None and judge.takes(value)]
            several = list({json.dumps(value): value for value in fit}.values())
            choices.append([None, *several[:3], *several[3:][-1:]])
        for chosen in product(*choices):
            fields = least
            for path, value in zip(paths, chosen, strict=True):
                fields = fields if value is None else changed(fields, path, value)
            yield Variant(verb, fields)


def spoken(profile: Profile) -> Iterator[Variant]:
    """Every tag of a target's SSML in every other, and its attributes with odd values."""
    cell = getattr(profile.nodes["say"], "fields", {})["ssml"]
    tags = (cell.markup.tags if isinstance(cell, Spelling) and cell.markup else None) or {}
    needed = {
        name: "".join(f' {key}="{next(values(tag.attributes[key]))}"' for key in (*tag.needs, *tag.one_of[:1]))
        for name, tag in tags.items()
    }
    texts = [
        f"<{outer}{needed[outer]}><{inner}{needed[inner]}>a</{inner}></{outer}>"
        for outer, inner in product(needed, repeat=2)
    ]
    for name, tag in tags.items():
        for attribute, row in tag.attributes.items():
            for value in (*values(row), "1s", "10001ms", "+1dB", "50%", "", " ", "&#10;"):
                texts.append(f"<{name} {attribute}={json.dumps(str(value), ensure_ascii=False)}>a</{name}>")
        texts += [f"<{name}>a</{name}>", f"<{name}{needed[name]}/>", f"<{name}{needed[name]}> </{name}>"]
    block = {"plivo": {"voice": "Polly.Joanna"}}
    yield from (Variant("say", {"ssml": text, **block}) for text in (*texts, *MARKUP))
    for voice, spoken_in in product(("man", "woman", None), LANGUAGES):
        yield Variant("say", {"text": "A", "language": spoken_in, **({"voice": voice} if voice else {})})


def raw(profile: Profile) -> Iterator[Variant]:
    """XML in a target's own words."""
    elements = "Play Dial Hangup Response Redirect Record Gather GetDigits Number Say Speak".split()
    texts = (*(f"<{name}>{A}</{name}>" for name in elements), *(f"<{name}/>" for name in elements), *MARKUP)
    yield from (Variant("raw", {profile.name: text}) for text in texts)


def variants(profile: Profile, verb: str) -> list[Variant]:
    """All that is tried of a verb on a target, each once; of a verb that the target does not have, its examples."""
    holder = language().holders().get(verb) or language().verb(verb)
    nodes = [node for kind, node in profile.nodes.items() if verb_of(kind, profile) == verb]
    found = [Variant(verb, whole) for whole in holder.schema["examples"]]
    if verb == "raw":
        found += raw(profile)
    elif verb == "preanswer":
        found += [Variant(verb, prompt) for prompt in PROMPTS]
    elif not nodes or any(isinstance(node, NodeRow) for node in nodes):
        found += tried(verb, holder, profile)
        for node in nodes:
            found += related(verb, node, holder, profile) if isinstance(node, NodeRow) else ()
    if verb == "say":
        found += spoken(profile)
    return list({json.dumps(one): one for one in found}.values())


def verb_of(kind: str, profile: Profile) -> str:
    """The verb that a kind of node comes from."""
    return "number" if kind in CALLEES else profile.variants.get(kind, kind)


def flow(profile: Profile, steps: Mapping[str, Variant]) -> str:
    """A flow with a step for each, on a line of its own; the numbers of some stand above."""
    numbers, lines = [], []
    dial = {"then": "end", **({profile.name: {"unconfirmed": "hangup"}} if unconfirmed(profile) else {})}
    for name, (verb, fields) in steps.items():
        action = {verb: fields}
        if verb == "number":
            numbers.append(f"  {name}: {json.dumps(fields, ensure_ascii=False)}")
            action = {"dial": {"to": name, **dial}}
        elif verb == "retry":
            action = {"redirect": {**LINK, "retry": fields}}
        elif verb == "dial" and "confirm" in fields:
            action = {"dial": {**dial, **fields} if "then" in fields else {**fields, **dial, "then": "end"}}
        elif verb == "conference" and isinstance(fields, dict) and "redirect" in profile.order.get(verb, ()):
            # Nothing can follow a room that is full.
            action = {verb: {"then": {"ended": "next", "full": "end"}, **fields}} if "action" not in fields else action
        lines.append(f"  {name}: {json.dumps([action, {'say': 'A'}, 'hangup'], ensure_ascii=False)}")
    head = ["flowc: 1", "name: bounds", f"targets: [{profile.name}]", f"base_url: {A}", "entry: closed"]
    book = [
        "vars: {sip_password: correct horse}",
        "numbers:",
        '  desk: "+12025550143"',
        "  lobby: sip:lobby@sip.example.com",
    ]
    return "\n".join([*head, *book, *numbers, "steps:", "  closed: [hangup]", *lines, ""])


def unconfirmed(profile: Profile) -> bool:
    """Whether a target must be told what a refused call ends."""
    dial = profile.nodes["dial"]
    return isinstance(dial, NodeRow) and "unconfirmed" in dial.block


def blamed(found: Diagnostic, text: str) -> str:
    """The step that a finding is about: the key on its line."""
    assert found.span is not None, found
    return text.split("\n")[found.span.line - 1].partition(":")[0].strip()


def written(profile: Profile, verb: str) -> set[tuple[str, ...]]:
    """Every field of a verb that a target's table writes, and every key of its block."""
    holder = language().holders().get(verb) or language().verb(verb)
    known = {row.path for row in language().rows(holder)}
    found: set[tuple[str, ...]] = set()
    for name, kind in profile.nodes.items():
        if isinstance(kind, NodeRow) and verb_of(name, profile) == verb and verb != "raw":
            found |= {(field,) for field, cell in kind.fields.items() if isinstance(cell, Spelling)} & known
            found |= {(profile.name, key) for key in kind.block}
    return found


@pytest.mark.parametrize("verb", HOLDERS)
@pytest.mark.parametrize("profile", targets().profiles.values(), ids=list(targets().profiles))
def test_the_contract_takes_what_flowc_lets_through(profile: Profile, verb: str, tmp_path: Path) -> None:
    steps = {f"s{number}": variant for number, variant in enumerate(variants(profile, verb))}
    path = tmp_path / "bounds.flow.yaml"
    while True:
        text = flow(profile, steps)
        path.write_text(text, "utf-8")
        bundle = compiled(path)
        errors = [one for one in bundle.diagnostics if one.severity is Severity.ERROR]
        faults = {f"{one.code} {one.message}: {steps[blamed(one, text)]}" for one in errors if one.code >= "FC9"}
        assert not faults, "\n".join(sorted(faults))
        if not errors:
            break
        # Where more are refused than are reported, the next round goes on.
        refused = {blamed(one, text) for one in errors if one.code != "FC117"}
        assert refused <= steps.keys(), errors
        steps = {name: variant for name, variant in steps.items() if name not in refused}
    assert bundle.manifest is not None
    assert steps.keys() <= {document.step for document in bundle.manifest.documents}
    assert written(profile, verb) - {path for one in steps.values() for path in one.paths()} == set()
