"""Reads a target.yaml that its schema has accepted into a profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowc.profiles.profile import (
    Audio,
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
    Conflict,
    Fragment,
    Header,
    Items,
    MarkupRules,
    NodeRow,
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
    if data.get("speech", {}).get("one_language"):
        nodes = {name: _of_one_language(row, speech) for name, row in nodes.items()}
    return Profile(
        name=data["name"],
        title=data["title"],
        api=data.get("api", "application/json"),
        limits=TargetLimits(limits.get("document_bytes"), limits.get("screening"), limits.get("callees")),
        strategies=_strategies(data["strategies"]),
        prompts={name: _prompt(row) for name, row in data["prompts"].items()},
        results={verb: _result(row) for verb, row in data["results"].items()},
        facts={name: _unsupported(row) or _fact(row) for name, row in data["facts"].items()},
        nodes=nodes,
        speech=speech,
        audio=_audio(data.get("audio", {})),
        ringing=tuple(data.get("ringing", ())),
        order={verb: frozenset(refused) for verb, refused in data.get("order", {}).items()},
    )


def _audio(row: Mapping[str, Any]) -> Audio:
    return Audio(tuple(row.get("formats", ())), row.get("bytes"), tuple(row.get("rates", ())), row.get("channels"))


def _unsupported(row: Mapping[str, Any]) -> Unsupported | None:
    return Unsupported(row["unsupported"], row["help"]) if "unsupported" in row else None


def _strategies(row: Mapping[str, Any]) -> Strategies:
    confirm = row["confirm"]
    return Strategies(
        confirm=confirm if isinstance(confirm, str) else Unsupported(confirm["unsupported"], confirm["help"]),
        declined=row["declined"],
        screens=row["screens"],
        after_talk=row["after_talk"],
        after_dial=row["after_dial"],
        late_reject=row["late_reject"],
        caller_names=frozenset(row.get("caller_names", ())),
        per_callee=row.get("per_callee", {}),
        total_timeout=frozenset(row.get("total_timeout", ())),
        elements=row.get("elements", {}),
        attempts=row.get("attempts", {}),
        options={kind: frozenset(keys) for kind, keys in row.get("options", {}).items()},
        waiting=row.get("waiting", {}),
        handwritten=frozenset(row.get("handwritten", ())),
    )


def _terms(values: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(terms) for name, terms in values.items()}


def _speech(row: Mapping[str, Any]) -> Speech:
    voices: dict[str, tuple[str, ...]] = {}
    for language, names in row.get("voices", {}).items():
        for name in names:
            voices[name] = (*voices.get(name, ()), language)
    return Speech(row.get("language", ""), voices)


def _of_one_language(row: NodeRow | Unsupported, speech: Speech) -> NodeRow | Unsupported:
    """Add to a row with a voice that no voice speaks the language of another."""
    if isinstance(row, Unsupported) or "voice" not in row.fields:
        return row
    return row._replace(conflicts=(*row.conflicts, *_other_languages(speech)))


def _other_languages(speech: Speech) -> Iterator[Conflict]:
    """Each voice together with a language that is not its own."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for voice, languages in speech.voices.items():
        groups.setdefault(languages, []).append(voice)
    for languages, voices in groups.items():
        when: dict[str, Fragment] = {"voice": {"enum": voices}, "language": {"not": {"enum": [*languages, None]}}}
        help_ = f"Write language: {' or '.join(languages)}, or name another voice."
        yield Conflict(when, f"this voice speaks only {' and '.join(languages)}", help_)


def _prompt(row: Mapping[str, Any]) -> Prompt:
    allowed, undocumented, never_last = (
        tuple(row.get(key, ())) for key in ("allowed_children", "undocumented", "never_last")
    )
    return Prompt(allowed, undocumented, never_last, row.get("timed", False))


def _result(row: Mapping[str, Any]) -> OutcomeReport:
    otherwise = row["otherwise"]
    return OutcomeReport(
        parameter=row["parameter"],
        values=_terms(row.get("values", {})),
        reported_as=row.get("reported_as", {}),
        empty=row.get("empty", otherwise),
        otherwise=otherwise,
    )


def _fact(row: Mapping[str, Any]) -> Fact:
    values = row.get("values")
    return Fact(
        row["parameter"], None if values is None else _terms(values), tuple(row.get("hidden", ())), "empty" in row
    )


def _kind(row: Mapping[str, Any]) -> NodeRow:
    return NodeRow(
        {name: _unsupported(field) or _spelling(field) for name, field in row["fields"].items()},
        _conflicts(row),
        {name: _block_key(key) for name, key in row.get("block", {}).items()},
        row.get("child_element"),
    )


def _block_key(key: Mapping[str, Any]) -> BlockKey:
    callback, items = key.get("callback"), key.get("items")
    return BlockKey(
        schema=key["schema"],
        meaning=key.get("meaning", ""),
        callback=CallbackRow(callback["kind"], callback.get("method"), callback.get("followed", False))
        if callback
        else None,
        items=Items(**items) if items else None,
    )


def _conflicts(row: Mapping[str, Any]) -> tuple[Conflict, ...]:
    conflicts = []
    for conflict in row.get("conflicts", ()):
        when = {
            name: {"enum": values} if isinstance(values, list) else values for name, values in conflict["when"].items()
        }
        for field in conflict.get("given", ("",)):
            given = {field: _GIVEN} if field else {}
            reason, help_ = (conflict[key].replace("{field}", field) for key in ("reason", "help"))
            conflicts.append(Conflict({**when, **given}, reason, help_, conflict.get("undocumented", False)))
    return tuple(conflicts)


def _spelling(row: Mapping[str, Any]) -> Spelling:
    items, markup = row.get("items"), row.get("markup")
    return Spelling(
        attribute=row.get("attribute"),
        method=row.get("method"),
        fetched_by=row.get("fetched_by"),
        retry=row.get("retry", False),
        values=row.get("values"),
        overrides=row.get("overrides"),
        unit=row.get("unit"),
        schema=row.get("schema"),
        help=row.get("help", ""),
        default=row.get("default"),
        default_requires=row.get("default_requires"),
        implied=row.get("implied"),
        items=_items(items) if items else None,
        markup=None if markup is None else _markup(markup),
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
        tuple(row.get("allowed_children", ())),
        None if tags is None else {name: _tag(tag) for name, tag in tags.items()},
    )


def _tag(row: Mapping[str, Any]) -> TagRules:
    return TagRules(
        allowed_children=tuple(row.get("allowed_children", ())),
        text=row.get("text", True),
        needs=tuple(row.get("needs", ())),
        one_of=tuple(row.get("one_of", ())),
        attributes=row.get("attributes", {}),
        conflicts=_conflicts(row),
    )
