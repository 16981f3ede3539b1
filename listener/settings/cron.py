"""Cron lines: five fields, in UTC, without what two programs would read differently.

What is refused here is understood otherwise by cron and by APScheduler: numbers for
weekdays (Sunday is 0 to cron, Monday to APScheduler), steps of weekdays, and days of
the month beside weekdays ("or" to cron, "and" to APScheduler).
"""

import re

from listener.posts import WEEKDAYS

_NUMBERS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12))
_PART = re.compile(r"(?:\*|(?P<first>\d{1,2})(?:-(?P<last>\d{1,2}))?)(?:/(?P<step>\d{1,2}))?")
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_EXAMPLE = '"*/20 6-22 * * mon-fri"'


def normalise_cron(line: str) -> str:
    """Return a cron line as APScheduler understands it: `sat-mon` becomes `sat,sun,mon`.

    Raises:
        ValueError: If a field is wrong, or no day fits all of them.
    """
    fields = line.casefold().split()
    if len(fields) != len(_NUMBERS) + 1:
        msg = f"a cron line has five fields (minute, hour, day, month, weekday), such as {_EXAMPLE}"
        raise ValueError(msg)
    *numbers, weekday = fields
    _, _, days, months = (
        _list_numbers(text, *field) for text, field in zip(numbers, _NUMBERS, strict=True)
    )
    weekday = _normalise_weekdays(weekday)
    if numbers[2] != "*" and weekday != "*":
        msg = 'names days of the month and weekdays; write "*" for one of them'
        raise ValueError(msg)
    if not any(min(days) <= _LONGEST_MONTHS.get(month, 31) for month in months):
        msg = "never comes: no such month has so many days"
        raise ValueError(msg)
    return " ".join((*numbers, weekday))


def _list_numbers(text: str, name: str, lowest: int, highest: int) -> set[int]:
    """Return what a field stands for."""
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        numbers = _list_part(match, lowest, highest) if match else range(0)
        if not numbers:
            msg = (
                f"{name} {_quote(part)}: must be numbers from {lowest} to {highest}, "
                f'as "*", "*/{lowest + 4}", "{lowest + 1}-{lowest + 8}" or in a list with commas'
            )
            raise ValueError(msg)
        found.update(numbers)
    return found


def _list_part(match: re.Match[str], lowest: int, highest: int) -> range:
    """Return the numbers of one part; none if it cannot be meant."""
    first = lowest if match["first"] is None else int(match["first"])
    last = highest if match["first"] is None else int(match["last"] or match["first"])
    step = 1 if match["step"] is None else int(match["step"])
    is_within = lowest <= first <= last <= highest
    # A step needs a stretch to walk along; APScheduler refuses longer ones.
    is_walk = match["step"] is None or 1 <= step <= last - first
    return range(first, last + 1, step) if is_within and is_walk else range(0)


def _normalise_weekdays(text: str) -> str:
    if text == "*":
        return text
    return ",".join(_normalise_days(part) for part in text.split(","))


def _normalise_days(part: str) -> str:
    if re.fullmatch(r"\d(-\d)?", part):
        msg = (
            f'weekday {_quote(part)}: write its name, such as "mon"; programs count from other days'
        )
        raise ValueError(msg)
    first, _, last = part.partition("-")
    if not {first, last or first} <= set(WEEKDAYS) or part.endswith("-"):
        msg = f'weekday {_quote(part)}: must be "*", or names such as "mon", "mon-fri", "sat,sun"'
        raise ValueError(msg)
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if start <= end:
        return part
    return ",".join((*WEEKDAYS[start:], *WEEKDAYS[: end + 1]))


def _quote(part: str) -> str:
    return f'"{part[:20]}"'
