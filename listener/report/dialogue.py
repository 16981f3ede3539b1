"""Put into words whether the brand talks with people (`docs/measures.md`, section 7)."""

from dataclasses import dataclass

from listener.figures import Difference, Share
from listener.report.changes import show_difference
from listener.report.language import Language
from listener.report.weekly import BrandWeek
from listener.report.wording import Shown, show_share


@dataclass(frozen=True, slots=True)
class TalkRow:
    """One figure about how a brand talks.

    Attributes:
        label: What it is.
        shown: Its value, counts and interval.
        filter: The name under which its cases can be shown; empty where it has none.
        is_settled: It is of the outcome week, not of the report's own period.
    """

    label: str
    shown: Shown
    filter: str = ""
    is_settled: bool = False


def list_dialogue_rows(week: BrandWeek, language: Language) -> tuple[TalkRow, ...]:
    """Return the figures of dialogue.

    Of an imported file only those are told that do not rest on posts without a
    reply, for it need not hold them.
    """
    told, say = week.figures.dialogue, language.gettext
    alone = show_share(language, told.reply_share)
    reached = show_share(language, told.reach)
    seen = (
        TalkRow(say("Of the brand’s own posts: replies to customers"), alone, "wrote_reply"),
        _settled(say("Customers who got a reply"), reached, "reached"),
    )
    return (
        *(() if week.is_imported else seen),
        _settled(say("Both sides spoke at least twice"), show_share(language, told.depth), "deep"),
        _settled(
            say("The brand asked something, of the answered cases"),
            show_share(language, told.asks_back),
            "asks_back",
        ),
        *(() if week.is_imported else _tell_choice(week, language)),
    )


def _settled(label: str, shown: Shown, name: str) -> TalkRow:
    return TalkRow(label, shown, name, is_settled=True)


def _tell_choice(week: BrandWeek, language: Language) -> tuple[TalkRow, ...]:
    """Return who is answered: who praises and who complains, and how far they lie apart."""
    told, say = week.figures.dialogue.selective, language.gettext
    apart = (
        Shown(say("too few for a difference"), "")
        if told.difference is None
        else _show_difference(language, told.complaint, told.praise, told.difference)
    )
    return (
        _settled(
            say("Answered, of the praises"), show_share(language, told.praise), "praise_answered"
        ),
        _settled(
            say("Answered, of the complaints"),
            show_share(language, told.complaint),
            "complaint_answered",
        ),
        TalkRow(say("Praise answered more often than complaints"), apart, "", True),
    )


def _show_difference(
    language: Language, base: Share, share: Share, difference: Difference
) -> Shown:
    points, low, high = show_difference(language, base, share, difference)
    text = language.gettext("%(points)s points") % {"points": points}
    interval = language.gettext("%(low)s to %(high)s points") % {"low": low, "high": high}
    return Shown(text, "", interval)
