"""The contract of a target: an independent grammar (RELAX NG) that judges every document before it is written.

libxml2 takes time that doubles with every optional attribute that is present, so a document is judged by the grammar
narrowed to what stands in it: an optional attribute that every element of a name has becomes required, one that none
has is left out. Whatever the narrowed grammar takes, the whole one takes too; what it refuses, the whole one judges.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

_RNG = "{http://relaxng.org/ns/structure/1.0}"
#: A narrowed grammar takes some milliseconds to make: how many documents of a shape are worth one, and the most kept.
_WORTH_IT = 8
_KEPT = 256

#: Per element name: the attributes that every such element has, and those that any has.
_Attributes = tuple[frozenset[str], frozenset[str]]
_Key = tuple[tuple[str, _Attributes], ...]


class ContractUnusable(Exception):
    """A contract.rng is missing or no grammar; the message says which and why."""


class Contract:
    """A compiled contract."""

    def __init__(self, path: Path) -> None:
        """`path` is a contract.rng; it is read when the first document is judged."""
        self._path = path
        self._narrowed: dict[_Key, etree.RelaxNG] = {}
        self._met: Counter[_Key] = Counter()
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)

    def fault(self, document: bytes) -> str | None:
        """What the contract finds wrong with a document (UTF-8 XML); None if it takes it.

        Raises ContractUnusable if the contract itself cannot be used.
        """
        try:
            root = etree.fromstring(document, self._parser)
        except etree.XMLSyntaxError as error:
            return str(error)
        narrowed = self._narrowed_to(root)
        if (narrowed is not None and narrowed.validate(root)) or self._whole.validate(root):
            return None
        return str(self._whole.error_log.last_error)

    @cached_property
    def _source(self) -> Any:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, remove_comments=True)
        try:
            root = etree.fromstring(self._path.read_bytes(), parser)
            etree.RelaxNG(root)
        except (OSError, etree.LxmlError) as error:
            raise ContractUnusable(f"{self._path} is no contract: {error}") from error
        return root

    @cached_property
    def _whole(self) -> etree.RelaxNG:
        return etree.RelaxNG(self._source)

    def _narrowed_to(self, root: Any) -> etree.RelaxNG | None:
        """The grammar narrowed to a document; None while its shape is too rare to be worth the making."""
        shape = _shape(root)
        key = tuple(shape.items())
        grammar = self._narrowed.get(key)
        if grammar is None:
            self._met[key] += 1
            if self._met[key] >= _WORTH_IT and len(self._narrowed) < _KEPT:
                grammar = self._narrowed[key] = etree.RelaxNG(_narrowed(self._source, shape))
        return grammar


def _shape(root: Any) -> dict[str, _Attributes]:
    shape: dict[str, _Attributes] = {}
    for element in root.iter():
        names = frozenset(element.keys())
        every, some = shape.get(element.tag, (names, names))
        shape[element.tag] = (every & names, some | names)
    return shape


def _narrowed(source: Any, shape: Mapping[str, _Attributes]) -> Any:
    grammar = copy.deepcopy(source)
    for element in grammar.iter(f"{_RNG}element"):
        every, some = shape.get(element.get("name"), (frozenset(), frozenset()))
        for optional in element.findall(f"{_RNG}optional"):
            attribute = optional[0]
            if len(optional) != 1 or attribute.tag != f"{_RNG}attribute":
                continue
            name = attribute.get("name")
            if name in every:
                element.replace(optional, attribute)
            elif name not in some:
                element.remove(optional)
    return grammar
