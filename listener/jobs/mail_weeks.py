"""Find again what was measured for an edition, so that it can be told in a mail."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from listener.errors import DeliveryError
from listener.figures import WeekFigures
from listener.jobs.accuracy import measure_brand_week
from listener.jobs.brands import find_brands
from listener.jobs.reports import ReportRequest, make_setting
from listener.jobs.windows import measure_for_reports
from listener.label import Phrases
from listener.measure.periods import find_week
from listener.posts import Brand
from listener.report.files import DATA, PAGE
from listener.report.quotations import clean_text
from listener.report.reading import load_figures
from listener.report.weekly import BrandWeek
from listener.settings import Settings
from listener.store.store import Store


@dataclass(frozen=True, slots=True)
class MailEdition:
    """An edition that was made: its key, what it is about, when and where it was written."""

    key: str
    brand: Brand
    week: str
    made_at: datetime
    folder: Path


@dataclass
class MailWeeks:
    """Tells the weeks of editions, each found once.

    Attributes:
        load_phrases: Loads what posts are read by, where a report does not lie on this
            machine and has to be measured again; None if that is not wanted.
    """

    store: Store
    settings: Settings
    load_phrases: Callable[[], Phrases] | None = None
    _found: dict[str, BrandWeek] = field(default_factory=dict)

    @cached_property
    def brands(self) -> dict[str, Brand]:
        """All brands by their keys."""
        return {brand.key: brand for brand in find_brands(self.settings, self.store)}

    def list_made(self, since: datetime) -> list[MailEdition]:
        """Return the editions that were made since then, the oldest first."""
        frame = self.store.load_editions().drop_nulls("made_at").sort("made_at", "key")
        rows = frame.select("key", "made_at", "folder").iter_rows()
        return [
            MailEdition(key, self.brands[brand], week, made_at, Path(folder))
            for key, made_at, folder in rows
            for brand, _, week in [key.rpartition(":")]
            if made_at >= since and brand in self.brands
        ]

    def find(self, edition: MailEdition) -> BrandWeek:
        """Return what is to be told of an edition.

        The report's own file tells it. Where that is gone, for machines may throw their
        disks away and others may have made it, the week is measured as it was known then.

        Raises:
            DeliveryError: If the file is gone or wrong, and nothing can be measured.
        """
        if edition.key not in self._found:
            brand = replace(edition.brand, name=clean_text(edition.brand.name))
            self._found[edition.key] = BrandWeek(
                brand=brand,
                figures=self._find_figures(edition),
                cases=(),
                outcome_cases=(),
                filters={},
                settle_days=self.settings.settle_days,
            )
        return self._found[edition.key]

    def name_place(self, edition: MailEdition) -> str:
        """Return where the full report is: an address if there is one, else its path."""
        page = self._find_folder(edition) / PAGE
        if not (url := self.settings.mail.reports_url):
            return str(page)
        return "/".join([url, *(quote(part, safe="") for part in page.parts[-3:])])

    def _find_folder(self, edition: MailEdition) -> Path:
        """Return where the report lies; the folder of all reports may have been moved."""
        moved = self.settings.report.output.joinpath(*edition.folder.parts[-2:]).absolute()
        here = (edition.folder, moved)
        return next((path for path in here if (path / DATA).exists()), edition.folder)

    def _find_figures(self, edition: MailEdition) -> WeekFigures:
        try:
            return load_figures(self._find_folder(edition) / DATA)
        except DeliveryError:
            if self.load_phrases is None:
                raise
            return self._measure(edition, self.load_phrases())

    def _measure(self, edition: MailEdition, phrases: Phrases) -> WeekFigures:
        request = ReportRequest(
            output=self.settings.report.output, brands=(edition.brand.key,), week=edition.week
        )
        measured = measure_for_reports(
            self.store,
            self.settings,
            list(self.brands.values()),
            phrases,
            [request],
            as_of=edition.made_at,
            only_requested=True,
        )
        period = find_week(edition.week, edition.brand.time_zone)
        setting = make_setting(measured, edition.brand)
        return measure_brand_week(measured, edition.brand, period, setting)
