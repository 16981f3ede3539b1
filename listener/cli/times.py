"""Times and days as people write them in flags."""

from datetime import UTC, date, datetime

import typer


def parse_moment(text: str) -> datetime:
    """Return an aware time; without a zone UTC is meant, without a time midnight.

    Raises:
        typer.BadParameter: If it is no time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f'"{text}" is not a time such as 2026-03-09 or 2026-03-09T08:00:00+01:00'
        raise typer.BadParameter(msg) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def parse_day(text: str) -> date:
    """Return a day.

    Raises:
        typer.BadParameter: If it is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f'"{text}" is not a day such as 2026-03-09'
        raise typer.BadParameter(msg) from None
