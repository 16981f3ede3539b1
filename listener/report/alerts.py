"""Tell alerts in a few plain lines, as they can stand in a chat, a web hook or a mail.

No words of customers are in them. What comes from a platform is the address of a post, and
that is left out where it could do anything but lead there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from listener.figures.alerts import Alert
from listener.posts import Brand
from listener.report.language import Language
from listener.report.quotations import clean_text

MOST_LINES = 10
LONGEST_TEXT = 1_800
"""What the tightest of the usual chat tools takes, with room for its own words."""

_FEWER_LINES = (MOST_LINES, 5, 3, 1, 0)
_LINK = re.compile(r"https://[A-Za-z0-9.-]{1,100}(?::\d{1,5})?/[\w.~/%@+=&?-]{0,200}", re.ASCII)
_CALL = re.compile(r"(?i)@(everyone|here|channel|all|team|room)\b")


@dataclass(frozen=True, slots=True)
class Message:
    """What a target is sent: plain text."""

    title: str
    text: str


def render_alerts(
    alerts: Sequence[Alert], tag: str, brands: Sequence[Brand], *, now: datetime
) -> Message:
    """Return one message about several alerts, in their order.

    Args:
        alerts: What is told; at least one.
        tag: The language.
        brands: For their names and time zones.
        now: What time it is.
    """
    told = {alert.brand for alert in alerts}
    teller = _Teller(tag, {brand.key: brand for brand in brands}, now, names_brands=len(told) > 1)
    # No line of a chat has to be kept together, and a terminal shows such spaces as codes.
    texts = (teller.tell(alerts, most).replace("\u00a0", " ") for most in _FEWER_LINES)
    text = next((text for text in texts if len(text) <= LONGEST_TEXT), "")
    return Message(teller.tell_title(alerts), text[:LONGEST_TEXT])


def render_test(tag: str) -> Message:
    """Return a message that says that it is a test."""
    language = Language(tag)
    return Message(
        language.gettext("Test: nothing has happened"),
        language.gettext(
            "This is a test of the alerts, sent by “listener alerts test”. If you can read it, "
            "alerts will arrive here."
        ),
    )


def clean_link(url: str | None) -> str:
    """Return the address of a post if it can only lead there; else nothing.

    In a chat a link may call everybody in the room, or end in the middle of a line.
    """
    if not url or not _LINK.fullmatch(url) or _CALL.search(url):
        return ""
    return url


class _Teller:
    """Tells alerts in one language."""

    def __init__(
        self, tag: str, brands: Mapping[str, Brand], now: datetime, *, names_brands: bool
    ) -> None:
        self._language, self._brands, self._now = Language(tag), brands, now
        self._tag, self._names_brands = tag, names_brands

    def tell_title(self, alerts: Sequence[Alert]) -> str:
        names = dict.fromkeys(self._name(alert.brand) for alert in alerts)
        count = self._language.ngettext("%(count)s alert", "%(count)s alerts", len(alerts))
        told = count % {"count": len(alerts)}
        return f"{', '.join(list(names)[:3])}: {told}"

    def tell(self, alerts: Sequence[Alert], most: int) -> str:
        parts = [
            "\n".join(self._tell_kind(kind, list(group), most))
            for kind, group in groupby(alerts, key=lambda alert: alert.kind)
        ]
        return "\n\n".join(parts)

    def _tell_kind(self, kind: str, alerts: Sequence[Alert], most: int) -> Iterator[str]:
        yield f"{self._language.word('ALERTS', kind)} ({self._language.number(len(alerts))})"
        for alert in alerts[:most]:
            line = getattr(self, f"_tell_{kind}")(alert)
            if self._names_brands:
                yield f"- {self._name(alert.brand)}: {line}"
            else:
                yield f"- {line[:1].upper()}{line[1:]}"
            if link := clean_link(alert.url):
                yield f"  {link}"
        if rest := len(alerts) - most:
            yield from self._tell_rest(rest)

    def _tell_rest(self, rest: int) -> Iterator[str]:
        if rest > 0:
            text = self._language.ngettext("… and %(count)s more", "… and %(count)s more", rest)
            yield text % {"count": self._language.number(rest)}

    def _tell_wave(self, alert: Alert) -> str:
        end = min(alert.since + timedelta(hours=alert.hours), self._now)
        text = self._language.ngettext(
            "%(count)s customer complained from %(start)s to %(end)s; usual then: %(usual)s",
            "%(count)s customers complained from %(start)s to %(end)s; usual then: %(usual)s",
            alert.count,
        )
        return text % {
            "count": self._language.number(alert.count),
            "start": self._say_time(alert, alert.since),
            "end": self._find_language(alert).clock_time(end),
            "usual": self._language.number(alert.usual),
        }

    def _tell_unanswered(self, alert: Alert) -> str:
        text = self._language.gettext("%(who)s has waited for %(wait)s (case %(case)s)")
        return text % self._list_values(alert)

    def _tell_answered(self, alert: Alert) -> str:
        text = self._language.gettext("%(who)s was answered after %(wait)s (case %(case)s)")
        return text % self._list_values(alert)

    def _tell_promise(self, alert: Alert) -> str:
        is_over = alert.due_at is not None and alert.due_at <= self._now
        text = (
            self._language.gettext(
                "what %(who)s was promised was due %(time)s, and nobody has come back so far "
                "(case %(case)s)"
            )
            if is_over
            else self._language.gettext("what %(who)s was promised is due %(time)s (case %(case)s)")
        )
        return text % self._list_values(alert)

    def _tell_silent(self, alert: Alert) -> str:
        text = self._language.gettext(
            "%(account)s on %(platform)s has not been read since %(time)s; "
            "“listener status” tells why"
        )
        return text % {
            "account": f"@{alert.account}",
            "platform": self._language.word("PLATFORMS", alert.platform),
            "time": self._say_time(alert, alert.since),
        }

    def _tell_budget(self, alert: Alert) -> str:
        text = self._language.gettext(
            "%(share)s of what X may cost this month is spent (%(setting)s)"
        )
        return text % {"share": self._language.percent(alert.share), "setting": alert.setting}

    def _list_values(self, alert: Alert) -> dict[str, str]:
        wait = self._language.duration(alert.seconds)
        served = self._language.gettext("%(wait)s of service time") % {"wait": wait}
        due_at = alert.due_at or alert.since
        return {
            "who": alert.who,
            "case": alert.case,
            "wait": served if alert.in_service else wait,
            "time": self._say_time(alert, due_at),
        }

    def _say_time(self, alert: Alert, at: datetime) -> str:
        return self._find_language(alert).short_moment(at)

    def _find_language(self, alert: Alert) -> Language:
        """Return the language with the clock of the alert's brand."""
        brand = self._brands.get(alert.brand)
        return Language(self._tag, brand.time_zone if brand else "UTC")

    def _name(self, key: str) -> str:
        brand = self._brands.get(key)
        named = clean_text(brand.name) if brand else key
        return named or self._language.gettext("All brands")
