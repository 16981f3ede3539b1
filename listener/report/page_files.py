"""Write what people read of a report: its page, the further stories and the text.

All of it follows from one argument that can be sent to another process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from listener.report.drawings import Drawings
from listener.report.environment import WEEK_PAGES, compile_templates
from listener.report.files import PAGE, STORIES, TEXT
from listener.report.render import render_page, render_stories, render_text
from listener.report.weekly import BrandWeek


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFiles:
    """What is to be written, and where.

    Attributes:
        folder: It must be there, and empty.
        week: What to tell.
        language: Of page and text.
        formats: `html` for the page with its stories, `text` for the text.
        templates: A folder of own templates, searched first.
        files: Names of the files beside the page, which it links to.
        reports: Where the brand's reports of other weeks lie, seen from the page.
        charts: The page's drawings; without them they are drawn here.
    """

    folder: Path
    week: BrandWeek
    language: str
    formats: Sequence[str]
    templates: Path | None
    files: Sequence[str]
    reports: Mapping[str, str]
    charts: Drawings | None


def prepare_pages(language: str, templates: Path | None) -> None:
    """Read and compile the templates of pages, before there is anything to tell."""
    compile_templates(WEEK_PAGES, language, templates)


def save_pages(pages: PageFiles) -> None:
    """Write the page, the further stories and the text, as far as they are wanted."""
    if "html" in pages.formats:
        page = render_page(
            pages.week,
            pages.language,
            templates=pages.templates,
            files=pages.files,
            reports=pages.reports,
            charts=pages.charts,
        )
        (pages.folder / PAGE).write_text(page, encoding="utf-8")
        _save_stories(pages)
    if "text" in pages.formats:
        text = render_text(pages.week, pages.language, templates=pages.templates)
        (pages.folder / TEXT).write_text(text, encoding="utf-8")


def _save_stories(pages: PageFiles) -> None:
    folder, week = pages.folder / STORIES, pages.week
    if week.further:
        folder.mkdir(exist_ok=True)  # whoever was killed at it may have begun
    for number in range(1, len(week.further) + 1):
        page = render_stories(week, number, pages.language, templates=pages.templates)
        (folder / f"{number}.html").write_text(page, encoding="utf-8")
