"""What is wrong, for the terminal: each fault once, below the first task that suffers from it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from listener.cli.collecting import name_source, show_moment

if TYPE_CHECKING:
    from listener.jobs.status import Status
    from listener.jobs.task_states import TaskStatus

_NAMES = {"follow": "open conversations", "report": "weekly report", "weekly": "listener weekly"}
_NOBODY = 'nobody does what is due; start "listener run", or look why it does not run'
_SILENT = '"listener weekly" should have been called again; look why cron or its timer does not'
_BELOW = "see below"


def name_task(task: "TaskStatus") -> str:
    """Return what a task does, as people say it."""
    source = task.plan.source
    name = name_source(source.kind, source.query) if source else task.plan.kind
    return _NAMES.get(name, name)


def tell_faults(status: "Status") -> Mapping[str, tuple[str, ...]]:
    """Return the lines below each task, by its name; tasks that add nothing new have none."""
    found: dict[str, list[TaskStatus]] = {}
    for task in status.tasks:
        for line in _explain(task, status):
            found.setdefault(line, []).append(task)
    told: dict[str, tuple[str, ...]] = {}
    for line, tasks in found.items():
        first = tasks[0].plan.name
        told[first] = (*told.get(first, ()), _tell(line, tasks))
    return told


def _tell(line: str, tasks: "list[TaskStatus]") -> str:
    since = min((task.failing_since for task in tasks if task.failing_since), default=None)
    begun = f"since {show_moment(since)} UTC: " if since and line not in (_NOBODY, _SILENT) else ""
    others = f" ({len(tasks)} tasks)" if len(tasks) > 1 else ""
    return f"{begun}{line}{others}"


def _explain(task: "TaskStatus", status: "Status") -> Iterator[str]:
    if task.error:
        yield _leave_out(task.error, status)
    if task.is_overdue:
        yield _SILENT if task.plan.kind == "weekly" else _NOBODY


def _leave_out(error: str, status: "Status") -> str:
    """Return an error without what is told with the reports and mails anyway."""
    lines = [mail.line for mail in status.mails]
    lines += [alert.line for alert in status.alerts]
    lines += [each.error for each in status.editions if each.error and each.made_at is None]
    rest = error
    for line in sorted(lines, key=len, reverse=True):
        rest = rest.replace(line, "")
    if rest == error:
        return error
    kept = [part for part in rest.split("; ") if part.strip("; ")]
    return "; ".join([*kept, _BELOW])
