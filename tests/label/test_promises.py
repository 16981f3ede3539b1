"""What a promise says: that the brand comes back, and by when, in its own words."""

import polars as pl
import pytest

from listener.errors import ConfigError
from listener.label import calendar_words, label_posts, label_promises, load_phrases
from listener.label.calendar_words import list_months, list_spellings, list_weekdays
from listener.resources import phrases_dir
from tests.label.conftest import make_input


@pytest.fixture(scope="module")
def phrases():
    return load_phrases([phrases_dir()])


def read(phrases, *texts, promised=None, language="en"):
    """Return what the posts promise; `promised` is whether a person says that they do."""
    posts = make_input(*(("brand", text) for text in texts)).with_columns(
        language=pl.lit(language), previous=pl.lit(None, dtype=pl.UInt32)
    )
    labels = label_posts(posts, phrases)
    if promised is not None:
        labels = labels.with_columns(promise=pl.lit(promised))
    return label_promises(posts, labels, phrases)


def read_times(phrases, text, language="en"):
    rows = read(phrases, text, language=language).filter(pl.col("due_kind").is_not_null())
    return list(rows.select("due_kind", "due_amount", "due_words").iter_rows())


@pytest.mark.parametrize(
    ("words", "kind", "amount"),
    [
        ("within 24 hours", "hours", 24),
        ("within 24h", "hours", 24),
        ("within the next 48hrs", "hours", 48),
        ("in 24-48 hours", "hours", 48),
        ("in a couple of hours", "hours", 3),
        ("in a few hours", "hours", 12),
        ("in 30 minutes", "minutes", 30),
        ("in the next 2-3 business days", "workdays", 3),
        ("within 5 working days", "workdays", 5),
        ("in 3 to 5 days", "days", 5),
        ("within the next few days", "days", 7),
        ("in the coming days", "days", 7),
        ("within a week", "weeks", 1),
        ("in two weeks", "weeks", 2),
        ("by 5pm", "clock", 17 * 60),
        ("by 5:30 pm", "clock", 17 * 60 + 30),
        ("by 12 am", "clock", 0),
        ("this afternoon", "afternoon", 0),
        ("by end of day", "today", 0),
        ("later today", "today", 0),
        ("tomorrow", "tomorrow", 0),
        ("by Friday", "weekday", 5),
        ("on Monday", "weekday", 1),
        ("next Tuesday", "next_weekday", 2),
        ("by the end of the week", "this_week", 0),
        ("over the weekend", "this_week", 0),
        ("next week", "next_week", 0),
        ("by the end of the month", "this_month", 0),
        ("by 12 November", "date", 1112),
        ("by November 12", "date", 1112),
        ("by 3 March 2027", "date", 20270303),
    ],
)
def test_english_times(phrases, words, kind, amount):
    text = f"Sorry! We'll look into it and get back to you {words}."
    assert read_times(phrases, text) == [(kind, amount, words)]


@pytest.mark.parametrize(
    ("words", "kind", "amount"),
    [
        ("innerhalb von 48 Stunden", "hours", 48),
        ("binnen 24h", "hours", 24),
        ("in einer Stunde", "hours", 1),
        ("in den nächsten Tagen", "days", 7),
        ("in ein paar Tagen", "days", 7),
        ("in den nächsten fünf Tagen", "days", 5),
        ("in zwei Tagen", "days", 2),
        ("in 3-5 Werktagen", "workdays", 5),
        ("in zwei Wochen", "weeks", 2),
        ("bis 17 Uhr", "clock", 17 * 60),
        ("morgen", "tomorrow", 0),
        ("bis Freitag", "weekday", 5),
        ("am Montag", "weekday", 1),
        ("nächsten Dienstag", "next_weekday", 2),
        ("bis Ende der Woche", "this_week", 0),
        ("nächste Woche", "next_week", 0),
        ("bis Ende des Monats", "this_month", 0),
        ("am 12.11.", "date", 1112),
        ("am 5.1.2027", "date", 20270105),
        ("bis zum 3. Dezember", "date", 1203),
    ],
)
def test_german_times(phrases, words, kind, amount):
    text = f"Das tut uns leid. Wir prüfen das und melden uns {words} bei Ihnen."
    assert read_times(phrases, text, "de") == [(kind, amount, words)]


@pytest.mark.parametrize(
    "text",
    [
        "Das tut uns leid. Wir prüfen das und melden uns heute noch bei Ihnen.",
        "Das tut uns leid. Wir prüfen das und melden uns noch heute bei Ihnen.",
        "Das tut uns leid. Wir prüfen das und melden uns im Laufe des Tages.",
        "Das klären wir und geben Ihnen heute Bescheid.",
    ],
)
def test_today_in_german(phrases, text):
    assert {kind for kind, *_ in read_times(phrases, text, "de")} == {"today"}


def test_today_in_english(phrases):
    text = "We'll find out and let you know today."
    assert read_times(phrases, text) == [("today", 0, "know today")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We'll look into it and get back to you soon."),
        ("en", "We'll look into it and get back to you ASAP!"),
        ("en", "We'll pass it on. Have a nice day!"),
        ("de", "Wir prüfen das und melden uns zeitnah."),
        ("de", "Guten Morgen, wir prüfen das und melden uns so schnell wie möglich."),
    ],
)
def test_vague_words_name_no_time(phrases, language, text):
    rows = read(phrases, text, language=language)
    assert rows.select("due_kind", "due_amount", "due_words").rows() == [(None, None, None)]


def test_all_times_of_a_promise_are_told(phrases):
    text = "We'll get back to you within 24 hours, by Friday at the latest."
    assert [kind for kind, *_ in read_times(phrases, text)] == ["hours", "weekday"]


def test_a_time_in_the_sentence_beside_is_marked(phrases):
    rows = read(phrases, "You'll be updated by email. Refunds take up to 30 working days.")
    assert rows.select("beside", "due_kind", "due_amount").rows() == [(True, "workdays", 30)]


def test_a_time_within_the_promise_goes_before_one_beside_it(phrases):
    text = "Our shops are open until Friday. We'll get back to you within 24 hours."
    rows = read(phrases, text)
    assert rows.select("beside", "due_kind").rows() == [(False, "hours")]


@pytest.mark.parametrize(
    "text",
    [
        "We'll look into it. Could you try again in a few hours?",
        "We're on it, please try again in 2 hours.",
    ],
)
def test_what_the_customer_is_asked_names_no_time(phrases, text):
    assert read_times(phrases, text) == []


@pytest.mark.parametrize(
    ("language", "text", "contact", "aside"),
    [
        ("en", "We'll look into it and get back to you.", True, False),
        ("en", "We'll keep you posted!", True, False),
        ("en", "Our team will follow up with you by email.", True, True),
        ("en", "We'll give you a call tomorrow.", False, True),
        ("en", "We'll get this escalated and call you back within 24 hours.", True, True),
        ("en", "We'll pass this on to the team.", False, False),
        ("de", "Wir prüfen das und melden uns bei Ihnen.", True, False),
        ("de", "Wir fragen nach und geben Ihnen bis morgen eine Antwort.", True, False),
        ("de", "Termin steht noch nicht, ich schreib dir bis Freitag.", True, False),
        ("de", "Wir halten dich auf dem Laufenden.", True, False),
        ("de", "Wir prüfen das und melden uns per E-Mail.", True, True),
        ("de", "Wir rufen Sie morgen zurück.", True, True),
        ("de", "Das geben wir an die Technik weiter.", False, False),
    ],
)
def test_who_comes_back_and_where(phrases, language, text, contact, aside):
    (row,) = read(phrases, text, promised=True, language=language).iter_rows(named=True)
    assert (row["contact"], row["aside"]) == (contact, aside)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "All trains run as planned, you'll be notified if there are any changes."),
        ("en", "If you need anything else, we'll get back to you in a beat."),
        ("en", "Please send us your case number. We'll follow up with you by Friday."),
        ("en", "May we have your number so that we will call you by Friday?"),
        ("de", "Falls sich etwas ändert, melden wir uns bei Ihnen."),
        ("de", "Schicken Sie uns Ihre Nummer. Wir melden uns bis Freitag bei Ihnen."),
    ],
)
def test_what_depends_on_something_else_is_no_promise(phrases, language, text):
    rows = read(phrases, text, promised=True, language=language)
    assert not rows["contact"].any()
    assert rows["due_kind"].null_count() == rows.height


def test_words_are_quoted_as_they_stand_in_the_post(phrases):
    text = "@anna Sorry! We’ll get\u200b back to you Within the Next 24h. ^KB"
    assert read_times(phrases, text) == [("hours", 24, "Within the Next 24h")]


def test_posts_without_a_promise_and_customers_are_left_out(phrases):
    posts = make_input(("customer", "@acme will you get back to me by Friday"), ("brand", "Hello!"))
    assert label_promises(posts, label_posts(posts, phrases), phrases).is_empty()


def test_what_a_person_calls_a_promise_is_read_as_one(phrases):
    rows = read(phrases, "Tomorrow we are wiser.", promised=True)
    assert rows.select("contact", "due_kind").rows() == [(False, "tomorrow")]
    assert read(phrases, "We'll get back to you.", promised=False).is_empty()


def test_one_more_file_is_one_more_language(tmp_path):
    (tmp_path / "nl.toml").write_text(
        '[language]\ncommon = ["wij", "het", "een", "u", "en", "dit", "op", "nemen"]\n'
        '[numbers]\ntwee = 2\n[words]\namount = "{some}"\n'
        '[brand.promise]\nphrases = ["wij nemen ... contact"]\n'
        '[promises.contact]\nphrases = ["contact [met u] op"]\n'
        '[promises.hours]\nphrases = ["binnen {amount} uur"]\n'
        '[promises.weekday]\nphrases = ["op {weekday}"]\n',
        encoding="utf-8",
    )
    phrases = load_phrases([tmp_path])
    rows = read(
        phrases,
        "wij nemen binnen twee uur contact met u op",
        "wij nemen op vrijdag contact op",
        language="nl",
    )
    assert rows["contact"].to_list() == [True, True]
    assert rows.select("due_kind", "due_amount").rows() == [("hours", 2), ("weekday", 5)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[promises.hour]\nphrases = ["x y"]\n', "promises.hour: unknown section; known: contact"),
        ('[numbers]\nfew = "three"\n', "numbers: give each word a whole number"),
        ("[numbers]\nfew = -1\n", "numbers: give each word a whole number"),
        ('[promises.hours]\nphrases = ["in {much} hours"]\n', "unknown word group “{much}”"),
    ],
)
def test_mistakes_are_told(tmp_path, content, said):
    (tmp_path / "en.toml").write_text('[language]\ncommon = ["the"]\n' + content, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_phrases([tmp_path])
    assert said in str(caught.value)


def test_names_of_days_and_months_come_from_the_language_itself():
    assert list_weekdays("de")["mittwoch"] == 3
    assert list_months("de")["maerz"] == list_months("de")["marz"] == 3
    assert list_weekdays("xx") == {}
    assert list_spellings("Fünf") == ["funf", "fuenf"]


@pytest.mark.parametrize("code", ["en", "de"])
def test_names_of_days_and_months_that_are_known_are_those_of_babel(monkeypatch, code):
    known = [list(names(code).items()) for names in (list_weekdays, list_months)]
    monkeypatch.setattr(calendar_words, "_KNOWN", {})
    assert [list(names(code).items()) for names in (list_weekdays, list_months)] == known
    assert all(known)
