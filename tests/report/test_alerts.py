"""Alerts in words: short, in two languages, and harmless in any chat."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.figures.alerts import Alert
from listener.report.alerts import LONGEST_TEXT, clean_link, render_alerts, render_test
from tests.builders import make_brand

NOW = datetime(2026, 11, 30, 14, 20, tzinfo=UTC)
BRANDS = [make_brand(name="Acme Telecom", time_zone="Europe/Berlin")]
LINK = "https://social.example/@anna/110"
WAITS = Alert(
    kind="unanswered", key="1", brand="acme", since=NOW, seconds=9.2 * 3600, in_service=True,
    case="k7q2fab3cdef", who="A.B. k7q2f", url=LINK,
)  # fmt: skip
ALL = [
    Alert(
        kind="wave",
        key="2",
        brand="acme",
        since=NOW - timedelta(minutes=20),
        count=23,
        usual=3.6,
        hours=1,
    ),
    WAITS,
    replace(WAITS, kind="promise", url="", due_at=NOW + timedelta(hours=1)),
    replace(WAITS, kind="promise", url="", due_at=NOW - timedelta(hours=1)),
    replace(WAITS, kind="answered", url="", in_service=False),
    Alert(kind="silent", key="3", brand="acme", since=NOW, platform="x", account="AcmeHelp"),
    Alert(kind="budget", key="4", brand="", since=NOW, share=0.83, setting="x.month_cap_dollars"),
]


def read(alerts, tag="en"):
    message = render_alerts(alerts, tag, BRANDS, now=NOW)
    return message.title, message.text


def test_every_kind_is_told_in_a_line():
    assert read(ALL) == (
        "Acme Telecom, All brands: 7 alerts",
        """\
Wave of complaints (1)
- Acme Telecom: 23 customers complained from Mon 30 Nov, 15:00 to 15:20; usual then: 4

Unanswered for too long (1)
- Acme Telecom: A.B. k7q2f has waited for 9 h 12 min of service time (case k7q2fab3cdef)
  https://social.example/@anna/110

Promises due (2)
- Acme Telecom: what A.B. k7q2f was promised is due Mon 30 Nov, 16:20 (case k7q2fab3cdef)
- Acme Telecom: what A.B. k7q2f was promised was due Mon 30 Nov, 14:20, and nobody has come back \
so far (case k7q2fab3cdef)

Answered after a long wait (1)
- Acme Telecom: A.B. k7q2f was answered after 9 h 12 min (case k7q2fab3cdef)

Not read for too long (1)
- Acme Telecom: @AcmeHelp on X has not been read since Mon 30 Nov, 15:20; “listener \
status” tells why

Budget nearly spent (1)
- All brands: 83% of what X may cost this month is spent (x.month_cap_dollars)""",
    )


def test_where_all_is_of_one_brand_the_title_names_it():
    assert read(ALL[2:3]) == (
        "Acme Telecom: 1 alert",
        "Promises due (1)\n- What A.B. k7q2f was promised is due Mon 30 Nov, 16:20 "
        "(case k7q2fab3cdef)",
    )


def test_german_is_german():
    title, text = read(ALL, "de")
    assert title == "Acme Telecom, Alle Marken: 7 Hinweise"
    assert "- Acme Telecom: A.B. k7q2f wartet schon 9 h 12 min" in text
    assert (
        "Beschwerdewelle (1)\n- Acme Telecom: 23 Beschwerden von Mo. 30. Nov., 15:00 bis 15:20"
        in text
    )
    assert read([WAITS], "de")[0] == "Acme Telecom: 1 Hinweis"
    assert "Es ist nichts passiert" in render_test("de").title
    assert "test" in render_test("en").text


def test_a_wave_that_is_over_has_its_end():
    over = replace(ALL[0], since=NOW - timedelta(hours=8, minutes=20), hours=3)
    assert "complained from Mon 30 Nov, 07:00 to 10:00" in read([over])[1]


def test_many_cases_are_counted_after_the_first_ones():
    title, text = read([replace(WAITS, url="", key=str(n)) for n in range(200)])
    assert title == "Acme Telecom: 200 alerts"
    assert text.startswith("Unanswered for too long (200)\n- A.B. k7q2f has waited")
    assert text.count("\n- ") == 10
    assert text.endswith("\n… and 190 more")


def test_a_message_fits_into_any_chat():
    long = f"https://social.example/{'a' * 190}"
    alerts = [replace(each, url=long, who=f"{n}") for n in range(40) for each in ALL]
    alerts.sort(key=lambda alert: alert.kind)
    text = read(alerts)[1]
    assert len(text) <= LONGEST_TEXT
    assert "more" in text
    huge = [make_brand(name="x" * 3000)]
    assert len(render_alerts(ALL, "en", huge, now=NOW).text) <= LONGEST_TEXT


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://social.example/1",
        "javascript:alert(1)",
        "https://social.example/1\n# hello",
        "https://social.example/1)[click](https://evil.example/",
        "https://social.example/<@U1234>",
        "https://social.example/@everyone/1",
        "https://social.example/@Channel",
        "https://user:word@social.example/1",
        "https://social.example/\u202etxt",
        "https://social.example/" + "a" * 300,
    ],
)
def test_links_that_could_do_more_than_lead_there_are_left_out(url):
    assert clean_link(url) == ""


def test_links_to_posts_stay():
    for url in (LINK, "https://x.com/i/status/1801", "https://a.example:8443/notice/A?b=c&d=e"):
        assert clean_link(url) == url
