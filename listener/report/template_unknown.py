"""Find names in a template that nobody has given it."""

from collections.abc import Iterable, Iterator, Mapping

import jinja2
from jinja2 import meta, nodes

from listener.report.template_types import suggest


def find_unknown(
    tree: nodes.Template, environment: jinja2.Environment, given: Mapping[str, object]
) -> Iterator[tuple[int, str]]:
    """Yield line and text of each filter, test and variable that nobody has given.

    Args:
        tree: The template.
        environment: It has the filters and tests.
        given: The variables.
    """
    every = tuple(tree.find_all(nodes.Node))
    # A copy, in which unknown filters are made up: variables are looked for all the same.
    made_up = environment.overlay()
    for kind, word in ((nodes.Filter, "filter"), (nodes.Test, "test")):
        known = dict(getattr(environment, f"{word}s"))
        used = [node for node in every if isinstance(node, kind)]
        setattr(made_up, f"{word}s", known | dict.fromkeys((node.name for node in used), str))
        for node in used:
            if node.name not in known:
                near = suggest(node.name, known)
                yield node.lineno, f'there is no {word} "{node.name}"{near}'
    tree.set_environment(made_up)
    # The library also names variables that are set on some ways through a template only.
    known_names = given.keys() | _list_set(every) | environment.globals.keys()
    for name in meta.find_undeclared_variables(tree) - known_names:
        lines = [
            node.lineno for node in every if isinstance(node, nodes.Name) and node.name == name
        ]
        yield min(lines), f'there is no variable "{name}"{suggest(name, given.keys())}'


def _list_set(every: Iterable[nodes.Node]) -> set[str]:
    """Return the names that a template gives to something itself."""
    names: set[str] = set()
    for node in every:
        match node:
            case nodes.Name(ctx=ctx) if ctx != "load":
                names.add(node.name)
            case nodes.Macro():
                names.add(node.name)
            case nodes.Import():
                names.add(node.target)
            case nodes.FromImport():
                names |= {each[-1] if isinstance(each, tuple) else each for each in node.names}
    return names
