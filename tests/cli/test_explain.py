import re

import pytest

from tests.builders import talk


@pytest.fixture
def filled(migrated, program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    return program


def find_case(program, handling):
    printed = program.run("cases", "--handling", handling, "--format", "csv").out
    return printed.splitlines()[1].split(",")[0]


def flat(printed):
    return re.sub(r"\s+", " ", printed.out)


def test_a_case_is_told_post_by_post_with_words_and_rules(filled):
    told = flat(filled.run("explain", find_case(filled, "moved")))
    assert (
        "2 Mon 2026-03-02 10:12:00 @acme @a… Sorry to hear that! Please send us a DM. ^KB" in told
    )
    assert re.search(r"- dm “[^”]*DM” \[en.toml/brand.dm/\d+\]", told)
    assert re.search(r"· “nobody answers” \[en.toml/customer.unsolved/\d+\]", told)
    assert "first_reply 12 min: post 2 is the first reply (section 2)" in told
    assert "moved: post 2 deflects (dm), and nothing helps up to and including it" in told
    assert "handed_over: rule 4d: the brand’s last word, post 2, hands the matter over" in told
    assert "anna" not in told


def test_a_case_is_found_by_any_of_its_posts_and_by_the_beginning_of_its_name(filled, conversation):
    by_name = filled.run("explain", find_case(filled, "public")).out
    assert filled.run("explain", conversation[-1].post_id).out == by_name
    assert filled.run("explain", by_name[:6]).out == by_name
    assert "resolved: rule 4a" in by_name


def test_an_unknown_and_an_ambiguous_case_are_told(program):
    said = [post for number in range(40) for post in talk(f"anna{number}: @acme help?")]
    program.run("import", program.write(*said), "--brand", "acme=acme")
    assert 'there is no case "nonsense"' in program.run("explain", "nonsense", code=2).err
    names = [
        row.split(",")[0] for row in program.run("cases", "--format", "csv").out.splitlines()[1:]
    ]
    letter = next(name[0] for name in names if sum(other[0] == name[0] for other in names) > 1)
    assert re.search(r"may mean \d+ cases", program.run("explain", letter, code=2).err)


def test_hostile_words_stay_words(program):
    said = talk("anna: @acme \x1b[2Jyour app is broken\u202e and my mail is anna@mail.example")
    program.run("import", program.write(*said), "--brand", "acme=acme")
    printed = program.run("explain", find_case(program, "unanswered")).out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "anna@mail" not in printed
    assert "unanswered: there is no public reply by a person" in printed


def test_each_promise_is_told_with_its_words_its_due_time_and_its_end(program):
    said = talk(
        "anna: @acme my parcel is lost",
        "+1h acme: @anna Sorry! We'll look into it and get back to you within 24 hours. ^KB",
        "+2d ben: @acme hello?",
    )
    program.run("import", program.write(*said), "--brand", "acme=acme")
    told = flat(program.run("explain", said[0].post_id))
    found = re.search(
        r"promise broken: post 2 promises to come back, due (.*?) "
        r"\(it says “within 24 hours”\); (.*?) \(section 4\)",
        told,
    )
    assert found
    assert "2026-03-03 11:00" in found[1]
    assert found[2] == "nobody came back in public"


def test_service_time_is_told_where_the_brand_has_opening_hours(program):
    said = talk("anna: @acme my parcel is lost", "+20h acme: @anna Please restart it. ^KB")
    program.run("import", program.write(*said), "--brand", "acme=acme")
    assert "service_time" not in program.run("explain", said[0].post_id).out
    settings = (
        '[brands.acme]\nname = "Acme"\naccounts = [{ platform = "x", handle = "acme" }]\n'
        'opening_hours = ["mon-fri 09:00-17:00"]\n'
    )
    (program.folder / "own.toml").write_text(settings, encoding="utf-8")
    told = flat(program.run("--config", "own.toml", "explain", said[0].post_id))
    assert "first_reply 20 h" in told
    assert "service_time 7 h: so much of this lay in the opening hours: first_reply" in told
