"""Render the page behind the link by which a reader gets no more mail."""

from pathlib import Path

from listener.report.environment import render_template
from listener.report.language import Language


def render_leave_page(state: str, language: str = "en", *, templates: Path | None = None) -> str:
    """Return what the page says; it names nobody.

    Args:
        state: `ask`, `done`, `unknown` or `failed`.
        language: Of the page.
        templates: A folder of own templates, searched first.
    """
    return render_template("leave.html", Language(language), templates, state=state)
