"""Small mutations of the compiler's own source, made mechanically, and each put in place without a new process.

A mutation is named by its file, its function and what it changes, in words of the source: the name stays when lines
move or code elsewhere changes.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from tests.conftest import ROOT
from tests.golden.lowering_coverage import AROUND

#: The name of the file that the code of a mutation has.
CHANGED = "<mutation>"
#: What is mutated.
MUTATED = (
    *sorted(path for path in (ROOT / "flowc" / "lower").glob("*.py") if path.name not in AROUND),
    *sorted((ROOT / "flowc" / "emit" / "spell").glob("*.py")),
    ROOT / "flowc" / "emit" / "link.py",
)
#: A name quotes at most so many signs of each side.
_QUOTED = 90
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
        ast.Is: ast.IsNot,
        ast.IsNot: ast.Is,
        ast.In: ast.NotIn,
        ast.NotIn: ast.In,
    },
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt},
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult},
}
_CALLED = {"min": "max", "max": "min", "all": "any", "any": "all"}
#: Fields of nodes that are no code of the function: types, defaults of arguments, and what decorates.
_APART = {"annotation", "returns", "decorator_list", "type_comment", "defaults", "kw_defaults"}
#: What is said of a finding, whose words tests/cases holds: records, and names that texts have.
_TOLD = {"Finding", "Fault", "Related", "Dropped"}
_TEXTS = {"message", "help_", "related"}
#: Fields that say where something stands, for findings.
_PLACES = {"at", "address_at", "digits_at", "follow_at", "to_at", "line", "file"}

Edits = Iterator[tuple[str, ast.AST, ast.AST]]


class Mutation(NamedTuple):
    """A function, or the value of a module's name, with one change: a name for it, its lines, and what it becomes."""

    name: str
    path: Path
    scope: str
    lines: frozenset[int]
    tree: ast.stmt

    @property
    def chance(self) -> float:
        """A number from 0 to 1 that only the name decides."""
        return int(sha256(self.name.encode()).hexdigest()[:12], 16) / 16**12


class Written(NamedTuple):
    """A mutation written by hand: in this function the expression `old`, which must stand there, becomes `new`."""

    why: str
    file: str
    scope: str
    old: str
    new: str


def mutations() -> Iterator[Mutation]:
    """Every mutation that the operators make, without two that make the same of a function."""
    for path in MUTATED:
        read = _reading(path)
        for scope, tree in _scopes(path):
            seen = {ast.dump(tree)}
            names: dict[str, int] = {}
            for operator in OPERATORS:
                for what, old, new in operator(tree):
                    mutated = _replaced(tree, old, new)
                    if (same := ast.dump(mutated)) not in seen:
                        seen.add(same)
                        name = f"{_place(path)} {scope}: {what}"
                        names[name] = names.get(name, 0) + 1
                        name += f" ({names[name]})" if names[name] > 1 else ""
                        yield Mutation(name, path, scope, read.get(scope) or _lines(old), mutated)


def by_hand(written: Written) -> Mutation:
    """The mutation of somebody who wrote it as two expressions."""
    path = ROOT / "flowc" / written.file
    tree = dict(_scopes(path))[written.scope]
    wanted, new = (ast.parse(text, mode="eval").body for text in (written.old, written.new))
    found = [node for node in _within(tree) if ast.dump(node) == ast.dump(wanted)]
    assert len(found) == 1, f"{written.why}: {len(found)} times {written.old}"
    return Mutation(written.why, path, written.scope, _lines(found[0]), _replaced(tree, found[0], new))


@contextmanager
def in_place(mutation: Mutation) -> Iterator[None]:
    """The running compiler with this mutation: a function keeps its identity, so every import of it sees the change."""
    module = _module(mutation.path)
    forget()
    try:
        if isinstance(mutation.tree, (ast.Assign, ast.AnnAssign)):
            known = vars(module)[mutation.scope]
            exec(compile(_alone(mutation.tree), CHANGED, "exec"), vars(module))
            try:
                yield
            finally:
                setattr(module, mutation.scope, known)
        else:
            function = _function(module, mutation.scope)
            own = function.__code__
            function.__code__ = _code(mutation)
            try:
                yield
            finally:
                function.__code__ = own
    finally:
        forget()


# ----------------------------------------------------------------------------------------------------- operators


def _negated(tree: ast.AST) -> Edits:
    """Branches change places."""
    for node in _within(tree):
        for test in _tests(node) if not isinstance(node, (ast.BoolOp, ast.UnaryOp)) else ():
            new = test.operand if isinstance(test, ast.UnaryOp) else ast.UnaryOp(ast.Not(), test)
            if isinstance(test, ast.Compare) and type(test.ops[0]) in (ast.Is, ast.IsNot, ast.In, ast.NotIn):
                continue  # the comparison's own opposite
            yield f"if {_quoted(test)} -> if {_quoted(new)}", test, new


def _compared(tree: ast.AST) -> Edits:
    for node in _within(tree):
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                if type(operator) in _COMPARED:
                    operators = [*node.ops]
                    operators[index] = _COMPARED[type(operator)]()
                    new = ast.Compare(node.left, operators, node.comparators)
                    yield f"{_quoted(node)} -> {_quoted(new)}", node, new


def _joined(tree: ast.AST) -> Edits:
    """`and` for `or`, one side alone, and the default before what it is the default of."""
    tests = {id(test) for node in _within(tree) for test in _tests(node)}
    for node in _within(tree):
        if isinstance(node, ast.BoolOp):
            other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
            several: list[ast.expr] = [ast.BoolOp(other, node.values)]
            compares = all(isinstance(value, ast.Compare) for value in node.values)
            if isinstance(node.op, ast.Or) and id(node) not in tests and not compares:
                several.append(ast.BoolOp(node.op, node.values[::-1]))
            for index in range(len(node.values)):
                rest = [value for at, value in enumerate(node.values) if at != index]
                several.append(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
            for new in several:
                yield f"{_quoted(node)} -> {_quoted(new)}", node, new


def _numbered(tree: ast.AST) -> Edits:
    """First for last, one more, true for false."""
    for node in _within(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            lower, upper = node.slice.lower, node.slice.upper
            if lower is not None and upper is None:
                end = ast.UnaryOp(ast.USub(), lower)
                new = ast.Subscript(node.value, ast.Slice(None, end, None), node.ctx)
                yield f"{_quoted(node)} -> {_quoted(new)}", node, new
        elif isinstance(node, ast.Subscript) and _is_first_or_last(node.slice):
            index: ast.expr = ast.UnaryOp(ast.USub(), ast.Constant(1))
            new = ast.Subscript(
                node.value, index if isinstance(node.slice, ast.Constant) else ast.Constant(0), node.ctx
            )
            yield f"{_quoted(node)} -> {_quoted(new)}", node, new
    for parent, node in _pairs(tree):
        if isinstance(node, ast.Constant) and type(node.value) is bool:
            yield f"{_around(parent, node)} -> {not node.value}", node, ast.Constant(not node.value)
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield f"{_around(parent, node)} -> {node.value + 1}", node, ast.Constant(node.value + 1)


def _counted(tree: ast.AST) -> Edits:
    for node in _within(tree):
        if isinstance(node, ast.BinOp) and type(node.op) in _COUNTED:
            new = ast.BinOp(node.left, _COUNTED[type(node.op)](), node.right)
            yield f"{_quoted(node)} -> {_quoted(new)}", node, new
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
            new_call = ast.Call(ast.Name(_CALLED[node.func.id], ast.Load()), node.args, node.keywords)
            yield f"{_quoted(node)} -> {_quoted(new_call)}", node, new_call


def _dropped(tree: ast.AST) -> Edits:
    """An element of a display, a keyword of a call, a statement."""
    for node in _within(tree):
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)) and not _is_target(node):
            for index, element in enumerate(node.elts):
                rest = [other for at, other in enumerate(node.elts) if at != index]
                kept = ast.Set(rest) if isinstance(node, ast.Set) else type(node)(rest, ast.Load())
                yield f"{_quoted(node)} without {_quoted(element)}", node, kept
        elif isinstance(node, ast.Dict):
            for index, value in enumerate(node.values):
                at_key = node.keys[index]
                keys = [key for at, key in enumerate(node.keys) if at != index]
                values = [other for at, other in enumerate(node.values) if at != index]
                yield f"{_quoted(node)} without {_quoted(at_key or value)}", node, ast.Dict(keys, values)
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                rest_of = [other for other in node.keywords if other is not keyword]
                name = keyword.arg or f"**{_quoted(keyword.value)}"
                yield f"{_quoted(node)} without {name}", node, ast.Call(node.func, node.args, rest_of)
            for argument in node.args:
                if isinstance(argument, ast.Starred):
                    others = [other for other in node.args if other is not argument]
                    yield (
                        f"{_quoted(node)} without {_quoted(argument)}",
                        node,
                        ast.Call(node.func, others, node.keywords),
                    )
        elif isinstance(node, (ast.Expr, ast.AugAssign, ast.Continue, ast.Break)) and not _is_text(node):
            yield f"without {_quoted(node)}", node, ast.Pass()
        elif isinstance(node, ast.Assign) and not all(isinstance(target, ast.Name) for target in node.targets):
            yield f"without {_quoted(node)}", node, ast.Pass()


def _swapped(tree: ast.AST) -> Edits:
    """Two arguments beside each other that look alike change places."""
    kinds = _annotated(tree)
    for node in _within(tree):
        if isinstance(node, ast.Call):
            for index, (one, other) in enumerate(pairwise(node.args)):
                known = [kinds.get(ast.unparse(argument)) for argument in (one, other)]
                if _is_like(one, other) and (None in known or known[0] == known[1]):
                    arguments = [*node.args[:index], other, one, *node.args[index + 2 :]]
                    new = ast.Call(node.func, arguments, node.keywords)
                    yield f"{_quoted(node)} with {_quoted(other)} before {_quoted(one)}", node, new


def _taken(tree: ast.AST) -> Edits:
    """Another field of the same value: the next, by name, that the function reads of it too."""
    read: dict[str, set[str]] = {}
    fields = [node for node in _within(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
    called = {id(node.func) for node in _within(tree) if isinstance(node, ast.Call)}
    for field in fields:
        if id(field) not in called:
            read.setdefault(ast.unparse(field.value), set()).add(field.attr)
    for parent, node in _pairs(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            names = sorted(read[ast.unparse(node.value)] - _PLACES)
            if node.attr not in names:
                continue
            other = names[(names.index(node.attr) + 1) % len(names)]
            if other != node.attr:
                yield f"{_around(parent, node)} -> {other}", node, ast.Attribute(node.value, other, node.ctx)


OPERATORS: tuple[Callable[[ast.AST], Edits], ...] = (
    *(_negated, _compared, _joined, _numbered, _counted, _dropped, _swapped, _taken),
)


# ---------------------------------------------------------------------------------------------------------- trees


@cache
def _scopes(path: Path) -> tuple[tuple[str, ast.stmt], ...]:
    """The functions of a module, those of its classes, and the values that it names, by their names."""
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found += [(f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, ast.FunctionDef)]
        elif isinstance(node, ast.FunctionDef):
            found.append((node.name, node))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id.isupper():
                found.append((target.id, node))
    return tuple(found)


def _reading(path: Path) -> dict[str, frozenset[int]]:
    """The lines in functions at which a module reads each of its values."""
    values = {scope for scope, tree in _scopes(path) if not isinstance(tree, ast.FunctionDef)}
    lines: dict[str, set[int]] = {}
    for _, tree in _scopes(path):
        for node in ast.walk(tree) if isinstance(tree, ast.FunctionDef) else ():
            if isinstance(node, ast.Name) and node.id in values:
                lines.setdefault(node.id, set()).add(node.lineno)
    return {name: frozenset(found) for name, found in lines.items()}


def _pairs(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every node below this one with the one that holds it, in the order of writing."""
    for name, value in ast.iter_fields(tree):
        if name not in _APART:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.Assert) and not _is_told(child):
                    yield tree, child
                    if not _tells(child) and not _is_place(child):
                        yield from _pairs(child)


def _is_place(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _PLACES


def _tells(node: ast.AST) -> bool:
    """Whether this statement does nothing but tell a finding."""
    if not isinstance(node, ast.Expr):
        return False
    value = node.value.value if isinstance(node.value, ast.Yield) else node.value
    values = value.args if isinstance(value, ast.Call) else []
    return value is not None and any(_is_told(one) for one in (value, *values))


def _is_told(node: ast.AST) -> bool:
    """Whether this only words a finding."""
    if isinstance(node, ast.Assign):
        names = {name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)}
        return names <= _TEXTS
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TOLD


def _within(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for _, node in _pairs(tree))


def _replaced(tree: Any, old: ast.AST, new: ast.AST) -> Any:
    """A tree with another node in place of one; what does not hold that is shared."""
    if tree is old:
        return ast.copy_location(new, old)
    if isinstance(tree, list):
        made = [_replaced(child, old, new) for child in tree]
        return made if any(one is not child for one, child in zip(made, tree, strict=True)) else tree
    if not isinstance(tree, ast.AST):
        return tree
    fields = {name: _replaced(value, old, new) for name, value in ast.iter_fields(tree)}
    if all(fields[name] is value for name, value in ast.iter_fields(tree)):
        return tree
    return ast.copy_location(type(tree)(**fields), tree)


def _lines(node: Any) -> frozenset[int]:
    return frozenset(range(node.lineno, node.end_lineno + 1))


def _quoted(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 3]}..."


def _around(parent: ast.AST, node: ast.AST) -> str:
    """A small node, and what it stands in."""
    return f"{_quoted(node)} in {_quoted(parent)}" if isinstance(parent, (ast.expr, ast.keyword)) else _quoted(node)


def _tests(node: ast.AST) -> list[ast.expr]:
    """What of a node counts as true or false, and no otherwise."""
    if isinstance(node, ast.comprehension):
        return node.ifs
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        return [node.test]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [node.operand]
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return node.values
    return []


def _annotated(tree: ast.AST) -> dict[str, str]:
    """The types of a function's arguments, as they are written."""
    arguments = tree.args.args if isinstance(tree, ast.FunctionDef) else []
    return {one.arg: ast.unparse(one.annotation) for one in arguments if one.annotation is not None}


def _is_first_or_last(index: ast.AST) -> bool:
    return ast.unparse(index) in ("0", "-1")


def _is_target(node: ast.AST) -> bool:
    """Whether this is given values, and is none."""
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_like(one: ast.AST, other: ast.AST) -> bool:
    if isinstance(one, ast.Call) and isinstance(other, ast.Call):
        return ast.dump(one.func) == ast.dump(other.func)
    return type(one) is type(other) and isinstance(one, (ast.Name, ast.Attribute))


# -------------------------------------------------------------------------------------------------------- in place


def _place(path: Path) -> str:
    return path.relative_to(ROOT / "flowc").as_posix()


def _module(path: Path) -> ModuleType:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def _function(module: ModuleType, scope: str) -> FunctionType:
    found: Any = module
    for name in scope.split("."):
        found = vars(found)[name]
    found = getattr(found, "__wrapped__", found)
    assert isinstance(found, FunctionType)
    return found


def _code(mutation: Mutation) -> CodeType:
    """The code of a mutated function."""
    holder, _, _ = mutation.scope.rpartition(".")
    tree = mutation.tree
    if holder:
        tree = ast.ClassDef(holder, bases=[], keywords=[], body=[tree], decorator_list=[])
    todo = [compile(_alone(tree), CHANGED, "exec")]
    while todo:
        code = todo.pop()
        if code.co_qualname == mutation.scope:
            return code
        todo += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    raise AssertionError(mutation.scope)


def _alone(tree: ast.stmt) -> ast.Module:
    future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
    return ast.fix_missing_locations(ast.Module([future, tree], []))


def forget() -> None:
    """Empty the caches of what is mutated: what was kept is of another compiler."""
    for path in MUTATED:
        for value in vars(_module(path)).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
