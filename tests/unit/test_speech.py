"""What is known of voices, languages, letters and sound files fits together, whichever table says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flowc.profiles.files import format_of
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling
from flowc.profiles.scripts import unread
from tests.carriers.contract_grammar import read_table
from tests.samples.built_flows import targets

PROFILES = targets().profiles
CYRILLIC = "Здравствуйте"


def _tags(profile: Profile) -> Iterator[str]:
    """Every language that the tables of a target name."""
    yield profile.speech.language
    for languages in profile.speech.voices.values():
        yield from languages
    say = profile.nodes["say"]
    assert isinstance(say, NodeRow)
    for field in say.fields.values():
        if isinstance(field, Spelling) and field.markup and field.markup.tags:
            yield from field.markup.tags["lang"].attributes["xml:lang"].get("enum", ())
    language = say.fields["language"]
    assert isinstance(language, Spelling)
    yield from language.values or (language.schema or {}).get("enum", ())


@pytest.mark.parametrize("name", PROFILES)
def test_the_letters_of_every_language_are_known(name: str) -> None:
    """A text in letters of no language is told of each; of one that is not known nothing is."""
    tags = [tag for tag in _tags(PROFILES[name]) if not tag.startswith("ru")]
    assert tags
    assert [tag for tag in tags if unread(CYRILLIC, [tag]) is None] == []
    assert unread(CYRILLIC, ["ru-RU"]) is None
    assert unread(CYRILLIC, ["xx-XX"]) is None


def test_the_voices_of_plivo() -> None:
    known: dict[str, list[str]] = read_table("plivo")["voices"]["polly"]["languages"]
    voices: dict[str, tuple[str, ...]] = {}
    for language, names in known.items():
        for name in names:
            voices[f"Polly.{name}"] = (*voices.get(f"Polly.{name}", ()), language)
    assert PROFILES["plivo"].speech.voices == voices


@pytest.mark.parametrize("name", PROFILES)
def test_the_formats_of_every_target_have_endings(name: str) -> None:
    audio = PROFILES[name].audio.formats
    assert "wav" in audio
    assert [form for form in audio if format_of(f"https://files.example.com/a.{form}") != form] == []


def _patterns(fragment: Any) -> Iterator[dict[str, Any]]:
    if isinstance(fragment, dict):
        if "pattern" in fragment:
            yield fragment
        fragment = list(fragment.values())
    for part in fragment if isinstance(fragment, list) else ():
        yield from _patterns(part)


@pytest.mark.parametrize("name", PROFILES)
def test_no_author_is_shown_a_regular_expression(name: str) -> None:
    rows = {kind: row for kind, row in PROFILES[name].nodes.items() if isinstance(row, NodeRow)}
    keys = [
        (kind, key, part)
        for kind, row in rows.items()
        for key in row.block
        for part in _patterns(row.block[key].schema)
    ]
    assert keys
    assert [(kind, key) for kind, key, part in keys if "description" not in part] == []
