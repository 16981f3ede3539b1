"""Follow what stands behind the names in a template, to find parts that do not exist."""

import difflib
import inspect
import types
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Union, get_args, get_origin, get_type_hints

from jinja2 import nodes

_SEQUENCES = (tuple, list, Sequence, Iterable, Collection)
# Filters that leave the kind of what goes through them.
_SIEVES = ("list", "sort", "reverse", "selectattr", "rejectattr", "select", "reject", "unique")


@dataclass(frozen=True, slots=True)
class Macros:
    """What another template offers under the name it was imported by."""

    file: str
    names: tuple[str, ...]


class TypeWalker:
    """Walks a template from top to bottom and keeps in mind what each name stands for.

    What is not known is `Any`, of which nothing is claimed.

    Attributes:
        kinds: What stands behind each name, after the walk those of the whole template.
        wrong: Line and text of each mistake.
    """

    def __init__(
        self, kinds: Mapping[str, Any], load_macros: Callable[[str], Macros | None]
    ) -> None:
        """Begin with what the template is given."""
        self.kinds = dict(kinds)
        self.wrong: list[tuple[int, str]] = []
        self._load_macros = load_macros

    def walk(self, node: nodes.Node | None) -> None:
        """Go through a part of the template."""
        match node:
            case None:
                return
            case nodes.Expr():
                self._find_kind(node)
            case nodes.For():
                self._walk_loop(node)
            case nodes.Assign():
                self._assign(node.target, self._find_kind(node.node), node.node)
            case nodes.Import() | nodes.FromImport():
                self._import(node)
            case nodes.Macro() | nodes.CallBlock():
                self._walk_hidden(node, [arg.name for arg in node.args])
            case _:
                for child in node.iter_child_nodes():
                    self.walk(child)

    def _walk_loop(self, node: nodes.For) -> None:
        element = _find_element(self._find_kind(node.iter))
        before = dict(self.kinds)
        self.kinds["loop"] = Any
        self._assign(node.target, element)
        for child in (node.test, *node.body, *node.else_):
            self.walk(child)
        self.kinds = before

    def _walk_hidden(self, node: nodes.Node, names: Sequence[str]) -> None:
        """Walk what has names of its own, such as the arguments of a macro."""
        before = dict(self.kinds)
        self.kinds.update(dict.fromkeys(names, Any))
        for child in node.iter_child_nodes():
            self.walk(child)
        self.kinds = before
        if isinstance(node, nodes.Macro):
            self.kinds[node.name] = Any

    def _assign(self, target: nodes.Node, kind: Any, value: nodes.Node | None = None) -> None:  # noqa: ANN401 - kinds are types
        if isinstance(target, nodes.Name):
            self.kinds[target.name] = kind
        elif isinstance(target, nodes.Tuple):
            values = value.items if isinstance(value, nodes.Tuple) else ()
            kinds = [self._find_kind(each, is_known=True) for each in values]
            kinds = kinds or [Any] * len(target.items)
            for part, each in zip(target.items, kinds, strict=False):
                self._assign(part, each)

    def _import(self, node: nodes.Import | nodes.FromImport) -> None:
        found = self._find_macros(node.template)
        if isinstance(node, nodes.Import):
            self.kinds[node.target] = found
            return
        for each in node.names:
            name, alias = each if isinstance(each, tuple) else (each, each)
            self.kinds[alias] = Any
            if isinstance(found, Macros) and name not in found.names:
                self.wrong.append((node.lineno, _tell_missing(found.file, name, found.names)))

    def _find_macros(self, template: nodes.Expr) -> Any:  # noqa: ANN401 - kinds are types
        is_named = isinstance(template, nodes.Const) and isinstance(template.value, str)
        return (self._load_macros(template.value) if is_named else None) or Any  # type: ignore[attr-defined]

    def _find_kind(self, node: nodes.Node, *, is_known: bool = False) -> Any:  # noqa: ANN401 - kinds are types
        """Return what an expression is; its mistakes are noted unless they are known."""
        match node:
            case nodes.Name():
                return self.kinds.get(node.name, Any)
            case nodes.Getattr():
                kind = self._find_kind(node.node, is_known=is_known)
                found, problem = _find_part(kind, node.attr)
                if problem and not is_known:
                    self.wrong.append((node.lineno, problem))
                return found
            case nodes.Getitem():
                return self._find_item(node)
            case nodes.Filter(name=name, node=nodes.Expr()) if name in _SIEVES:
                return self._find_kind(node.node, is_known=is_known)  # type: ignore[arg-type]
        if not is_known:
            for child in node.iter_child_nodes():
                self.walk(child)
        return Any

    def _find_item(self, node: nodes.Getitem) -> Any:  # noqa: ANN401 - kinds are types
        kind = self._find_kind(node.node)
        self.walk(node.arg)
        return kind if isinstance(node.arg, nodes.Slice) else _find_element(kind)


def _find_part(kind: Any, name: str) -> tuple[Any, str]:  # noqa: ANN401 - kinds are types
    """Return what a part of something is, or what is wrong with its name."""
    if isinstance(kind, Macros):
        return Any, "" if name in kind.names else _tell_missing(kind.file, name, kind.names)
    owner = _find_class(kind)
    if owner is None:
        return Any, ""
    parts = _list_parts(owner)
    return parts.get(name, Any), "" if name in parts else _tell_missing(
        owner.__name__, name, tuple(parts)
    )


def _find_class(kind: Any) -> type | None:  # noqa: ANN401 - kinds are types
    """Return the class of something, if it has one whose parts are no keys."""
    options = _list_options(kind)
    if len(options) != 1 or options[0] is Any or not isinstance(options[0], type):
        return None
    return None if issubclass(options[0], Mapping) else options[0]


def _list_options(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - kinds are types
    """Return what something may be, besides nothing."""
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(each for each in get_args(kind) if each is not type(None))
    return (kind,)


@cache
def _list_parts(kind: Hashable) -> dict[str, Any]:
    """Return the parts of a class by name, and what they are."""
    parts: dict[str, Any] = {name: Any for name in dir(kind) if not name.startswith("_")}
    for name in parts:
        member = inspect.getattr_static(kind, name)
        made_by = getattr(member, "fget", None) or (
            member.func if isinstance(member, cached_property) else None
        )
        if made_by is not None:
            parts[name] = _read_hints(made_by).get("return", Any)
    return {**parts, **_read_hints(kind)}


def _read_hints(thing: Any) -> dict[str, Any]:  # noqa: ANN401 - a class or a function
    try:
        return get_type_hints(thing)
    except NameError:  # named for type checkers alone
        return dict.fromkeys(getattr(thing, "__annotations__", ()), Any)


def _find_element(kind: Any) -> Any:  # noqa: ANN401 - kinds are types
    """Return what stands in a sequence."""
    options = _list_options(kind)
    if len(options) != 1 or get_origin(options[0]) not in _SEQUENCES:
        return Any
    inside = get_args(options[0])
    is_plain = len(inside) == 1 or (len(inside) == 2 and inside[1] is Ellipsis)
    return inside[0] if is_plain else Any


def _tell_missing(owner: str, name: str, known: Sequence[str]) -> str:
    return f'{owner} has no "{name}"{suggest(name, known)}'


def suggest(name: str, known: Collection[str]) -> str:
    """Return which name may be meant, or those that there are."""
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; there are: {', '.join(sorted(known))}" if known and len(known) <= 40 else ""
