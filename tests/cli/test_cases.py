import csv
import io

import orjson
import pytest

from tests.builders import make_post


@pytest.fixture
def filled(migrated, program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    return program


def rows(printed):
    return list(csv.DictReader(io.StringIO(printed.out)))


def test_each_case_is_a_row_with_what_was_done_and_what_came_of_it(filled):
    found = {row["who"][:2]: row for row in rows(filled.run("cases", "--format", "csv"))}
    assert found["A."]["handling"] == "moved"
    assert found["A."]["outcome"] == "handed_over"
    assert found["A."]["first_reply_seconds"] == "720.0"
    assert found["B."]["handling"] == "public"
    assert found["B."]["outcome"] == "resolved"


def test_customers_are_shown_by_initials_and_code(filled):
    printed = filled.run("cases", "--format", "json").out
    assert orjson.loads(printed)[0]["who"].startswith(("A. ", "B. "))
    assert '"anna"' not in printed


def test_the_work_list_holds_what_somebody_waits_for(filled):
    (row,) = rows(filled.run("cases", "--open", "--sort", "waiting", "--format", "csv"))
    assert row["todo"] == "hand_over"


def test_a_moment_in_the_past_knows_less(filled):
    printed = filled.run("cases", "--open", "--as-of", "2026-03-02T10:05", "--format", "csv")
    assert {row["todo"] for row in rows(printed)} == {"answer"}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--handling", "moved"], 1),
        (["--outcome", "resolved"], 1),
        (["--week", "2026-W10"], 2),
        (["--week", "2026-W11"], 0),
        (["--brand", "acme"], 2),
        (["--limit", "1"], 1),
        (["--sort", "first-reply"], 2),
    ],
)
def test_filters(filled, words, count):
    assert len(rows(filled.run("cases", "--format", "csv", *words))) == count


def test_a_table_for_people(filled):
    printed = filled.run("cases").out
    assert "12 min" in printed
    assert "ask how it ended" in printed


def test_no_case_is_said(filled):
    assert filled.run("cases", "--week", "2026-W11").out.strip() == "no cases"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--handling", "lost"], 'there is no "lost"; choose one of unanswered'),
        (["--outcome", "lost"], 'there is no "lost"'),
        (["--week", "2026-W54"], "2026 has no week 54"),
        (["--week", "yesterday"], "is not an ISO week"),
        (["--as-of", "soon"], '"soon" is not a time'),
        (["--brand", "bolt"], 'there is no brand "bolt"; known: acme'),
        (["--sort", "size"], "size"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(filled, words, told):
    error = filled.run("cases", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1


def test_without_brands_the_next_step_is_told(program, conversation):
    program.run("import", program.write(*conversation))
    assert "no brands are known" in program.run("cases", code=2).err


def test_no_column_but_the_words_gives_way_to_a_narrow_terminal(filled, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    head, *lines = filled.run("cases").out.splitlines()
    assert head.split()[:2] == ["case", "brand"]
    assert "to do" in head
    assert "waiting" in head
    assert all("…" in line for line in lines)


def test_waiting_ends_with_what_the_file_can_show(filled):
    (row,) = rows(filled.run("cases", "--open", "--format", "csv"))
    assert float(row["waiting_seconds"]) < 86400


def test_addresses_of_strangers_are_shortened_and_those_of_brands_are_not(program):
    post = make_post("@acme @help@acme.example tell @bella@social.example please")
    program.run("import", program.write(post), "--brand", "acme=acme,help@acme.example")
    (row,) = rows(program.run("cases", "--format", "csv"))
    assert "@help@acme.example" in row["quote"]
    assert "bella" not in row["quote"]
