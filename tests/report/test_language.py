from datetime import UTC, date, datetime

import pytest

from listener.errors import ConfigError
from listener.report.language import Language, load_catalogue

ENGLISH, GERMAN = Language("en", "Europe/Berlin"), Language("de", "Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (12, "12 s", "12 s"),
        (100, "1 min 40 s", "1 min 40 s"),
        (120, "2 min", "2 min"),
        (599.5, "10 min", "10 min"),
        (14 * 60, "14 min", "14 min"),
        (3 * 3600 + 20 * 60, "3 h 20 min", "3 h 20 min"),
        (3600, "1 h", "1 h"),
        (6.3 * 86_400, "6.3 days", "6,3 Tage"),
        (3 * 86_400, "3 days", "3 Tage"),
    ],
)
def test_durations_are_short_and_local(seconds, english, german):
    assert ENGLISH.duration(seconds).replace("\u00a0", " ") == english
    assert GERMAN.duration(seconds).replace("\u00a0", " ") == german


def test_durations_in_sentences_are_words():
    assert ENGLISH.long_duration(61) == "1\u00a0minute 1\u00a0second"
    assert ENGLISH.long_duration(41) == "41\u00a0seconds"
    assert ENGLISH.long_duration(601) == "11\u00a0minutes"
    assert GERMAN.long_duration(5400) == "1\u00a0Stunde 30\u00a0Minuten"
    assert GERMAN.long_duration(0) == "1\u00a0Sekunde"


def test_durations_in_a_map_have_one_unit():
    told = [ENGLISH.short_duration(seconds) for seconds in (20, 600, 6_601, 3 * 86_400)]
    assert [text.replace("\u00a0", " ") for text in told] == ["1 min", "10 min", "1.9 h", "3 d"]
    assert GERMAN.short_duration(2.31 * 86_400) == "2,4\u00a0T"


@pytest.mark.parametrize(
    ("points", "text"), [(5.5, "+6"), (-5.5, "−6"), (-0.4, ""), (0, ""), (-1234.5, "−1,235")]
)
def test_points_are_as_far_down_as_up(points, text):
    assert ENGLISH.points(points) == (text or "0")


def test_numbers_and_rates_follow_the_language():
    assert ENGLISH.number(12_345) == "12,345"
    assert GERMAN.number(12_345) == "12.345"
    assert ENGLISH.percent_range(0.34, 0.61) == "34–61%"
    assert GERMAN.percent_range(0.34, 0.61) == "34–61\u00a0%"


@pytest.mark.parametrize(
    ("rate", "text"), [(0.125, "13%"), (0.375, "38%"), (0.145, "15%"), (0.1249, "12%"), (1, "100%")]
)
def test_half_a_per_cent_is_rounded_up(rate, text):
    assert ENGLISH.percent(rate) == text
    assert ENGLISH.percent_range(rate, rate) == f"{text[:-1]}–{text}"


def test_times_are_the_brands_own():
    at = datetime(2017, 10, 31, 23, 30, tzinfo=UTC)
    assert ENGLISH.moment(at) == "Wed 1 Nov 2017, 00:30"
    assert GERMAN.short_moment(at) == "Mi. 1. Nov., 00:30"


def test_weeks_and_free_periods_have_names():
    assert ENGLISH.week("2017-W44") == "week 44, 2017"
    assert GERMAN.short_week("2017-W44") == "KW\u00a044"
    assert ENGLISH.week("2017-10-30_2017-11-12") == ENGLISH.day_range(
        date(2017, 10, 30), date(2017, 11, 12)
    )
    assert "Nov" in ENGLISH.short_week("2017-10-30/2017-11-12")


def test_an_unknown_language_is_a_mistake_of_the_settings():
    with pytest.raises(ConfigError, match=r"report\.language: 'fr' is not one of de, en"):
        load_catalogue("fr")


def test_unknown_names_of_measures_are_shown_as_they_are():
    assert ENGLISH.word("FATE", "sealed") == "sealed"
