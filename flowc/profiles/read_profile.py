"""Reads a target.yaml, which its schema has accepted, into a profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowc.profiles.profile import (
    Fact,
    OutcomeReport,
    Profile,
    Prompt,
    Speech,
    Strategies,
    TargetLimits,
)
from flowc.profiles.rows import (
    BlockKey,
    CallbackRow,
    Fragment,
    Header,
    Items,
    MarkupRules,
    NodeRow,
    Refusal,
    Spelling,
    TagRules,
    Unsupported,
)

_GIVEN: Fragment = {"not": {"type": "null"}}


def build_profile(data: Mapping[str, Any]) -> Profile:
    """Build a profile from a target.yaml that its schema has accepted."""
    limits = data["limits"]
    speech = _speech(data.get("speech", {}))
    nodes = {name: _unsupported(row) or _kind(row) for name, row in data["nodes"].items()}
    say = nodes.get("say")
    if isinstance(say, NodeRow) and data.get("speech", {}).get("one_language"):
        nodes["say"] = say._replace(refuses=(*say.refuses, *_foreign(speech)))
    return Profile(
        name=data["name"],
        title=data["title"],
        limits=TargetLimits(limits.get("document_bytes"), limits.get("screening"), limits.get("callees")),
        strategies=_strategies(data["strategies"]),
        prompts={name: _prompt(row) for name, row in data["prompts"].items()},
        results={verb: _result(row) for verb, row in data["results"].items()},
        facts={name: _unsupported(row) or _fact(row) for name, row in data["facts"].items()},
        nodes=nodes,
        speech=speech,
        audio=tuple(data.get("audio", ())),
        ringing=tuple(data.get("ringing", ())),
        order={verb: frozenset(refused) for verb, refused in data.get("order", {}).items()},
    )


def _unsupported(row: Mapping[str, Any]) -> Unsupported | None:
    return Unsupported(row["unsupported"], row["instead"], row.get("by_hand", False)) if "unsupported" in row else None


def _strategies(row: Mapping[str, Any]) -> Strategies:
    confirm = row["confirm"]
    return Strategies(**{**row, "confirm": confirm if isinstance(confirm, str) else _unsupported(confirm)})


def _words(values: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words) for name, words in values.items()}


def _speech(row: Mapping[str, Any]) -> Speech:
    voices: dict[str, tuple[str, ...]] = {}
    for language, names in row.get("voices", {}).items():
        for name in names:
            voices[name] = (*voices.get(name, ()), language)
    return Speech(row.get("language", ""), voices)


def _foreign(speech: Speech) -> Iterator[Refusal]:
    """Each voice together with a language that is not its own."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for voice, languages in speech.voices.items():
        groups.setdefault(languages, []).append(voice)
    for languages, voices in groups.items():
        when: dict[str, Fragment] = {"voice": {"enum": voices}, "language": {"not": {"enum": [*languages, None]}}}
        instead = f"Write language: {' or '.join(languages)}, or name another voice."
        yield Refusal(when, f"this voice speaks {' and '.join(languages)} only", instead)


def _prompt(row: Mapping[str, Any]) -> Prompt:
    holds, undocumented, never_last = (tuple(row.get(key, ())) for key in ("holds", "undocumented", "never_last"))
    return Prompt(holds, undocumented, never_last, row.get("timed", False))


def _result(row: Mapping[str, Any]) -> OutcomeReport:
    otherwise = row["otherwise"]
    return OutcomeReport(
        row["parameter"], _words(row.get("values", {})), row.get("folds", {}), row.get("empty", otherwise), otherwise
    )


def _fact(row: Mapping[str, Any]) -> Fact:
    values = row.get("values")
    return Fact(
        row["parameter"], None if values is None else _words(values), tuple(row.get("hidden", ())), "empty" in row
    )


def _kind(row: Mapping[str, Any]) -> NodeRow:
    return NodeRow(
        {name: _unsupported(field) or _spelling(field) for name, field in row["fields"].items()},
        _refusals(row),
        {name: _block_key(key) for name, key in row.get("block", {}).items()},
        row.get("inner"),
    )


def _block_key(key: Mapping[str, Any]) -> BlockKey:
    asks = key.get("asks")
    return BlockKey(
        schema=key["schema"],
        option=key.get("option", False) or "kinds" in key,
        kinds=key.get("kinds", {}),
        meaning=key.get("meaning", ""),
        asks=CallbackRow(asks["kind"], asks.get("method"), asks.get("followed", False)) if asks else None,
        join=key.get("join"),
        tries=key.get("tries", False),
    )


def _refusals(row: Mapping[str, Any]) -> tuple[Refusal, ...]:
    refusals = []
    for refusal in row.get("refuses", ()):
        when = {name: {"enum": taken} if isinstance(taken, list) else taken for name, taken in refusal["when"].items()}
        for field in refusal.get("given", ("",)):
            given = {field: _GIVEN} if field else {}
            why, instead = (refusal[key].replace("{field}", field) for key in ("why", "instead"))
            refusals.append(Refusal({**when, **given}, why, instead, refusal.get("undocumented", False)))
    return tuple(refusals)


def _spelling(row: Mapping[str, Any]) -> Spelling:
    items, markup = row.get("items"), row.get("markup")
    return Spelling(
        attribute=row.get("attribute"),
        method=row.get("method"),
        fetched_by=row.get("fetched_by"),
        retry=row.get("retry", False),
        values=row.get("values"),
        special=row.get("special"),
        unit=row.get("unit"),
        schema=row.get("schema"),
        instead=row.get("instead", ""),
        default=row.get("default"),
        beside=row.get("with"),
        items=_items(items) if items else None,
        markup=None if markup is None else _markup(markup),
        after=row.get("after"),
        each=row.get("each"),
        in_all=row.get("in_all", False),
    )


def _items(row: Mapping[str, Any]) -> Items:
    header = row.get("header")
    return Items(**{**row, "header": _header(header) if header else None})


def _header(row: Mapping[str, Any]) -> Header:
    names = {key: tuple(row.get(key, ())) for key in ("bare", "standard")}
    return Header(**{**row, **names})


def _markup(row: Mapping[str, Any]) -> MarkupRules:
    tags = row.get("tags")
    return MarkupRules(
        tuple(row.get("holds", ())), None if tags is None else {name: _tag(tag) for name, tag in tags.items()}
    )


def _tag(row: Mapping[str, Any]) -> TagRules:
    return TagRules(
        holds=tuple(row.get("holds", ())),
        text=row.get("text", True),
        needs=tuple(row.get("needs", ())),
        one_of=tuple(row.get("one_of", ())),
        attributes=row.get("attributes", {}),
        refuses=_refusals(row),
    )
