"""Publish reports as a site: find them, put them into public form, write what changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from listener.deliver.publish import SiteChanges, SiteFolder, publishing_into
from listener.errors import ConfigError
from listener.jobs.brands import find_brands
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


def check_publishing(settings: Settings, folder: Path) -> None:
    """Refuse a site without an address, and a folder that holds what is not to be published.

    Raises:
        ConfigError: With one line for each mistake.
    """
    problems = list(_find_problems(settings, folder))
    if problems:
        raise ConfigError(*problems)


def _find_problems(settings: Settings, folder: Path) -> Iterator[str]:
    if not settings.publish.address:
        yield (
            "publish.address: is needed to publish, such as https://reports.example.org; "
            "feeds and links are made of it"
        )
    place, output = folder.resolve(), settings.report.output.resolve()
    if place == output or output in place.parents or place in output.parents:
        yield (
            f"DIR: {folder} and report.output ({settings.report.output}) lie within each other; "
            "reports hold more than may be published, so choose another folder"
        )
    database = settings.database_url.removeprefix("sqlite:///")
    holds = (Path(database), settings.secrets_file, settings.source or Path("/dev/null"))
    for path in holds if database != settings.database_url else holds[1:]:
        if place in path.resolve().parents:
            yield f"DIR: {folder} holds {path.name}, which is not to be published"


def publish_site(
    store: Store,
    settings: Settings,
    phrases: Phrases,
    folder: Path,
    *,
    now: datetime,
    is_dry: bool = False,
) -> Publication:
    """Write the site of all reports into a folder, and leave alone what is the same.

    Args:
        store: Where posts are; what it knows to be deleted is not published.
        settings: What is published, of whom.
        phrases: What posts are read by.
        folder: Where the site lies.
        now: When it is published.
        is_dry: Whether nothing is written, only found out what would be.

    Raises:
        ConfigError: If settings cannot be meant.
        DeliveryError: If the folder cannot be written.
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
            writing.add_report(report)
        writing.add_comparisons(weeks.contrasts)
        writing.add_lists()
        changes = site.commit(writing.pages)
    return Publication(changes, len(writing.entries), tuple(writing.corrected), tuple(writing.left))


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
