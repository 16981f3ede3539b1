"""Alerts about cases: who waits too long, whose promise is due, a wave of complaints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from listener.figures.alerts import Alert, AlertKind, make_alert_key
from listener.jobs.measuring import Measured, measure_by_settings
from listener.label import Phrases
from listener.measure.alerts import (
    NEWS,
    find_answers,
    find_complaints,
    find_due_promises,
    find_unanswered,
)
from listener.measure.waves import WAVE_HISTORY, find_waves
from listener.posts import Brand
from listener.report.people import name_customer
from listener.settings import AlertSettings, Settings
from listener.store.store import Store

# Conversations that are told of may have begun before.
_CONTEXT = timedelta(days=30)
_SHORT_NAME = 12


def find_case_alerts(
    store: Store, settings: Settings, load_phrases: Callable[[], Phrases], *, now: datetime
) -> list[Alert]:
    """Return what is true of cases now, if anybody wants to know.

    Only brands are told of whose accounts are read live: files tell what was, not what is.

    Raises:
        StoreError: If the database fails.
    """
    alerts = settings.alerts
    of_cases = alerts.wants("unanswered", "answered", "promise")
    of_waves = alerts.wants("wave")
    if not (of_cases or of_waves) or store.load_runs(last_of_each=True).is_empty():
        return []
    span = max(NEWS + _CONTEXT if of_cases else NEWS, WAVE_HISTORY if of_waves else NEWS)
    measured = measure_by_settings(
        store, settings, settings.brands, load_phrases(), as_of=now, since=now - span
    )
    return list(_CaseAlerts(measured, alerts, now).find_all())


@dataclass(slots=True)
class _CaseAlerts:
    """Finds what is true in evidence."""

    measured: Measured
    alerts: AlertSettings
    now: datetime

    def find_all(self) -> Iterator[Alert]:
        if self.alerts.wants("unanswered", "answered"):
            yield from self._find_unanswered()
        if self.alerts.wants("promise"):
            yield from self._find_promises()
        if self.alerts.wants("wave"):
            yield from self._find_waves()

    def _find_unanswered(self) -> Iterator[Alert]:
        tables, brands = self.measured.tables, self.measured.brands
        limits = self.alerts.list_unanswered(brand.key for brand in brands)
        waiting = find_unanswered(tables, brands, as_of=self.now, limits=limits)
        for row in self._list_live(waiting):
            keys = [_name_turn("unanswered", row, post) for post in row["post_ids"]]
            yield self._make("unanswered", row, key=keys[0], others=tuple(keys[1:]))
        limits = {
            brand: limit
            for brand, limit in limits.items()
            if self.alerts.find_limits(brand).tell_answers
        }
        for row in self._list_live(find_answers(tables, as_of=self.now, limits=limits)):
            keys = [_name_turn("answered", row, post) for post in row["post_ids"]]
            asked = tuple(_name_turn("unanswered", row, post) for post in row["post_ids"])
            yield self._make("answered", row, key=keys[0], others=tuple(keys[1:]), after=asked)

    def _find_promises(self) -> Iterator[Alert]:
        tables, brands = self.measured.tables, self.measured.brands
        hours = {brand.key: self.alerts.find_limits(brand.key).promise_hours for brand in brands}
        leads = {brand: timedelta(hours=lead) for brand, lead in hours.items()}
        due = find_due_promises(tables, brands, as_of=self.now, leads=leads)
        for row in self._list_live(due):
            key = _name_turn("promise", row, row["post_id"])
            yield self._make("promise", row, key=key, due_at=row["due_at"])

    def _find_waves(self) -> Iterator[Alert]:
        complaints = find_complaints(self.measured.tables)
        for brand in self.measured.brands:
            waves = find_waves(
                complaints.filter(brand=brand.key)["at"].to_list(),
                zone=brand.time_zone,
                as_of=self.now,
                at_least=self.alerts.find_limits(brand.key).wave_cases,
            )
            for wave in waves:
                yield Alert(
                    kind="wave",
                    # Once a day at most: two programs may look in two hours.
                    key=make_alert_key("wave", brand.key, _name_day(wave.since, brand)),
                    brand=brand.key,
                    since=wave.since,
                    count=wave.count,
                    usual=wave.usual,
                    hours=wave.hours,
                    chance=wave.chance,
                )

    def _list_live(self, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
        live = self.measured.observation.live
        if live is None:
            return iter(())
        kept = rows.join(live, on=["brand", "platform"], how="semi", maintain_order="left")
        return kept.join(
            self._list_people(), on="case", how="left", maintain_order="left"
        ).iter_rows(named=True)

    def _list_people(self) -> pl.DataFrame:
        """Return the names under which customers wrote, to make initials of."""
        said = self.measured.tables.case_posts.filter(pl.col("side") == "customer")
        return (
            said.sort("case", "order")
            .group_by("case")
            .agg(pl.col("author_name", "author_handle").first())
        )

    def _make(self, kind: AlertKind, row: dict[str, Any], **more: Any) -> Alert:  # noqa: ANN401 - of an alert
        customer = row["customer"] or ""
        who = name_customer(
            row["platform"],
            customer,
            name=row["author_name"] or "",
            handle=row["author_handle"] or customer,
            full=False,
        )
        return Alert(
            kind=kind,
            brand=row["brand"],
            since=row["since"],
            seconds=row.get("seconds") or 0.0,
            in_service=bool(row.get("in_service")),
            case=row["case"][:_SHORT_NAME],
            who=who,
            url=row["url"] or "",
            **more,
        )


def _name_day(at: datetime, brand: Brand) -> str:
    return at.astimezone(ZoneInfo(brand.time_zone)).date().isoformat()


def _name_turn(kind: AlertKind, row: dict[str, Any], post_id: str) -> str:
    return make_alert_key(kind, row["brand"], row["platform"], post_id)
