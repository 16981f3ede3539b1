import re
from dataclasses import replace

import pytest

from listener.figures import Compared, Difference, Share, ToldCounts, ToldElsewhere, Waits
from listener.report import pictures
from listener.report.mail import render_mail
from listener.report.mail_charts import _choose_colour
from tests.report.builders import MONDAY, World
from tests.report.test_mail import PLACE, drop_tags
from tests.report.test_render import read_numbers

LONGEST_PICTURE = 80_000


@pytest.fixture(scope="module")
def week():
    return World(cases=48, weeks=4).tell(as_of=MONDAY)


def read_words(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("language", ["en", "de"])
def test_pictures_are_shown_by_their_names_and_told_in_words(week, language):
    mail = render_mail(week, language, place=PLACE)
    assert [picture.name for picture in mail.pictures] == ["waiting", "outcomes"]
    for picture in mail.pictures:
        assert f'src="cid:{picture.content_id}"' in mail.html
        assert f'width="{picture.width}"' in mail.html
        assert 320 <= picture.width <= 480
        assert picture.png.startswith(b"\x89PNG")
        assert len(picture.png) < LONGEST_PICTURE
        assert read_words(picture.alt) in read_words(drop_tags(mail.html))
        assert read_numbers(picture.alt) <= read_numbers(mail.text)


def test_a_picture_is_the_same_however_often_it_is_drawn(week):
    first = render_mail(week, place=PLACE).pictures
    pictures._paint_spec.cache_clear()
    assert render_mail(week, place=PLACE).pictures == first
    german = render_mail(week, "de", place=PLACE).pictures
    assert not {each.content_id for each in first} & {each.content_id for each in german}


def test_words_are_painted_by_a_font_that_is_there(week, monkeypatch):
    """An unknown font leaves them out without a word."""
    painted = render_mail(week, place=PLACE).pictures
    monkeypatch.setattr(pictures, "_FONT", "no such font")
    for with_words, without in zip(painted, render_mail(week, place=PLACE).pictures, strict=True):
        assert len(without.png) < 0.7 * len(with_words.png)


def test_a_file_says_nothing_bad_by_lacking_a_reply():
    world = World(cases=20, weeks=2)
    for grade, colour in (("complete", "#a83c00"), ("unknown", "#9c9689")):
        assert _choose_colour("unanswered", world.tell(as_of=MONDAY, grade=grade)) == colour


def test_few_cases_are_not_drawn():
    mail = render_mail(World(cases=9, weeks=1).tell(), place=PLACE)
    assert mail.pictures == ()
    assert "<img" not in mail.html
    assert "How long customers waited" not in mail.text


def test_a_template_of_ones_own_need_not_show_pictures(tmp_path, week):
    (tmp_path / "mail.html").write_text(
        '<img src="cid:{{ charts.waits.picture.content_id }}" alt="{{ charts.waits.lines[0] }}">'
    )
    mail = render_mail(week, place=PLACE, templates=tmp_path)
    assert [picture.name for picture in mail.pictures] == ["waiting"]


def change(week, *, q=0.001, reason=""):
    """Return the week with two comparisons: of waits, and of hand-overs in an older week."""
    median = week.figures.first_reply.median
    slower = replace(median, seconds=7_200.0)
    compared = {"p": None if reason else q, "q": None if reason else q, "reason": reason}
    waits = Compared(
        figure="first_reply", base="2017-W43", subject="2017-W44",
        base_value=Waits(48, median), value=Waits(44, slower), **compared,
    )  # fmt: skip
    before, now = Share(10, 40, 0.14, 0.4), Share(30, 40, 0.6, 0.86)
    shares = Compared(
        figure="fast_no_help", base="2017-W42", subject="2017-W43", base_value=before, value=now,
        difference=None if reason else Difference(50.0, 29.0, 66.0, q), **compared,
    )  # fmt: skip
    return replace(week, figures=replace(week.figures, changes=(waits, shares)))


def test_changes_that_may_be_claimed_are_told_in_both_forms(week):
    for language, told in (
        (
            "en",
            [
                "13 min → 2 h, longer",
                "[Cases opened 23–29 Oct]: 25% → 75%, +50 points (+29 to +66), higher",
            ],
        ),
        ("de", ["13 min → 2 h, länger", "[Fälle vom 23.–29. Okt.]: 25 % → 75 %"]),
    ):
        mail = render_mail(change(week), language, place=PLACE)
        assert [each for each in told if each not in read_words(mail.text)] == []
        assert read_numbers(mail.text) == read_numbers(drop_tags(mail.html) + " " + PLACE)


def test_changes_that_may_not_be_claimed_are_not_listed(week):
    chance = render_mail(change(week, q=0.4), place=PLACE)
    few = render_mail(change(week, reason="few_cases"), place=PLACE)
    none = render_mail(replace(week, figures=replace(week.figures, changes=())), place=PLACE)
    for form in ("text", "html"):
        assert "Every difference may be chance." in getattr(chance, form)
        assert "are not compared: too few cases." in read_words(getattr(few, form))
        assert "Compared with the week before" not in getattr(none, form)
        assert "→" not in getattr(chance, form) + getattr(few, form)


def test_what_was_told_elsewhere_stands_apart(week):
    told = ToldElsewhere(cases=5, total=56, told=ToldCounts(solved=3, unsolved=2))
    week = replace(week, figures=replace(week.figures, told_elsewhere=told))
    plain = render_mail(week, place=PLACE)
    for form in (plain.text, drop_tags(plain.html)):
        assert "Of 5 of these cases it was told elsewhere" in read_words(form)
        assert "Told: 3 solved, 2 not solved." in read_words(form)
    assert "gelöst, 2 nicht gelöst" in read_words(render_mail(week, "de", place=PLACE).text)
    assert read_numbers(plain.text) == read_numbers(drop_tags(plain.html) + " " + PLACE)
