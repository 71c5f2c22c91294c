"""Documents made strange: keys dropped, doubled and renamed, values replaced by odd ones."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

#: Words that mean something somewhere in a flow, and so stand best where they do not belong.
WORDS = (
    *("say", "text", "url", "then", "else", "action", "dial", "gather", "to", "next", "end", "hangup", "retry"),
    *("raw", "plivo", "rcml", "music", "x-note", "targets", "steps", "flowc", "no-input", "digits", "confirm"),
    *("sip_headers", "ssml", "speech", "input", "follow", "auth", "wait_music", "enter_sound", "conference", "sms"),
    *("ringback", "beep", "session", "preanswer"),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 9, 33, 10**17, -(10**17), 0.0, 1.0, -1.5, 1e300, "", " ", "\n", "a\n", "1\n"),
    *("7s\n", "en-US\n", "x" * 70, "y" * 5000, "日本語", "\u2028", "\x85", "e\u0301", "\u0661", "²", "1", "12", "*"),
    *("#", "+12025550143", "+1", "sip:a@b", "client:a", "https://a.example.com/?Digits=1", "http://[", "/x", "7s"),
    *("2m", "1h30m", "999999h", "1500ms", "1ms", "0s", "${x}", "${", "a/b", "GET", "man", "en-US", "none", "in-turn"),
    *([], {}, [[]], [{}], [None], [[[["a"]]]], {"": 1}, {"a": None}, {"url": 1}, {"url": "https://a.example.com"}),
    *({"max": 2}, {"min": 3, "max": 2}, ["hangup", "hangup"], [{"say": "a", "play": "b"}], ["plivo", "plivo"]),
    *([1, True],),
    *WORDS,
)


def spots(document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in a document, that of the document itself first."""
    yield at
    entries = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in entries:
        yield from spots(value, (*at, key))


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path."""
    for step in path:
        document = document[step]
    return document


def plain(data: Any) -> Any:
    """A loaded document as plain mappings and lists."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    return [plain(value) for value in data] if isinstance(data, list) else data


@st.composite
def mutated(draw: st.DrawFn, seeds: tuple[Any, ...], most: int = 3) -> Any:
    """One of the documents after one or several mutations; it is a mapping still."""
    document = copy.deepcopy(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, most))):
        paths = list(spots(document))[1:]
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        _mutate(draw, document, at(document, path[:-1]), path[-1])
    return document


def _mutate(draw: st.DrawFn, document: Any, holder: Any, key: Any) -> None:
    how = draw(st.sampled_from(["drop", "double", "rename", "replace", "replace", "insert", "transplant"]))
    if how == "drop":
        del holder[key]
    elif how == "replace":
        holder[key] = copy.deepcopy(draw(odd_values))
    elif how == "transplant":
        holder[key] = copy.deepcopy(at(document, draw(st.sampled_from(list(spots(document))))))
    elif isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key] if how == "double" else draw(odd_values)))
    else:
        name = draw(odd_keys)
        value = copy.deepcopy(draw(odd_values) if how == "insert" else holder[key])
        if how == "rename":
            del holder[key]
        holder[name] = value


odd_values = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=4),
    st.recursive(
        st.sampled_from(ODD), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner)
    ),
)
odd_keys = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(["", "A", "a b", "1", "1\n", "start\n", "é", "z" * 64]), st.text(max_size=3)
)
