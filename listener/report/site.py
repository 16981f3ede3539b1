"""Render the pages of a published site: reports in public form, lists of them, feeds."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from listener.figures import WeekFigures
from listener.figures.told import ToldElsewhere
from listener.posts import Brand
from listener.report.environment import render_template
from listener.report.feed import FeedEntry, render_feed
from listener.report.headlines import list_headlines
from listener.report.language import Language
from listener.report.quotations import clean_text
from listener.report.site_pages import Site, SitePage
from listener.report.summary import render_summary
from listener.report.weekly import BrandWeek


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """One published report.

    Attributes:
        folder: Where its page lies on the site.
        week: What it says, in public form.
    """

    folder: str
    week: BrandWeek
    published_at: datetime
    updated_at: datetime

    @property
    def period(self) -> str:
        """The name of its period, such as `2026-W10`."""
        return self.folder.split("/")[-2]


@dataclass(frozen=True, slots=True)
class _Line:
    """A report in a list."""

    brand: str
    week: str
    href: str
    cases: int
    summary: str
    overview: str


def strip_figures(figures: WeekFigures, *, told: bool) -> WeekFigures:
    """Return figures without what only the operator may see.

    Private parts go, and what they tell of hand-overs; names of sources hold search words.

    Args:
        figures: As they were measured.
        told: Whether what was told from elsewhere stays.
    """
    fate = dict(figures.fate)
    closed = fate.get("private_closed")
    if closed is not None and closed.count:
        silence = fate["silence"]
        fate["private_closed"] = replace(closed, count=0, low=None, high=None)
        fate["silence"] = replace(silence, count=silence.count + closed.count, low=None, high=None)
    platforms = tuple(
        replace(each, hole=each.hole and replace(each.hole, source=""))
        for each in figures.coverage.platforms
    )
    return replace(
        figures,
        private=None,
        fate=fate,
        coverage=replace(figures.coverage, platforms=platforms),
        told_elsewhere=figures.told_elsewhere if told else ToldElsewhere(),
    )


def name_site(site: Site, language: str) -> str:
    """Return the title of a site in a language."""
    return clean_text(site.title) or Language(language).gettext("Reply reports")


def compare_headlines(
    week: BrandWeek, before: WeekFigures, language: str
) -> tuple[tuple[str, str, str], ...]:
    """Return which main figures changed: label, before and after."""
    spoken = Language(language, week.brand.time_zone)
    old = {each[0]: each[1] for each in _spell(replace(week, figures=before), spoken)}
    return tuple(
        (label, old.get(label, "–"), shown)
        for label, shown in _spell(week, spoken)
        if old.get(label) != shown
    )


def _spell(week: BrandWeek, spoken: Language) -> Iterable[tuple[str, str]]:
    cases = spoken.number(week.figures.counts["cases_with_need"])
    yield spoken.gettext("Cases that called for a reply"), cases
    for headline in list_headlines(week, spoken):
        shown = headline.shown
        yield headline.label, f"{shown.value} ({shown.counts})" if shown.counts else shown.value


def tell_privacy(
    brand: Brand, language: str, *, excerpt_x: int, quotes: str, full: bool
) -> tuple[str, ...]:
    """Return what a published page of a brand does not show, and why, in sentences."""
    spoken = Language(language)
    say = spoken.gettext
    platforms = {account.platform for account in brand.accounts}
    told = []
    if "x" in platforms and excerpt_x:
        text = say("Of posts on X only the first %(count)s characters are shown.")
        told.append(text % {"count": excerpt_x})
    elif "x" in platforms:
        told.append(say("Posts on X are not quoted here: the times lead to them."))
    if "mastodon" in platforms:
        told.append(spoken.word("QUOTED", quotes))
    if "mastodon" in platforms and not full:
        told.append(
            say(
                "Of posts on Mastodon only the brand’s own are linked, for addresses name their "
                "authors."
            )
        )
    return (*told, say("Whoever does not want to be listed here can tell the publisher."))


def render_list(
    site: Site,
    entries: Sequence[SiteEntry],
    language: str,
    *,
    brand: tuple[str, str] | None = None,
    compared: Collection[str] = (),
    templates: Path | None = None,
) -> str:
    """Return the page that lists reports: of one brand (its key and name), or all of them.

    Args:
        site: The site that it is part of.
        entries: The reports.
        language: Of the page.
        brand: Key and name of the brand, None for the page of all.
        compared: Folders of comparisons.
        templates: A folder of own templates, searched first.
    """
    spoken = Language(language)
    folder = f"{brand[0]}/" if brand else ""
    page = SitePage(site=site, folder=folder, language=language, title=name_site(site, language))
    names = {each.week.brand.key: each.week.brand.name for each in entries}
    return render_template(
        "site.html",
        spoken,
        templates,
        site=page,
        brand=brand[1] if brand else "",
        brands=() if brand else sorted(names.items(), key=lambda pair: pair[1].casefold()),
        entries=sorted(
            (_make_line(each, page, language, compared) for each in entries),
            key=lambda line: line.brand.casefold(),
        ),
    )


def _make_line(entry: SiteEntry, page: SitePage, language: str, compared: Collection[str]) -> _Line:
    figures, overview = entry.week.figures, f"{entry.period}/"
    is_compared = overview in compared and not page.folder
    return _Line(
        brand=entry.week.brand.name,
        week=entry.period,
        href=f"{entry.folder.removeprefix(page.folder)}{page.name}",
        cases=figures.counts["cases_with_need"],
        summary=render_summary(entry.week, Language(language, entry.week.brand.time_zone)),
        overview=f"{overview}{page.name}" if is_compared else "",
    )


def render_entries_feed(
    site: Site,
    entries: Iterable[SiteEntry],
    language: str,
    *,
    begun_at: datetime,
    brand: tuple[str, str] | None = None,
) -> bytes:
    """Return the feed of reports: of one brand (its key and name), or all of them."""
    title = name_site(site, language)
    return render_feed(
        site,
        [_make_feed_entry(each, language) for each in entries],
        folder=f"{brand[0]}/" if brand else "",
        title=f"{title} · {brand[1]}" if brand else title,
        language=language,
        begun_at=begun_at,
    )


def _make_feed_entry(entry: SiteEntry, language: str) -> FeedEntry:
    spoken = Language(language, entry.week.brand.time_zone)
    brand, figures = entry.week.brand.name, entry.week.figures
    return FeedEntry(
        folder=entry.folder,
        title=f"{brand}, {spoken.week(figures.week)}",
        summary=render_summary(entry.week, spoken),
        brand=brand,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
    )


def render_robots(site: Site) -> str:
    """Return `robots.txt`; crawlers read it only at the top of a host."""
    return f"User-agent: *\n{'Disallow: /' if site.robots == 'none' else 'Allow: /'}\n"


def split_statement(statement: str) -> tuple[str, ...]:
    """Return the paragraphs of an operator's text."""
    return tuple(part for block in statement.split("\n\n") if (part := " ".join(block.split())))
