"""Outcomes told from elsewhere: by hand, from a file, listed, withdrawn, and shown apart."""

import csv
import io
from datetime import timedelta

import orjson
import polars as pl
import pytest

from listener.store.store import Store
from tests.builders import START, talk

OUTCOMES = ("resolved", "handed_over")


@pytest.fixture
def filled(migrated, program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    return program


def list_cases(program):
    return list(csv.DictReader(io.StringIO(program.run("cases", "--format", "csv").out)))


def find_case(program, handling="moved"):
    return next(row["case"] for row in list_cases(program) if row["handling"] == handling)


def list_told(program, *words):
    return orjson.loads(program.run("outcome", "--list", "--format", "json", *words).out)


def tell(program, case, outcome="solved", *words, code=0):
    return program.run("outcome", case, outcome, "--source", "crm", *words, code=code)


def test_a_case_is_told_of_and_listed(filled):
    case = find_case(filled)
    printed = tell(filled, case, "solved", "--at", "2026-03-04", "--note", "closed on the phone")
    assert printed.out == "1 told outcomes kept, 0 replaced, 0 known before\n"
    assert list_told(filled) == [
        {
            "case": case,
            "brand": "acme",
            "platform": "x",
            "told_at": "2026-03-04T00:00:00+00:00",
            "outcome": "solved",
            "source": "crm",
            "observed": "handed_over",
            "note": "closed on the phone",
        }
    ]
    table = filled.run("outcome", "--list").out.splitlines()
    assert " ".join(table[0].split()) == "case brand told on told source seen in public note"
    assert "closed on the phone" in table[1]
    assert "nothing was told" not in table


def test_without_any_the_list_says_so(filled):
    assert filled.run("outcome", "--list").out == "nothing was told\n"


def test_a_case_is_named_as_in_explain(filled, conversation):
    case = find_case(filled)
    for name in (case[:6], conversation[0].post_id, conversation[1].post_id):
        tell(filled, name, "solved", "--at", "2026-03-04")
    assert [row["case"] for row in list_told(filled)] == [case]


def test_saying_it_twice_adds_nothing_and_another_word_later_stands_beside_it(filled):
    case = find_case(filled)
    tell(filled, case)
    assert "1 known before" in tell(filled, case).out
    tell(filled, case, "unsolved")
    assert [row["outcome"] for row in list_told(filled)] == ["solved", "unsolved"]
    assert "1 known before" in tell(filled, case, "unsolved").out


def test_it_is_withdrawn_as_a_whole_or_of_one_source(filled):
    case = find_case(filled)
    tell(filled, case)
    filled.run("outcome", case, "unsolved", "--source", "letters")
    printed = filled.run("outcome", case, "--withdraw", "--source", "crm")
    assert printed.out == "1 told outcomes withdrawn\n"
    assert [row["source"] for row in list_told(filled)] == ["letters"]
    filled.run("outcome", case, "--withdraw")
    assert list_told(filled) == []
    assert "0 told outcomes withdrawn" in filled.run("outcome", case, "--withdraw").out


def test_it_stands_apart_from_what_was_seen(filled):
    case = find_case(filled)
    before = {row["case"]: row["outcome"] for row in list_cases(filled)}
    story = filled.run("explain", case).out
    tell(filled, case, "solved", "--at", "2026-03-04")
    rows = {row["case"]: row for row in list_cases(filled)}
    assert {name: row["outcome"] for name, row in rows.items()} == before
    assert (rows[case]["told"], rows[case]["told_by"]) == ("solved", "crm")
    assert "; told: solved (crm)" in filled.run("cases").out
    told = " ".join(filled.run("explain", case).out.split())
    assert (
        "told_elsewhere solved: told by crm as of 2026-03-04 00:00 UTC; not seen in public" in told
    )
    assert "told_elsewhere" not in story


def write_report(program, *words):
    program.run("report", "--week", "2026-W10", "--output", "out", *words)
    return program.folder / "out" / "acme" / "2026-W10"


def test_the_report_has_its_own_figure_and_table_and_verifies(filled):
    case = find_case(filled)
    plain = orjson.loads(
        (write_report(filled, "--as-of", "2026-04-01") / "report.json").read_bytes()
    )
    assert plain["told_elsewhere"]["cases"] == 0
    tell(filled, case, "solved", "--at", "2026-03-04", "--note", "secret note")
    folder = write_report(filled, "--as-of", "2026-04-01")
    figures = orjson.loads((folder / "report.json").read_bytes())
    told = figures.pop("told_elsewhere")
    outcome = figures["outcome_week"] == "2026-W10"
    assert (told["cases"], told["total"]) == ((1, 2) if outcome else (0, 0))
    plain.pop("told_elsewhere")
    assert figures == plain
    evidence = pl.read_parquet(folder / "evidence" / "told.parquet")
    assert evidence.select("case", "source", "outcome").rows() == [(case, "crm", "solved")]
    assert "all agree" in filled.run("verify", folder).out
    files = "".join(
        path.read_text()
        for path in folder.rglob("*")
        if path.suffix != ".parquet" and path.is_file()
    )
    assert "secret note" not in files


def test_before_it_was_told_nobody_knew(filled):
    tell(filled, find_case(filled), "solved", "--at", "2026-03-09")
    early = write_report(filled, "--as-of", "2026-03-08") / "evidence" / "told.parquet"
    assert pl.read_parquet(early).is_empty()


def write_csv(program, text, name="told.csv"):
    path = program.folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_file_is_imported_once_however_often_it_is_read(filled, conversation):
    moved, public = find_case(filled), find_case(filled, "public")
    path = write_csv(
        filled,
        "Case,post,outcome,source,at,note,owner\n"
        f"{moved},,Solved,crm,2026-03-04,,bob\n"
        f",{conversation[2].post_id},unsolved,letters,2026-03-05T10:00:00+01:00,lost,\n"
        f"{public},,solved,crm,,,\n"
        "\n",
    )
    assert "3 told outcomes kept" in filled.run("outcome", "--import", path).out
    first = list_told(filled)
    assert sorted((row["case"], row["outcome"]) for row in first) == sorted(
        [(moved, "solved"), (public, "unsolved"), (public, "solved")]
    )
    again = filled.run("outcome", "--import", path).out
    assert again == "0 told outcomes kept, 0 replaced, 3 known before\n"
    assert list_told(filled) == first


def test_semicolons_a_mark_at_the_start_and_one_source_for_all_are_understood(filled):
    case = find_case(filled)
    path = write_csv(filled, f"\ufeffcase;outcome\r\n{case};solved\r\n")
    filled.run("outcome", "--import", path, "--source", "letters")
    assert [row["source"] for row in list_told(filled)] == ["letters"]


def test_every_mistake_is_told_with_its_line_and_nothing_is_kept(filled):
    case = find_case(filled)
    path = write_csv(
        filled,
        "case,outcome,source,at\n"
        f"{case},solved,crm,2026-03-04\n"
        f"{case},maybe,,2026-13-40\n"
        f"{case},maybe,,\n"
        "nowhere,solved,crm,\n"
        f"{case},solved,anna@mail.example,\n"
        f"{case},solved,crm,2999-01-01\n"
        f"{case},solved,crm,2001-01-01\n"
        f"{case},unsolved,crm,2026-03-04\n"
        ",solved,crm,\n"
        f'{case},solved,"{"x" * 61}",\n',
    )
    told = filled.run("outcome", "--import", path, code=2).err.splitlines()
    assert [line.partition("told.csv:")[2].partition(":")[0] for line in told] == [
        "3", "4", "4", "5", "6", "7", "8", "9", "10", "11",
    ]  # fmt: skip
    assert '"2026-13-40" is not a day' in told[0]
    assert 'there is no outcome "maybe"' in told[1]
    assert "no source" in told[2]
    assert "lies before the case began (2026-03-02)" in told[6]
    assert "line 2 says solved of it" in told[7]
    assert list_told(filled) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no column case or post, outcome, source"),
        ("case,outcome\n", "there is no column source"),
        ("name,outcome,source\n", "there is no column case or post"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        ('case,outcome,source\n"broken', "is no CSV"),
        ("case,outcome,source\n" + "x" * 200_000 + ",solved,crm\n", "is no CSV"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_line(filled, text, why):
    printed = filled.run("outcome", "--import", write_csv(filled, text), code=2)
    assert why in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_file_names_cases_in_full_so_that_no_short_number_hits_one_by_chance(filled):
    case = find_case(filled)
    path = write_csv(filled, f"case,outcome,source\n{case[:6]},solved,crm\n")
    assert "there is no case" in filled.run("outcome", "--import", path, code=2).err
    assert list_told(filled) == []


def test_an_empty_list_of_cases_is_no_mistake(filled):
    path = write_csv(filled, "case,outcome,source\n")
    assert "0 told outcomes kept" in filled.run("outcome", "--import", path).out


def test_a_file_that_is_not_there_is_told(filled):
    assert "cannot be read" in filled.run("outcome", "--import", "no.csv", code=2).err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "say one thing"),
        (["c1"], "say one thing"),
        (["c1", "solved"], "--source: say where"),
        (["c1", "solved", "--source", " "], "--source: say where"),
        (["c1", "solved", "--withdraw"], "say one thing"),
        (["--withdraw"], "CASE: name one"),
        (["c1", "--list"], "CASE: is not for"),
        (["c1", "--import", "x.csv"], "CASE: is not for"),
        (["--list", "--import", "x.csv"], "say one thing"),
        (["c1", "perhaps"], "perhaps"),
        (["nowhere", "solved", "--source", "crm"], 'there is no case "nowhere"'),
    ],
)
def test_wrong_usage_is_a_line(filled, words, why):
    printed = filled.run("outcome", *words, code=2)
    assert why in printed.err
    assert len(printed.err.splitlines()) == 1


@pytest.mark.parametrize("source", ["anna@mail.example", "call +49 170 1234567", "x" * 61])
def test_sources_are_short_and_name_nobody(filled, source):
    case = find_case(filled)
    printed = filled.run("outcome", case, "solved", "--source", source, code=2)
    assert "source" in printed.err
    assert list_told(filled) == []


def test_hostile_sources_stay_words_everywhere(filled):
    source = "=<script>alert(1)</script>\u202e"
    filled.run("outcome", find_case(filled), "solved", "--source", source, "--at", "2026-03-04")
    folder = write_report(filled, "--as-of", "2026-04-01")
    page = (folder / "index.html").read_text()
    assert "<script>alert" not in page
    assert "=&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "'=<script>" in (folder / "evidence" / "told.csv").read_text()
    assert "'=<script>" in filled.run("outcome", "--list", "--format", "csv").out
    for path in folder.rglob("*.[cht]*"):
        assert "\u202e" not in path.read_text()
    assert "all agree" in filled.run("verify", folder).out


def test_a_forgotten_customer_takes_it_along(filled):
    tell(filled, find_case(filled))
    filled.run("forget", "anna")
    assert list_told(filled) == []


def test_a_case_that_is_not_there_any_more_is_listed_as_such_and_counts_nowhere(
    filled, conversation
):
    tell(filled, find_case(filled), "solved", "--at", "2026-03-04")
    with Store.open(f"sqlite:///{filled.database}") as store:
        (row,) = store.load_told_outcomes().to_dicts()
    settings = filled.folder / "listener.toml"
    settings.write_text(
        '[brands.acme]\nname = "Acme"\ncount_from = 2026-03-10\n'
        'accounts = [{ platform = "x", handle = "acme" }]\n'
    )
    assert [row["case"] for row in list_told(filled)] == [None]
    assert "(not there any more)" in filled.run("outcome", "--list").out
    settings.unlink()
    assert [each["case"] for each in list_told(filled)] == [row["case"]]


def test_it_goes_to_the_merged_case_when_an_older_post_comes_in(program):
    first, second = talk(
        "anna: @acme my box is dead",
        "+1h anna: my box is still dead, can anybody at @acme help me?",
    )
    program.run("import", program.write(second), "--brand", "acme=acme")
    before = list_cases(program)[0]["case"]
    tell(program, before, "unsolved", "--at", "2026-03-04")
    program.run("import", program.write(first, name="older.jsonl"))
    (after,) = list_cases(program)
    assert after["case"] != before
    assert (after["told"], after["told_by"]) == ("unsolved", "crm")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Of 1 of these cases it was told elsewhere"),
        ("de", "Von 1 dieser Fälle ist anderswo"),
    ],
)
def test_page_and_text_tell_it_in_both_languages(program, language, sentence):
    said = [
        post
        for number in range(12)
        for post in talk(
            f"anna{number}: @acme my box {number} is broken",
            f"+9m acme: @anna{number} Please send us a DM.",
            at=60 * number,
        )
    ]
    late = talk("zoe: @acme hello? my box is broken", at=START + timedelta(days=28))
    program.run("import", program.write(*said, *late), "--brand", "acme=acme")
    tell(program, said[0].post_id, "solved", "--at", "2026-03-05")
    (program.folder / "listener.toml").write_text(
        f'[report]\nlanguage = "{language}"\n[brands.acme]\nname = "Acme"\n'
        'accounts = [{ platform = "x", handle = "acme" }]\n'
    )
    folder = write_report(program, "--as-of", "2026-04-01")
    page = (folder / "index.html").read_text()
    assert sentence in page
    assert sentence in " ".join((folder / "report.txt").read_text().split())
    story = {"en": "told by crm as of", "de": "laut crm, Stand"}
    assert story[language] in page
    assert "all agree" in program.run("verify", folder).out
