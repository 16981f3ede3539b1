"""Say which names templates may use, and find all that they use and that do not exist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.filters import FILTERS

from listener.errors import ConfigError
from listener.report.environment import SOURCES, is_text_file, make_environment
from listener.report.template_names import COMMON, FUNCTIONS, GIVEN
from listener.report.template_types import Macros, TypeWalker, suggest
from listener.report.template_unknown import find_unknown

_EVERYTHING = {name: Any for given in (COMMON, *GIVEN.values()) for name in given}
_Part = nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """A name that does not exist, or a template that cannot be read."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return it in one line."""
        return f"report.templates: {self.file}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateNames:
    """What a template may use.

    Attributes:
        is_own: Whether it lies in the operator's folder.
        pages: The pages that it is, or is part of.
        macros: By the name that they are imported under.
        blocks: Those of the page that it extends.
    """

    file: str
    is_own: bool
    pages: tuple[str, ...]
    variables: tuple[str, ...]
    macros: Mapping[str, tuple[str, ...]]
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TemplateCheck:
    """What was found."""

    templates: tuple[TemplateNames, ...]
    mistakes: tuple[Mistake, ...]
    functions: tuple[str, ...]
    filters: tuple[str, ...]


def refuse_mistakes(templates: Path | None) -> None:
    """Refuse own templates with mistakes, before anything is written.

    Raises:
        ConfigError: With one line for each mistake.
    """
    mistakes = check_templates(templates).mistakes if templates is not None else ()
    if mistakes:
        raise ConfigError(*map(str, mistakes))


def check_templates(templates: Path | None) -> TemplateCheck:
    """Look through all templates, the operator's own in the place of the shipped ones.

    Args:
        templates: The folder of the operator's own; None if there is none.

    Raises:
        ConfigError: If a file of the folder cannot be read.
    """
    check = _Check(templates)
    for page, given in GIVEN.items():
        kinds = {**dict.fromkeys(FUNCTIONS, Any), **COMMON, **given}
        check.visit(page, kinds, page, ())
    mistakes = {*check.mistakes, *check.find_unused()}
    own = [name for name in check.environment.filters if name in check.filters]
    return TemplateCheck(
        tuple(check.list_names()), tuple(sorted(mistakes)), FUNCTIONS, tuple(sorted(own))
    )


class _Check:
    """Goes from the pages to all templates that these are made of."""

    def __init__(self, templates: Path | None) -> None:
        self.environment = make_environment("en", templates)
        self.filters = self.environment.filters.keys() - FILTERS.keys()
        self.mistakes: set[Mistake] = set()
        self._templates = templates
        self._trees: dict[str, nodes.Template | None] = {}
        self._given: dict[str, list[set[str]]] = {}
        self._macros: dict[str, dict[str, tuple[str, ...]]] = {}
        self._pages: dict[str, set[str]] = {}
        self._imported: set[str] = set()

    def visit(self, file: str, kinds: Mapping[str, Any], page: str, trail: tuple[str, ...]) -> None:
        """Look through a template and its parts, with what it is given on this way."""
        tree = self._parse(file)
        if tree is None or file in trail:
            return
        self._pages.setdefault(file, set()).add(page)
        walker = TypeWalker(kinds, self._load_macros)
        walker.walk(tree)
        self._given.setdefault(file, []).append(set(kinds))
        self._macros.setdefault(file, {}).update(
            (name, kind.names) for name, kind in walker.kinds.items() if isinstance(kind, Macros)
        )
        self._note(file, walker.wrong)
        # A macro is called by those pages alone that have what it needs.
        given = {**_EVERYTHING, **kinds} if file in self._imported else kinds
        self._note(file, find_unknown(tree, self.environment, given))
        for part in _list_parts(tree):
            self._visit_part(file, part, walker.kinds, page, (*trail, file))
        self._note(file, self._find_lost_blocks(tree))

    def _visit_part(
        self,
        file: str,
        part: _Part,
        kinds: Mapping[str, Any],
        page: str,
        trail: tuple[str, ...],
    ) -> None:
        name = _read_name(part)
        if name is None:
            return
        if name in trail:
            self._note(file, [(part.lineno, f'"{name}" would contain itself')])
        elif self._parse(name) is None and not self._exists(name):
            there = suggest(name, self.environment.list_templates())
            self._note(file, [(part.lineno, f'there is no template "{name}"{there}')])
        else:
            if isinstance(part, nodes.Import | nodes.FromImport):
                self._imported.add(name)
            has_context = getattr(part, "with_context", True)
            self.visit(name, kinds if has_context else {}, page, trail)

    def _parse(self, file: str) -> nodes.Template | None:
        if file not in self._trees:
            self._trees[file] = None
            try:
                source, _, _ = self._get_source(file)
                self._trees[file] = self.environment.parse(source, file)
            except jinja2.TemplateNotFound:
                pass
            except jinja2.TemplateSyntaxError as error:
                self._note(file, [(error.lineno, error.message or "cannot be read")])
        return self._trees[file]

    def _get_source(self, file: str) -> tuple[str, str | None, Any]:
        if self.environment.loader is None:
            raise jinja2.TemplateNotFound(file)
        return self.environment.loader.get_source(self.environment, file)

    def _exists(self, file: str) -> bool:
        return file in self.environment.list_templates()

    def _load_macros(self, file: str) -> Macros | None:
        tree = self._parse(file)
        if tree is None:
            return None
        names = [node.name for node in tree.body if isinstance(node, nodes.Macro)]
        targets = [node.target for node in tree.body if isinstance(node, nodes.Assign)]
        names += [target.name for target in targets if isinstance(target, nodes.Name)]
        return Macros(file, tuple(names))

    def _find_lost_blocks(self, tree: nodes.Template) -> Iterator[tuple[int, str]]:
        """Yield blocks that the extended page does not have: nobody would see them."""
        base = self._find_base(tree)
        if base is None:
            return
        known = self._list_blocks(base)
        nested = {
            each for block in tree.find_all(nodes.Block) for each in block.find_all(nodes.Block)
        }
        for block in tree.find_all(nodes.Block):
            if block.name not in known and block not in nested:
                yield (
                    block.lineno,
                    f'{base} has no block "{block.name}"{suggest(block.name, known)}',
                )

    def _find_base(self, tree: nodes.Template) -> str | None:
        extends = tree.find(nodes.Extends)
        name = _read_name(extends) if extends else None
        return name if name and self._parse(name) else None

    def _list_blocks(self, file: str | None) -> tuple[str, ...]:
        """Return the blocks of a page and of those that it extends itself."""
        names: list[str] = []
        while file and (tree := self._parse(file)) is not None:
            names += [block.name for block in tree.find_all(nodes.Block)]
            file = self._find_base(tree)
        return tuple(dict.fromkeys(names))

    def _note(self, file: str, found: Any) -> None:  # noqa: ANN401 - pairs of line and text
        self.mistakes.update(Mistake(file, line, text) for line, text in found)

    def find_unused(self) -> Iterator[Mistake]:
        """Yield own files that no page is made of: their names are misspelt, or they are old."""
        used = {*self._trees, *SOURCES}
        folder = self._templates
        for path in sorted(folder.iterdir()) if folder else ():
            if is_text_file(path) and path.name not in used:
                shipped = [name for name in self.environment.list_templates() if name in used]
                yield Mistake(path.name, 1, f"no page uses it{suggest(path.name, shipped)}")

    def list_names(self) -> Iterator[TemplateNames]:
        """Yield what each template may use, whichever page it is part of."""
        for file, ways in sorted(self._given.items()):
            macros = self._macros[file]
            tree = self._parse(file)
            yield TemplateNames(
                file=file,
                is_own=self._templates is not None and (self._templates / file).is_file(),
                pages=tuple(sorted(self._pages[file])),
                variables=tuple(sorted(set.intersection(*ways) - {*FUNCTIONS, *macros})),
                macros=macros,
                blocks=self._list_blocks(self._find_base(tree)) if tree else (),
            )


def _list_parts(tree: nodes.Template) -> list[_Part]:
    """Return what a template takes from others, in its order."""
    kinds = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    return [each for each in tree.find_all(kinds) if isinstance(each, kinds)]


def _read_name(node: _Part) -> str | None:
    """Return the template that is named; None if it is known only when a page is made."""
    named = node.template
    return str(named.value) if isinstance(named, nodes.Const) else None
