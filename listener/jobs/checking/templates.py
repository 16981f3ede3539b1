"""Look whether reports can be made with the operator's own templates; nothing is written."""

from listener.errors import ConfigError
from listener.jobs.checking.findings import Notes
from listener.report.template_check import refuse_mistakes
from listener.settings import Settings


def check_own_templates(settings: Settings) -> Notes:
    """Return how many mistakes the operator's own templates have; nothing if there are none."""
    notes, folder = Notes("reports"), settings.report.templates
    if folder is None:
        return notes
    if not folder.is_dir():
        notes.add("templates", "problem", f"there is no folder {folder}", "set report.templates")
        return notes
    try:
        refuse_mistakes(folder)
    except ConfigError as error:
        more = len(error.problems) - 1
        told = error.problems[0].removeprefix("report.templates: ")
        told += f" (and {more} more)" if more else ""
        notes.add("templates", "problem", told, "run: listener report --template-check")
    else:
        notes.add("templates", "ok", f"those in {folder} have no mistake")
    return notes
