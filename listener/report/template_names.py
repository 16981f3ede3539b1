"""What each template is given; `reports/README.md` says the same for people who edit them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from listener.figures import TrendPoint, WeekFigures
from listener.report.comparison import Comparison
from listener.report.functions import make_functions
from listener.report.headlines import Headline
from listener.report.language import Language
from listener.report.mail_charts import MailChart
from listener.report.signs import Signs
from listener.report.site_pages import SitePage
from listener.report.waiting import Reading
from listener.report.weekly import BrandWeek, CaseRow, IndexEntry, Story
from listener.report.work import WorkList, WorkRow, WorkView

# `Any` is what cannot be looked into: texts, numbers, and things by keys.
_WEEK: Mapping[str, Any] = {
    "week": BrandWeek,
    "figures": WeekFigures,
    "summary": str,
    "claims": tuple[tuple[str, str], ...],
    "signs": Signs,
    "previous": TrendPoint | None,
    "days": str,
    "watch": Any,
    "ticks": Any,
}
_MAIL: Mapping[str, Any] = {
    **_WEEK,
    "charts": dict[str, MailChart | None],
    "sentences": tuple[str, ...],
    "headlines": tuple[Headline, ...],
    "place": str,
    "is_linked": bool,
    "unsubscribe": str,
    "folder": str,
}
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "page.html": {
        **_WEEK,
        "charts": Any,
        "readings": tuple[Reading, ...],
        "service_readings": tuple[Reading, ...] | None,
        "files": Sequence[str],
        "reports": Mapping[str, str],
    },
    "stories.html": {
        "week": BrandWeek,
        "figures": WeekFigures,
        "rows": Sequence[CaseRow],
        "number": int,
        "pages": int,
    },
    "report.txt": _WEEK,
    "overview.html": {
        "weeks": Sequence[BrandWeek],
        "quiet": Sequence[BrandWeek],
        "comparison": Comparison,
        "contrasts": Any,
        "compared": int,
        "summaries": Any,
    },
    "index.html": {"entries": Sequence[IndexEntry], "work_list": str},
    "mail.html": _MAIL,
    "mail.txt": _MAIL,
    "site.html": {"brand": str, "brands": Any, "entries": Any},
    "work.html": {
        "work": WorkList | None,
        "view": WorkView,
        "rows": Sequence[WorkRow],
        "total": int,
        "page": int,
        "pages": int,
        "todos": Any,
    },
    "leave.html": {"state": str},
    "work_case.html": {"row": WorkRow, "story": Story, "as_of": datetime},
}
"""By page, the names it is given besides `COMMON` and the functions, and what they are."""

COMMON: Mapping[str, Any] = {
    "language": Language,
    "site": SitePage | None,
    "style": str,
    "style_hash": str,
    "script": str,
    "script_hash": str,
}
"""What every page is given."""

FUNCTIONS = tuple(make_functions(Language("en")))
"""Names of the functions that every template may call."""
