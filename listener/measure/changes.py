"""What has changed since the week before, and what may be claimed of it.

`docs/measures.md`, section 8: only like is compared with like. Both weeks are
measured by the same rules and at the same age, and their coverage is of one class.
"""

from collections.abc import Sequence
from itertools import combinations

from listener.figures import Compared
from listener.measure.comparing import Sample, compare_samples, correct_page, take_sample
from listener.measure.coverage import measure_grade
from listener.measure.periods import Period, shift_week
from listener.measure.selection import select_cases
from listener.measure.setting import Setting
from listener.measure.tables import Tables
from listener.posts import Brand


def measure_changes(
    tables: Tables,
    brand: Brand,
    periods: tuple[Period, Period],
    setting: Setting,
    *,
    grade: str,
) -> tuple[Compared, ...]:
    """Compare the week with the one before, outcomes with those of the one before theirs.

    Args:
        tables: The evidence.
        brand: Whose week.
        periods: The week, and the one whose outcomes are told; a free period is compared
            with nothing.
        setting: What both are measured with.
        grade: Of the week's coverage.
    """
    period, settled = periods
    if "W" not in period.name:
        return ()
    earlier, earlier_settled = (shift_week(week, -1, brand.time_zone) for week in (period, settled))
    now = take_sample(tables, brand, (period, settled), setting)
    before = take_sample(
        tables,
        brand,
        (earlier, earlier_settled),
        setting,
        younger=period.since - earlier.since,
    )
    reason = _find_reason(tables, brand, (earlier, period), setting, grade)
    return correct_page(compare_samples(before, now, reason=reason))


def _find_reason(
    tables: Tables, brand: Brand, weeks: tuple[Period, Period], setting: Setting, grade: str
) -> str:
    earlier = weeks[0]
    if setting.measured_since is not None and earlier.since < setting.measured_since:
        return "words_gone"
    if any(select_cases(tables.cases, brand, each).is_empty() for each in weeks):
        return "no_cases"
    before = measure_grade(tables, brand, earlier, setting)
    return "" if before == grade else "other_coverage"


def measure_contrasts(groups: Sequence[Sequence[Sample]]) -> tuple[Compared, ...]:
    """Compare each brand with each other one that was seen in the same way.

    Args:
        groups: Brands that may be compared with each other, all of one page: the p values
            of all pairs are corrected together.
    """
    pairs = (pair for group in groups for pair in combinations(group, 2))
    return correct_page(each for pair in pairs for each in compare_samples(*pair))
