"""Put the private part into words: times, counts and ends, and nothing that was written."""

from collections.abc import Iterator

from listener.figures import PrivatePart
from listener.report.dialogue import TalkRow
from listener.report.language import Language
from listener.report.weekly import BrandWeek
from listener.report.wording import show_median, show_share


def list_private_rows(week: BrandWeek, language: Language) -> tuple[TalkRow, ...]:
    """Return the figures of the private part; nothing for who is watched from outside."""
    private = week.figures.private
    return () if private is None else tuple(_list_rows(private, week, language))


def _list_rows(private: PrivatePart, week: BrandWeek, language: Language) -> Iterator[TalkRow]:
    say = language.gettext
    median = show_median(language, private.private_reply, week.observed_until)
    yield TalkRow(say("Median wait for the first private reply"), median)
    unanswered = show_share(language, private.unanswered)
    yield TalkRow(say("No private reply to what the customer wrote"), unanswered, is_settled=True)
    for name, share in private.outcomes.items():
        if share.count and name != "unanswered":
            ended = say("Ended: %(outcome)s") % {"outcome": language.word("OUTCOME", name)}
            yield TalkRow(ended, show_share(language, share), is_settled=True)


def count_private(week: BrandWeek, language: Language) -> str:
    """Return how many private talks began in the period, and where they came from."""
    private = week.figures.private
    if private is None:
        return ""
    parts = private.counts["parts"]
    text = language.ngettext(
        "%(parts)s private talk began in this period: %(joined)s after a hand-over, %(alone)s by "
        "itself.",
        "%(parts)s private talks began in this period: %(joined)s after a hand-over, %(alone)s by "
        "themselves.",
        parts,
    )
    return text % {
        "parts": language.number(parts),
        "joined": language.number(private.counts["joined"]),
        "alone": language.number(private.counts["private_only"]),
    }
