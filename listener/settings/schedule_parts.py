"""The tables that say when something is done, checked by pydantic."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from listener.settings.addresses import check_heartbeat
from listener.settings.fields import Jitter, Part, RhythmText, WeeklyText
from listener.settings.rhythms import Rhythm
from listener.settings.values import BrandSchedule, ScheduleSettings


class SourceRhythmsPart(Part):
    """The table `[schedule.sources]`: other rhythms for single kinds of sources."""

    x_posts: RhythmText | None = Field(None, alias="x.posts")
    x_mentions: RhythmText | None = Field(None, alias="x.mentions")
    x_search: RhythmText | None = Field(None, alias="x.search")
    x_private: RhythmText | None = Field(None, alias="x.private")
    x_follow: RhythmText | None = Field(None, alias="x.follow")
    mastodon_posts: RhythmText | None = Field(None, alias="mastodon.posts")
    mastodon_notifications: RhythmText | None = Field(None, alias="mastodon.notifications")
    mastodon_hashtag: RhythmText | None = Field(None, alias="mastodon.hashtag")
    mastodon_search: RhythmText | None = Field(None, alias="mastodon.search")
    mastodon_private: RhythmText | None = Field(None, alias="mastodon.private")
    mastodon_follow: RhythmText | None = Field(None, alias="mastodon.follow")

    def collect_rhythms(self) -> dict[str, Rhythm]:
        """Return those that are set, by the names that operators write."""
        return {
            field.alias or name: rhythm
            for name, field in type(self).model_fields.items()
            if isinstance(rhythm := getattr(self, name), Rhythm)
        }


class BrandSchedulePart(SourceRhythmsPart):
    """The table `[brands.KEY.schedule]`."""

    mastodon: RhythmText | None = None
    x: RhythmText | None = None
    report: WeeklyText | None = None

    def to_schedule(self) -> BrandSchedule:
        """Return the rhythms that the program works with."""
        return BrandSchedule(rhythms=self.collect_rhythms(), report=self.report)


class SchedulePart(Part):
    """The table `[schedule]`."""

    mastodon: RhythmText
    x: RhythmText
    report: WeeklyText
    publish: RhythmText
    tidy: RhythmText
    jitter_seconds: Jitter
    heartbeat_url: Annotated[str, AfterValidator(check_heartbeat)]
    sources: SourceRhythmsPart

    def to_schedule(self, brands: Mapping[str, BrandSchedule]) -> ScheduleSettings:
        """Return the schedule that the program works with.

        Args:
            brands: What brands have for themselves, by their keys.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return ScheduleSettings(
            **{**values, "sources": self.sources.collect_rhythms(), "brands": dict(brands)}
        )
