"""German texts say Sie to the reader, or du, as the settings want it; never both."""

import re

import pytest
from babel.messages.pofile import read_po

from listener.report.language import Language
from listener.report.mail import render_mail
from listener.report.render import render_index, render_overview, render_page, render_text
from listener.resources import locale_dir
from listener.settings import load_settings
from listener.settings.values import Recipient
from tests.report.builders import World

# At the beginning of a sentence "Sie" may be "they"; in the middle of one it is the reader.
FORMAL = re.compile(r"(?<=[\w,“)] )(Sie|Ihr(e[nmrs]?)?|Ihnen)\b")
FAMILIAR = re.compile(r"\b([Dd]u|[Dd]eine?[nmrs]?|[Dd]ir|[Dd]ich|[Ee]uch|[Ee]ure?[nmrs]?)\b")
NAMED = re.compile(r"\b(du|Sie)\b")


def load_texts(name):
    """Return the German forms of each text; what is about du and Sie is none of them."""
    with (locale_dir() / "de" / "LC_MESSAGES" / name).open("rb") as file:
        messages = [message for message in read_po(file, locale="de") if message.id]
    return {
        message.id: " ".join(list_forms(message.string))
        for message in messages
        if not NAMED.search(" ".join(list_forms(message.id)))
    }


def list_forms(text):
    return (text,) if isinstance(text, str) else text


FORMAL_TEXTS, FAMILIAR_TEXTS = load_texts("listener.po"), load_texts("listener-du.po")


def test_each_text_that_says_sie_has_one_that_says_du():
    assert {text for text, told in FORMAL_TEXTS.items() if FORMAL.search(told)} == set(
        FAMILIAR_TEXTS
    )


def test_no_text_says_the_other():
    assert not [told for told in FORMAL_TEXTS.values() if FAMILIAR.search(told)]
    assert not [told for told in FAMILIAR_TEXTS.values() if FORMAL.search(told)]


def test_both_use_the_same_values():
    for text, told in FAMILIAR_TEXTS.items():
        places = re.findall(r"%\(\w+\)s", told)
        assert places == re.findall(r"%\(\w+\)s", FORMAL_TEXTS[text]), text


@pytest.fixture(scope="module")
def told():
    """Everything that a reader gets, in both forms."""
    week = World(cases=4, weeks=1).tell()  # too few to draw anything
    found = {}
    for name in ("de", "de-du"):
        mail = render_mail(week, name, place="/out/acme/2017-W44/index.html")
        pages = [render_page(week, name), render_overview([week], name), render_index([], name)]
        texts = [re.sub(r"(?s)<(style|script)>.*?</\1>|<[^>]+>", " ", page) for page in pages]
        found[name] = "\n".join([*texts, render_text(week, name), mail.html, mail.text])
    return found


def test_pages_and_mails_speak_as_they_are_told_to(told):
    formal, familiar = " ".join(told["de"].split()), " ".join(told["de-du"].split())
    assert "Antworten Sie auf diese Mail" in formal
    assert "Öffnen Sie einen" in formal
    assert "Antworte auf diese Mail" in familiar
    assert "Öffne einen" in familiar
    assert not re.search(r"\w(en|te) Sie\b", familiar)
    assert not re.search(r"\b([Ww]enn|dass) (du|Sie)\b", familiar.replace("wenn du sie", ""))
    assert "wenn du" not in formal


def test_pages_say_that_they_are_german(told):
    page = render_index([], "de-du")
    assert '<html lang="de">' in page
    assert Language("de-du").percent(0.5) == Language("de").percent(0.5)
    assert Language("de-du").short_week("2017-W44") == "KW\u00a044"


@pytest.mark.parametrize(
    ("language", "address", "name"),
    [("de", "sie", "de"), ("de", "du", "de-du"), ("en", "du", "en")],
)
def test_the_setting_decides(language, address, name):
    said = {"report.language": language, "report.address": address}
    assert load_settings(None, said, env={}).report.spoken == name


def test_a_reader_of_mail_may_differ_from_the_reports():
    report = load_settings(None, {"report.address": "du"}, env={}).report
    reader = {"address": "a@acme.example", "brands": (), "language": "de"}
    assert Recipient(**reader).speaks(report) == "de-du"
    assert Recipient(**reader, address_as="sie").speaks(report) == "de"
    assert Recipient(**{**reader, "language": "en"}, address_as="du").speaks(report) == "en"
