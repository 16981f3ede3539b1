"""What a brand says to a report about it, as the operator keeps it in the settings."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from listener.posts import Statement
from listener.settings.addresses import check_reports_url
from listener.settings.fields import Date, Part
from listener.settings.publish import check_statement

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def _check_week(name: str) -> str:
    found = _WEEK.fullmatch(name)
    try:
        if found:
            date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return name
    except ValueError:
        pass
    msg = 'must be the week of a report, such as "2026-W10"'
    raise ValueError(msg)


def _require_text(text: str) -> str:
    if not text.strip():
        msg = "must be what the brand says"
        raise ValueError(msg)
    return check_statement(text)


class StatementPart(Part):
    """One table `[[brands.KEY.statements]]`."""

    week: Annotated[str, AfterValidator(_check_week)]
    said_on: Date
    text: Annotated[str, AfterValidator(_require_text)]
    url: Annotated[str, AfterValidator(check_reports_url)] = ""

    def to_statement(self) -> Statement:
        """Return the statement that reports show."""
        return Statement(week=self.week, said_on=self.said_on, text=self.text, url=self.url)
