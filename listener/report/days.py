"""Tell which days the name of a period means."""

from datetime import date, timedelta


def find_days(week: str) -> tuple[date, date]:
    """Return the first and the last day of an ISO week or a free period."""
    if "-W" in week:
        monday = date.fromisoformat(f"{week}-1")
        return monday, monday + timedelta(days=6)
    first, last = (date.fromisoformat(day) for day in week.replace("/", "_").split("_"))
    return first, last
