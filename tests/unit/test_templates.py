"""A template that is filled without Jinja gives the same text as Jinja."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowc.emit.templates import ElementTemplates, Layers, TemplateView
from flowc.profiles.targets import TargetFolder, find_targets

TARGETS = find_targets()
#: Views whose parts look like templates, formats and markup; all parts are already escaped.
VIEWS = (
    TemplateView(),
    TemplateView(' a="%s %d {{ n.text }} &amp;"', "5 %% &lt;b&gt;", "\n  <X/>\n"),
    TemplateView("\r\n", "{% raw %}", "{# not a comment #}\\n"),
)


def _templates() -> list[tuple[str, Layers, str]]:
    return [
        (name, layers, template)
        for name in TARGETS.folders
        for layers in [TARGETS.layers(name)]
        for template in sorted({file for folder in layers for file in folder.files() if file.endswith(".j2")})
    ]


@pytest.mark.parametrize(
    ("layers", "template"),
    [pytest.param(layers, template, id=f"{name}-{template}") for name, layers, template in _templates()],
)
def test_a_packaged_template_is_plain_and_gives_what_jinja_gives(layers: Layers, template: str) -> None:
    macro = Path(template).name.partition(".")[0]
    templates = ElementTemplates(layers)
    plain = templates.plain(template, macro)
    assert plain is not None
    for view in VIEWS:
        assert plain(view) == templates.by_jinja(template, macro)(view)
        assert plain(view) == templates.fill(template, macro, view)


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("<A{{ n.attrs }}>{{ n.text }}|{{ n.children }}</A>", True),
        ("  100% {{ n.text }} %s\n", True),
        ("{{ n.text }}{{ n.text }}", True),
        ("", True),
        ("<A/>{# a comment #}", False),
        ("a\r\nb", False),
        ("{ {n.text} }} %} #}", True),
        ("{{ m.text }}", False),
        ("{{ n.other }}", False),
        ("{{ n['text'] }}", False),
        ("{{ n.text | upper }}", False),
        ("{% if n.text %}{{ n.text }}{% endif %}", False),
        ("{{ n.text ~ n.attrs }}", False),
        ("{{ 1 + 1 }}", False),
    ],
)
def test_what_is_plain(tmp_path: Path, body: str, plain: bool) -> None:
    path = tmp_path / "a.xml.j2"
    path.write_text(f"{{% macro a(n) %}}\n{body}\n{{% endmacro %}}\n", "utf-8")
    templates = ElementTemplates((TargetFolder(tmp_path, None),))
    filled = templates.plain("a.xml.j2", "a")
    assert (filled is not None) is plain
    for view in VIEWS if filled else ():
        assert filled is not None
        assert filled(view) == templates.by_jinja("a.xml.j2", "a")(view)
