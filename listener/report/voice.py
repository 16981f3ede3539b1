"""Put into words how a brand speaks (`docs/measures.md`, section 6)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from listener.figures import Cluster, Share
from listener.posts import OPEN_VISIBILITIES, Brand
from listener.report.dialogue import TalkRow
from listener.report.language import Language
from listener.report.people import list_names, make_handle_namer
from listener.report.privacy import Privacy
from listener.report.quotations import build_quotation
from listener.report.weekly import BrandWeek
from listener.report.wording import show_share

EXAMPLE_LENGTH = 200


def quote_canned(
    clusters: Sequence[Cluster], posts: pl.DataFrame, brand: Brand, privacy: Privacy
) -> tuple[str, ...]:
    """Return an example of each group as it may be quoted: masked and shortened.

    Args:
        clusters: Of the brand's figures.
        posts: Posts of its cases.
        brand: Its own handles may be named.
        privacy: What else may be seen.
    """
    wanted = [(cluster.platform, cluster.post) for cluster in clusters]
    quotable = pl.col("visibility").is_in(OPEN_VISIBILITIES).fill_null(value=False)
    ids = pl.col("post_id").is_in([post for _, post in wanted])
    told = posts.filter(quotable & ids & (pl.col("side") == "brand"))
    name = make_handle_namer([brand], full=privacy.full)
    people = list_names(posts.filter(pl.col("case").is_in(told["case"].implode())))
    examples = {
        (post["platform"], post["post_id"]): build_quotation(
            privacy.hide_names(post["text"] or "", people.get(post["case"], ())),
            limit=limit,
            name_of=name,
        )[0]
        for post in told.iter_rows(named=True)
        if (limit := min(privacy.limit_words(post), EXAMPLE_LENGTH))
    }
    return tuple(examples.get(key, "") for key in wanted)


def find_canned(
    clusters: Sequence[Cluster], posts: pl.DataFrame, listed: Collection[str]
) -> tuple[str, ...]:
    """Return for each group the case of its example, empty if the page does not list it.

    Args:
        clusters: Of the brand's figures.
        posts: Posts of its cases.
        listed: Names of the cases on the page.
    """
    known = posts.filter(pl.col("case").is_in(list(listed)) & (pl.col("side") == "brand"))
    rows = known.select("platform", "post_id", "case").iter_rows()
    cases = {(platform, post): case for platform, post, case in rows}
    return tuple(cases.get((cluster.platform, cluster.post), "") for cluster in clusters)


def list_voice_rows(week: BrandWeek, language: Language) -> tuple[TalkRow, ...]:
    """Return the figures of voice; of registers only where a language tells them apart."""
    told, say = week.figures.voice, language.gettext
    rows = (
        TalkRow(
            say("Replies like those to three other customers or more in the 28 days before"),
            show_share(language, told.canned_share),
            "canned",
        ),
        TalkRow(say("Replies that are signed"), show_share(language, told.signed_share), "signed"),
    )
    mismatch = TalkRow(
        say("One side says du, the other Sie (of the cases in which each keeps to one)"),
        show_share(language, told.register_mismatch),
        "register_mismatch",
    )
    return (*rows, mismatch) if list_registers(week, language) else rows


@dataclass(frozen=True, slots=True)
class Registers:
    """How one side addresses the other one.

    Attributes:
        side: Whose words.
        counts: What it says and in how many cases, with the name under which these can be shown.
        total: Of how many cases, in words.
    """

    side: str
    counts: tuple[tuple[str, str], ...]
    total: str


def list_registers(week: BrandWeek, language: Language) -> tuple[Registers, ...]:
    """Return for each side in how many cases it says what; nothing where no post could tell."""
    told, say = week.figures.voice, language.gettext
    sides = (
        ("brand", say("The brand"), told.register_brand),
        ("customer", say("Customers"), told.register_customer),
    )
    return tuple(
        _count_registers(side, name, registers, language)
        for side, name, registers in sides
        if registers["none"].total
    )


def _count_registers(
    side: str, name: str, registers: Mapping[str, Share], language: Language
) -> Registers:
    total = registers["none"].total
    text = language.ngettext("of %(count)s case", "of %(count)s cases", total)
    counts = tuple(
        (f"{language.word('REGISTERS', key)} {language.number(share.count)}", f"{side}_says-{key}")
        for key, share in registers.items()
    )
    return Registers(name, counts, text % {"count": language.number(total)})


def tell_cluster(cluster: Cluster, language: Language) -> str:
    """Return how often a canned reply was given, and to how many."""
    replies = language.ngettext("%(count)s reply", "%(count)s replies", cluster.replies.count) % {
        "count": language.number(cluster.replies.count)
    }
    people = language.ngettext("%(count)s customer", "%(count)s customers", cluster.customers)
    told = people % {"count": language.number(cluster.customers)}
    return language.gettext("%(replies)s to %(customers)s") % {
        "replies": replies,
        "customers": told,
    }
