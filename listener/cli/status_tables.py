"""The status for the terminal: tasks by account, reports, money."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from listener.cli.collecting import list_groups, show_moment, tell_months
from listener.cli.failures import make_printable
from listener.cli.status_faults import name_task, tell_faults
from listener.cli.tables import show_span

if TYPE_CHECKING:
    from listener.jobs.old_weeks import ArchiveSummary
    from listener.jobs.status import EditionStatus, Status
    from listener.jobs.task_states import TaskStatus

NOTHING = 'nothing was ever run by itself; start "listener run"'
_HEAD = ("what", "state", "last end (UTC)", "next")


def show_status(status: "Status", form: str) -> None:
    """Print the status as tables for people, or as JSON."""
    if form == "json":
        sys.stdout.write(_dump(status))
        return
    lines = [
        *_tell_tasks(status),
        *_tell_editions(status),
        *_tell_alerts(status),
        *_tell_money(status),
        *(("", status.archive.line) if status.archive else ()),
    ]
    sys.stdout.write("".join(f"{make_printable(line)}\n" for line in lines))


def _tell_tasks(status: "Status") -> Iterator[str]:
    if not status.is_planned:
        yield NOTHING
        return
    told = tell_faults(status)
    rows = [
        (_name_group(task), _make_row(task, status.as_of), told.get(task.plan.name, ()))
        for task in status.tasks
    ]
    yield from list_groups(_HEAD, rows)


def _tell_editions(status: "Status") -> Iterator[str]:
    if status.editions:
        yield ""
        yield "reports"
    for each in status.editions:
        yield f"  {each.key}  {_describe_edition(each)}"
    for mail in status.mails:
        yield f"  {mail.line}"
    for reader in status.unsubscribed:
        yield f"  {reader.line}"


def _tell_alerts(status: "Status") -> Iterator[str]:
    if status.alerts:
        yield ""
        yield "alerts"
    for each in status.alerts:
        yield f"  {each.line}"


def _describe_edition(each: "EditionStatus") -> str:
    if each.made_at is None:
        return f"not made: {each.error}" if each.error else "not made yet"
    told = f"made {show_moment(each.made_at)} UTC"
    counts = (("sent", each.sent), ("not sent yet", each.unsent), ("perhaps sent", each.unsure))
    mails = ", ".join(f"{count} {name}" for name, count in counts if count)
    return f"{told}; {mails}" if mails else told


def _tell_money(status: "Status") -> Iterator[str]:
    if status.months:
        yield ""
        yield from tell_months(status.months)


def _name_group(task: "TaskStatus") -> str:
    plan = task.plan
    if plan.desk is None:
        return plan.brand or "all brands"
    return f"{plan.brand}: {plan.desk.account.platform} @{plan.desk.account.handle}"


def _make_row(task: "TaskStatus", as_of: datetime) -> tuple[str, ...]:
    return (
        name_task(task),
        task.state,
        show_moment(task.last_end) or "never",
        _show_next(task, as_of),
    )


def _show_next(task: "TaskStatus", as_of: datetime) -> str:
    if task.due_at is None:
        return "now" if task.owner else ""
    seconds = (task.due_at - as_of).total_seconds()
    return f"in {show_span(seconds)}" if seconds > 0 else f"due for {show_span(-seconds)}"


def _dump(status: "Status") -> str:
    import orjson

    told = {
        "as_of": status.as_of,
        "tasks": [_describe_task(task) for task in status.tasks],
        "reports": list(status.editions),
        "mails": list(status.mails),
        "unsubscribed": list(status.unsubscribed),
        "alerts": list(status.alerts),
        "months": [
            {
                "brand": month.brand or None,
                "month": month.month,
                "spent": float(month.outlook.spent),
                "cap": None if month.cap is None else float(month.cap),
            }
            for month in status.months
        ],
        "archive": _describe_archive(status.archive),
        "alarms": [
            *(task.plan.name for task in status.alarms),
            *(f"mail:{mail.key}:{mail.recipient}" for mail in status.mail_alarms),
        ],
    }
    return f"{orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()}\n"


def _describe_archive(archive: "ArchiveSummary | None") -> dict[str, Any] | None:
    if archive is None:
        return None
    told = {name: getattr(archive, name) for name in archive.__slots__}
    return {**told, "folder": str(archive.folder or "") or None}


def _describe_task(task: "TaskStatus") -> dict[str, Any]:
    plan = task.plan
    names = [name for name in task.__slots__ if name != "plan"]
    return {
        "name": plan.name,
        "kind": plan.kind,
        "brand": plan.brand or None,
        "rhythm": str(plan.when),
        **{name: getattr(task, name) for name in names},
    }
