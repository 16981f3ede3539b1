"""Read templates, the operator's own first, and fill them."""

import base64
import gettext
import hashlib
import textwrap
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import jinja2
from jinja2 import meta
from markupsafe import Markup, escape

from listener.errors import ConfigError
from listener.report.case_filters import (
    CODES,
    list_marks,
    make_filter_rules,
    make_label_rules,
    make_sort_keys,
)
from listener.report.filter_places import BASES, find_section
from listener.report.filter_words import POST_FILTERS
from listener.report.functions import make_functions
from listener.report.language import Language, load_catalogue
from listener.report.listed_posts import MOST_POSTS
from listener.report.quotations import split_paragraphs
from listener.report.weekly import BrandWeek
from listener.resources import templates_dir

TEXT_COLUMNS = 72
SOURCES = ("style.css", "page.js", "work.css", "work.js")
"""Files that are put into pages as they are."""

_ENDINGS = (".html", ".txt", ".css", ".js", ".j2")
WEEK_PAGES = ("page.html", "stories.html")
_SERVED_PAGES = ("leave.html", "work.html", "work_case.html")
_MISTAKES = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def render_template(name: str, language: Language, templates: Path | None, **values: object) -> str:
    """Return a template filled with values, and with what every template may use.

    Raises:
        ConfigError: If it cannot be rendered; names file and line.
    """
    environment = make_environment(language.name, templates)
    try:
        style, script = _read_looks(environment, name, language, values)
        return environment.get_template(name).render(
            **{"site": None, **values},
            **make_functions(language),
            language=language,
            style=Markup(style),  # noqa: S704 - the operator's own file
            style_hash=_hash(style),
            script=Markup(script),  # noqa: S704 - the operator's own file
            script_hash=_hash(script),
        )
    except _MISTAKES as error:
        place = find_place(error, templates)
        if place is None and not isinstance(error, jinja2.TemplateError):
            raise  # a mistake of the program, not of a template
        raise ConfigError(describe_mistake(place or name, error)) from error


def compile_templates(names: Iterable[str], language: str, templates: Path | None) -> None:
    """Compile templates and all that they include or import, as rendering them would do.

    Raises:
        ConfigError: If the own folder cannot be read.
        jinja2.TemplateError: If one of them cannot be compiled; rendering tells where.
    """
    environment = make_environment(language, templates)
    found: dict[str, None] = {}
    left = [*names]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = None
            parsed = environment.parse(_read_source(environment, name))
            left += filter(None, meta.find_referenced_templates(parsed))
            environment.get_template(name)


def describe_mistake(place: str, error: Exception) -> str:
    """Return in one line what is wrong with a template, where, and the next step."""
    said = " ".join(str(error).split()) or type(error).__name__
    if not isinstance(error, jinja2.TemplateError):
        said = f"{type(error).__name__}: {said}"
    step = '"listener report --template-check" lists what templates may use'
    return f"report.templates: {place}: {said}; {step}"


def find_place(error: Exception, templates: Path | None) -> str | None:
    """Return file and line of the template that an error came from, as far as it tells.

    What goes wrong in a shipped template is the program's fault, unless the template
    language itself complains: that may come of an own part that it includes.
    """
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.name}:{error.lineno}"
    wanted = [templates]
    if isinstance(error, jinja2.TemplateError):
        wanted.append(templates_dir())
    frames = [(Path(each.filename), each.lineno) for each in _list_frames(error)]
    found = [(path.name, line) for path, line in frames if path.parent in wanted]
    return "{}:{}".format(*found[-1]) if found else None


def _list_frames(error: Exception) -> traceback.StackSummary:
    """Return where an error came from; the template language puts its own lines among these."""
    return traceback.extract_tb(error.__traceback__)


def _read_looks(
    environment: jinja2.Environment, name: str, language: Language, values: Mapping[str, object]
) -> tuple[str, str]:
    """Return the style and the script that are put into a page."""
    style = _read_source(environment, "style.css")
    if isinstance(week := values.get("week"), BrandWeek) and name in WEEK_PAGES:
        rules = (make_label_rules(language), make_filter_rules(week.filters))
        style = "\n".join((style, *rules, ""))
    if name in _SERVED_PAGES:
        style = f"{style}\n{_read_source(environment, 'work.css')}"
    return style, _read_source(environment, "work.js" if name == "work.html" else "page.js")


@lru_cache(maxsize=8)
def make_environment(language: str, templates: Path | None) -> jinja2.Environment:
    """Return what templates of a language are read and filled by."""
    folders = [folder for folder in (templates, templates_dir()) if folder is not None]
    if templates is not None:
        _check_readable(templates)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        # Everything but plain text is escaped, whatever a template is called:
        # Jinja's own rule would let `page.html.j2` through unescaped.
        autoescape=_escapes,  # noqa: S701 - only plain text is left as it is
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = load_catalogue(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    environment.globals["_"] = environment.globals["gettext"] = _make_gettext(catalogue)
    environment.filters["fill"] = _fill
    environment.filters["filter_code"] = CODES.__getitem__
    environment.filters["filter_marks"] = lambda name: " ".join(list_marks(name))
    environment.filters["paragraphs"] = split_paragraphs
    environment.filters["sort_keys"] = make_sort_keys
    environment.filters["filter_section"] = find_section
    environment.globals["most_posts"] = MOST_POSTS
    environment.tests["counted_by_posts"] = POST_FILTERS.__contains__
    environment.filters["filter_base"] = lambda name: BASES.get(name, "")
    environment.filters["handle"] = _break_handle
    return environment


def _make_gettext(catalogue: gettext.NullTranslations) -> Callable[..., str]:
    """Return what does as Jinja's own does; a page says the same words thousands of times."""
    marked = lru_cache(maxsize=None)(
        lambda text: Markup(catalogue.gettext(text))  # noqa: S704 - our own words
    )

    @jinja2.pass_context
    def say(context: jinja2.runtime.Context, text: str, **values: object) -> str:
        said = marked(text) if context.eval_ctx.autoescape else catalogue.gettext(text)
        return said % values if values or "%" in said else said

    return say


def is_text_file(path: Path) -> bool:
    """Tell whether a file of an own folder is a template, a style or a script."""
    return path.suffix in _ENDINGS and path.is_file()


def _check_readable(folder: Path) -> None:
    problems = []
    for path in filter(is_text_file, sorted(folder.iterdir())):
        try:
            path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            problems.append(
                f"report.templates: {path.name}: cannot be read; save it as UTF-8 text, or move "
                "it to another folder"
            )
    if problems:
        raise ConfigError(*problems)


def _escapes(name: str | None) -> bool:
    return name is None or not name.endswith(".txt")


def _break_handle(name: str) -> Markup:
    """Allow a handle to be broken before its server, and nowhere else by choice."""
    person, at, server = name[1:].partition("@")
    return escape(name[:1] + person) + Markup("<wbr>") * bool(at) + escape(at + server)


def _fill(text: str, indent: int = 0, columns: int = TEXT_COLUMNS) -> str:
    """Wrap plain text; later lines are indented."""
    return textwrap.fill(
        text,
        columns,
        subsequent_indent=" " * indent,
        break_long_words=True,
        break_on_hyphens=False,
    )


def _read_source(environment: jinja2.Environment, name: str) -> str:
    if environment.loader is None:
        return ""
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
