"""Templates that are not packaged: what they may not do, and what ends those that take too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowc.emit.author_text import AuthorText
from flowc.emit.filling import Filler
from flowc.emit.host_config import host_environment
from flowc.emit.host_views import Value
from flowc.profiles.targets import TargetError, TargetFolder

#: What a template sees here.
VIEW = {
    "words": AuthorText("hunter2"),
    "value": Value(1, AuthorText("hunter2")),
    "values": ["a", "b"],
    "table": {"a": 1},
}

_NEITHER = "TypeError: it prints a value that is neither text nor a number"

#: Every way that turns a value into text.
PRINTED = (
    *("words ~ 'a'", "'a' ~ words", "words|string", "words|e", "words|forceescape", "[words]|join"),
    *("words|pprint", "[words]|pprint", "[words]|string", "value|string", "value|pprint", "{'a': words}|string"),
    *("'%s'|format(words)", "'%r'|format(words)", "'%s' % words", "'{}'.format(words)", "'{0!r}'.format(words)"),
    *("words|upper", "words|trim", "words|replace('a', 'b')", "words|urlencode", "words|title"),
    *("{'a': words}|xmlattr", "[words]|map('string')|list", "'a'|replace('a', words)"),
)
#: Expressions, and what is said of them.
REFUSED = {
    "value": f"{_NEITHER}: Value",
    "values": f"{_NEITHER}: list",
    "words": f"{_NEITHER}: AuthorText",
    "table.get('b')": f"{_NEITHER}: NoneType",
    "values|map('upper')": f"{_NEITHER}: generator",
    "cycler('a')": f"{_NEITHER}: Cycler",
    "values|map('upper')|string": f"{_NEITHER}: generator object",
    "'' ~ cycler('a')": f"{_NEITHER}: jinja2.utils.Cycler object",
    "['a'.upper]|join": f"{_NEITHER}: built-in method upper of str object",
    "lipsum(n=10000000)": "UndefinedError: 'lipsum' is undefined",
    "values|random": "TemplateAssertionError: No filter named 'random'.",
    "values.append(1)": "SecurityError: access to attribute 'append' of 'list' object is unsafe",
    "table.update(a=2)": "SecurityError: access to attribute 'update' of 'dict' object is unsafe",
    "words._text": "SecurityError: access to attribute '_text'",
    "range(100001)|list": "OverflowError: Range too big.",
    "'x' * 70000000": "it makes more than 64 MiB",
}
#: More memory than there is for a template.
LARGE = (
    *("'x' * 3000000000", "'x'.ljust(3000000000)", "'x'|center(3000000000)", "'x'.zfill(3000000000)"),
    *("'%2000000000d'|format(1)", "'%*d' % (2000000000, 1)", "'{:2000000000d}'.format(1)", "[0] * 2000000000"),
    *("(1).to_bytes(3000000000, 'big')", "('a' * 60000000)|replace('a', 'b' * 60)", "'\t'.expandtabs(2000000000)"),
)
#: More time; the first in one operation that nothing can interrupt.
LONG = {
    "a power": "{% if 10 ** 10000000 > 3 ** 30000000 %}{% endif %}",
    "loops": "{% for a in range(99999) %}" * 3 + "{% endfor %}" * 3,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> TargetFolder:
    """A folder of templates that are not packaged."""
    root = tmp_path_factory.mktemp("own")
    return TargetFolder(root, root)


@pytest.fixture(scope="module")
def filler(folder: TargetFolder) -> Filler:
    return Filler((folder,), host_environment)


def refusal(filler: Filler, folder: TargetFolder, text: str) -> str:
    """What is said of a template."""
    name = f"{len([*folder.path.iterdir()])}.j2"
    (folder.path / name).write_text(text, "utf-8")
    with pytest.raises(TargetError) as refused:
        filler(name, VIEW)
    said = str(refused.value)
    before = f"a template of {folder.path.name} failed in {name}: "
    assert said.startswith(before)
    assert "hunter2" not in said
    return said.removeprefix(before)


@pytest.mark.parametrize("expression", PRINTED)
def test_no_expression_prints_an_authors_words(filler: Filler, folder: TargetFolder, expression: str) -> None:
    said = refusal(filler, folder, f"{{{{ {expression} }}}}")
    assert said == "TypeError: a template prints an author's text as it is; use a filter"


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_refused(filler: Filler, folder: TargetFolder, expression: str) -> None:
    assert refusal(filler, folder, f"{{{{ {expression} }}}}").startswith(REFUSED[expression])


@pytest.mark.parametrize("expression", LARGE)
def test_memory_is_bounded(filler: Filler, folder: TargetFolder, expression: str) -> None:
    assert refusal(filler, folder, f"{{{{ {expression} }}}}") == "it takes more than 1024 MiB of memory"


def test_a_text_that_doubles_is_bounded(filler: Filler, folder: TargetFolder) -> None:
    doubled = "{% set t.x = t.x ~ t.x %}"
    text = f"{{% set t = namespace(x='x') %}}{{% for a in range(99) %}}{doubled}{{% endfor %}}"
    assert refusal(filler, folder, text) == "it takes more than 1024 MiB of memory"


@pytest.mark.parametrize("name", LONG)
def test_time_is_bounded(folder: TargetFolder, name: str) -> None:
    filler = Filler((folder,), host_environment, 0.2)
    for _ in range(2):
        assert refusal(filler, folder, LONG[name]) == "it takes more than 0.2 s of processor time"


def test_a_filler_goes_on_after_a_fault(filler: Filler, folder: TargetFolder) -> None:
    refusal(filler, folder, "{{ nothing }}")
    (folder.path / "good.j2").write_text("{{ values|join(', ') }} {{ words|encoded }}", "utf-8")
    assert filler("good.j2", VIEW) == "a, b hunter2"


def test_the_working_folder_holds_no_libraries(
    folder: TargetFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jinja2.py").write_text("raise SystemExit('taken for a library')\n", "utf-8")
    (folder.path / "good.j2").write_text("good", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert Filler((folder,), host_environment)("good.j2", VIEW) == "good"
