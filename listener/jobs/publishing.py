"""Publish reports as a site: find them, put them into public form, write what changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from listener.deliver.publish import SiteChanges, SiteFolder, publishing_into
from listener.errors import ConfigError
from listener.jobs.brands import find_brands
from listener.jobs.collecting.rounds import RunStoppedError, never
from listener.jobs.published_reports import (
    MadeReport,
    PublicWeeks,
    choose_published,
    find_reports,
)
from listener.jobs.site_writing import SiteWriting, parse_published
from listener.label import Phrases
from listener.report.files import DATA
from listener.report.privacy import PublicPages
from listener.settings import Settings
from listener.store.store import Store


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did, or would do.

    Attributes:
        corrected: Folders of reports whose figures changed since they were published.
        left: Why reports are not published, a line each.
    """

    changes: SiteChanges
    reports: int
    corrected: tuple[str, ...]
    left: tuple[str, ...]

    def describe(self, folder: Path) -> str:
        """Return in one line what it came to."""
        changes = self.changes
        counts = f"{len(changes.new)} new, {len(changes.changed)} changed"
        counts += f", {len(changes.removed)} removed, {changes.same} the same"
        reports = "report" if self.reports == 1 else "reports"
        return f"{self.reports} {reports} in {folder}: {counts}"


def check_publishing(settings: Settings, folder: Path, *, place: str = "DIR") -> None:
    """Refuse a site without an address, and a folder that holds what is not to be published.

    Args:
        settings: They name what must not be in it.
        folder: Where the site is to be.
        place: Where the folder is named.

    Raises:
        ConfigError: With one line for each mistake.
    """
    problems = [
        *_find_missing(settings),
        *(f"{place}: {problem}" for problem in _find_private(settings, folder)),
    ]
    if problems:
        raise ConfigError(*problems)


def _find_missing(settings: Settings) -> Iterator[str]:
    if not settings.publish.address:
        yield (
            "publish.address: is needed to publish, such as https://reports.example.org; "
            "feeds and links are made of it"
        )


def _find_private(settings: Settings, folder: Path) -> Iterator[str]:
    place, output = folder.resolve(), settings.report.output.resolve()
    if place == output or output in place.parents or place in output.parents:
        yield (
            f"{folder} and report.output ({settings.report.output}) lie within each other; "
            "reports hold more than may be published, so choose another folder"
        )
    database = settings.database_url.removeprefix("sqlite:///")
    holds = (Path(database), settings.secrets_file, settings.source or Path("/dev/null"))
    for path in holds if database != settings.database_url else holds[1:]:
        if place in path.resolve().parents:
            yield f"{folder} holds {path.name}, which is not to be published"


def publish_site(
    store: Store,
    settings: Settings,
    phrases: Phrases,
    folder: Path,
    *,
    now: datetime,
    is_dry: bool = False,
    is_stopped: Callable[[], bool] = never,
) -> Publication:
    """Write the site of all reports into a folder, and leave alone what is the same.

    Args:
        store: Where posts are; what it knows to be deleted is not published.
        settings: What is published, of whom.
        phrases: What posts are read by.
        folder: Where the site lies.
        now: When it is published.
        is_dry: Whether nothing is written, only found out what would be.
        is_stopped: Asked after each report whether to end, and to leave the site as it is.

    Raises:
        ConfigError: If settings cannot be meant.
        DeliveryError: If the folder cannot be written.
        RunStoppedError: If it was to end.
        StoreError: If the database fails.
    """
    check_publishing(settings, folder)
    brands = find_brands(settings, store)
    chosen = choose_published(brands, settings.publish.brands)
    privacy = make_privacy(store, settings)
    with publishing_into(folder, now=now, is_dry=is_dry) as site:
        writing = SiteWriting(settings, site, now)
        reports = [_recall(each, site) for each in find_reports(store, settings, chosen)]
        weeks = PublicWeeks(store, settings, phrases, brands, privacy)
        for report in weeks.measure(reports):
            if is_stopped():
                raise RunStoppedError
            writing.add_report(report)
        writing.add_comparisons(weeks.contrasts)
        writing.add_lists()
        changes = site.commit(writing.pages)
    return Publication(changes, len(writing.entries), tuple(writing.corrected), tuple(writing.left))


def publish_by_itself(
    store: Store,
    settings: Settings,
    load_phrases: Callable[[], Phrases],
    *,
    now: datetime,
    is_stopped: Callable[[], bool] = never,
) -> Publication | None:
    """Write the site into `publish.folder`, if there is one.

    Raises:
        ConfigError: If settings cannot be meant.
        DeliveryError: If the folder cannot be written, or somebody publishes there.
        RunStoppedError: If it was to end.
        StoreError: If the database fails.
    """
    folder = settings.publish.folder
    if folder is None:
        return None
    check_publishing(settings, folder, place="publish.folder")
    return publish_site(store, settings, load_phrases(), folder, now=now, is_stopped=is_stopped)


def make_privacy(store: Store, settings: Settings) -> PublicPages:
    """Return what published pages may show of people."""
    publish = settings.publish
    authors = store.load_posts(platforms=["mastodon"])["author_id"].unique()
    return PublicPages(
        key=store.load_page_key(),
        full=publish.handles == "full",
        excerpt_x=publish.excerpt_x,
        mastodon_quotes=publish.mastodon_quotes,
        quoting=store.load_quoting("mastodon", authors),
        opt_outs=frozenset(publish.opt_outs),
    )


def _recall(report: MadeReport, site: SiteFolder) -> MadeReport:
    """Add the figures that are published, where no other file has them."""
    if report.figures is not None:
        return report
    return replace(report, figures=parse_published(site.read(f"{report.folder}{DATA}")))
