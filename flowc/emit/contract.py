"""The contract of a target: an independent grammar (RELAX NG) that checks every document before it is written.

The time of libxml2 doubles with every optional attribute that is present, so a document is checked by the grammar
narrowed to its content: each element in the forms that occur, in which an optional attribute is either required or left
out. Both grammars accept the same documents of that shape.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from flowc.emit.value_classes import Place, ValueClasses, value_classes
from flowc.profiles.targets import TargetError, read_bytes

#: How lxml writes the prefix of xml:lang.
XML = "{http://www.w3.org/XML/1998/namespace}"
_RNG = "{http://relaxng.org/ns/structure/1.0}"
#: A narrowed grammar takes some milliseconds to make: the number of small documents of a shape that justify one, the
#: number of attributes from which a document is not small, and the most grammars that are kept.
_WORTH_IT = 8
_MANY = 8
_KEPT = 256
#: The most elements and attributes of a document that is searched for the fault.
_SEARCHED = 400
#: The most characters of a fault that are shown.
_SHOWN = 60

#: Per element name: the sets of attributes that such elements have.
_Shape = tuple[tuple[str, tuple[frozenset[str], ...]], ...]
#: The elements of a document in order, each with its attributes: cheaper to read off than its shape.
_Outline = tuple[tuple[str, ...], ...]


class ContractUnusable(TargetError):
    """A contract.rng is missing or is not a grammar; the message names the file and the cause."""


class Contract:
    """A compiled contract."""

    def __init__(self, path: Path, root: Path | None = None) -> None:
        """`path` is a contract.rng, read when the first document is checked; it must be in `root` (None: anywhere)."""
        self._path = path
        self._root = root
        self._narrowed: dict[_Shape, etree.RelaxNG] = {}
        self._met: Counter[_Shape] = Counter()
        self._settled: dict[_Outline, etree.RelaxNG] = {}
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)

    def fault(self, document: bytes) -> str | None:
        """Return what the contract refuses in a document (UTF-8 XML); None if it accepts the document.

        Raises ContractUnusable if the contract itself cannot be used.
        """
        try:
            root = etree.fromstring(document, self._parser)
        except etree.XMLSyntaxError as error:
            return str(error)
        grammar = self._grammar_of(root)
        if grammar.validate(root):
            return None
        message = str(getattr(grammar.error_log.last_error, "message", "it does not fit"))
        return self._culprit(root) or message

    def _culprit(self, root: Any) -> str | None:
        """Return the attribute, text or element without which the contract accepts a document, innermost first.

        libxml2 names the outermost element that does not match, which helps little. None if the document is
        large, or has several faults.
        """
        elements = list(root.iter("*"))
        if sum(1 + len(element.attrib) for element in elements) > _SEARCHED:
            return None
        for element in elements:
            for name, value in element.items():
                del element.attrib[name]
                taken = self.takes(root)
                element.set(name, value)
                if taken:
                    return f"{name.replace(XML, 'xml:')}={_short(value)} of {element.tag}"
        for element in reversed(elements):
            had, other = element.text, None if (element.text or "").strip() else "1"
            if len(element) == 0:
                element.text = other
                taken = self.takes(root)
                element.text = had
                if taken:
                    return f"{element.tag} without text" if other else f"the text {_short(had)} in {element.tag}"
        for element in reversed(elements[1:]):
            holder = element.getparent()
            index = holder.index(element)
            holder.remove(element)
            taken = self.takes(root)
            holder.insert(index, element)
            if taken:
                return f"{_short(etree.tostring(element, encoding='unicode', with_tail=False), '')} in {holder.tag}"
        return None

    def takes(self, root: Any) -> bool:
        """Whether the contract accepts a document, given as its root element; `fault` also finds the cause."""
        return bool(self._grammar_of(root).validate(root))

    def _grammar_of(self, root: Any) -> etree.RelaxNG:
        outline = tuple([(element.tag, *element.keys()) for element in root.iter("*")])
        return self._settled.get(outline) or self._grammar_for(outline)

    @cached_property
    def _compiled(self) -> tuple[Any, etree.RelaxNG]:
        try:
            root = _read(self._path, self._root)
            return root, etree.RelaxNG(root)
        except TargetError as error:
            raise ContractUnusable(str(error)) from error
        except etree.LxmlError as error:
            raise ContractUnusable(f"{self._path} is not a contract: {error}") from error

    @property
    def _source(self) -> Any:
        return self._compiled[0]

    @cached_property
    def classes(self) -> Callable[[Place], ValueClasses]:
        """The classes of the values at each place of a document."""
        return value_classes(self._source)

    @property
    def _whole(self) -> etree.RelaxNG:
        return self._compiled[1]

    def _grammar_for(self, outline: _Outline) -> etree.RelaxNG:
        """Return the grammar narrowed to a document; the whole one while the shape of a small document is rare."""
        shape = _shape(outline)
        grammar = self._narrowed.get(shape)
        if grammar is None:
            self._met[shape] += 1
            large = any(len(names) >= _MANY for _, forms in shape for names in forms)
            if not large and self._met[shape] < _WORTH_IT:
                return self._whole
            if len(self._narrowed) == _KEPT:
                self._narrowed.clear()
            grammar = self._narrowed[shape] = etree.RelaxNG(_narrowed(self._source, shape))
        if len(self._settled) == _KEPT:
            self._settled.clear()
        self._settled[outline] = grammar
        return grammar


def _short(text: str, quote: str = '"') -> str:
    """Return the beginning of a text, on one line."""
    line = " ".join(text.split())
    return f"{quote}{line if len(line) <= _SHOWN else f'{line[:_SHOWN]}...'}{quote}"


def _read(path: Path, root: Path | None, above: tuple[Path, ...] = ()) -> Any:
    """Return a grammar with its includes resolved; definitions in an include replace included ones of that name.

    Raises ContractUnusable if it includes itself, or names a file that libxml2 would read without our checks.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, remove_comments=True)
    grammar = etree.fromstring(read_bytes(path, root), parser)
    if path in above:
        raise ContractUnusable(f"{path} is not a contract: it includes itself")
    for include in grammar.findall(f"{_RNG}include"):
        own = {define.get("name", define.tag): define for define in include}
        base = _read(Path(os.path.normpath(path.parent / include.get("href", ""))), root, (*above, path))
        place = list(grammar).index(include)
        grammar[place : place + 1] = [
            *(define for define in base if define.get("name", define.tag) not in own),
            *own.values(),
        ]
    for name in ("include", "externalRef"):
        if grammar.find(f".//{_RNG}{name}") is not None:
            raise ContractUnusable(f"{path} is not a contract: {name} is only allowed directly in the grammar")
    return grammar


def _shape(outline: _Outline) -> _Shape:
    forms: dict[str, dict[frozenset[str], None]] = {}
    for tag, *attributes in outline:
        names = frozenset(name.replace(XML, "xml:") for name in attributes)
        forms.setdefault(tag, {})[names] = None
    return tuple((name, tuple(sets)) for name, sets in forms.items())


def _narrowed(source: Any, shape: _Shape) -> Any:
    grammar = copy.deepcopy(source)
    forms = dict(shape)
    # From the inside out: a definition is copied with its content.
    for element in reversed(list(grammar.iter(f"{_RNG}element"))):
        variants = [_variant(element, names) for names in forms.get(element.get("name"), (frozenset(),))]
        made = variants[0]
        if len(variants) > 1:
            made = etree.Element(f"{_RNG}choice")
            made.extend(variants)
        if element.getparent() is None:
            return made
        element.getparent().replace(element, made)
    return grammar


def _variant(element: Any, names: frozenset[str]) -> Any:
    """Return a definition of an element with these attributes and no others."""
    variant = copy.deepcopy(element)
    for optional in variant.findall(f"{_RNG}optional"):
        attribute = optional[0]
        if len(optional) != 1 or attribute.tag != f"{_RNG}attribute":
            continue
        if attribute.get("name") in names:
            variant.replace(optional, attribute)
        else:
            variant.remove(optional)
    return variant
