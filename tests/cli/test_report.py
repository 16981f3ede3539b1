import orjson
import polars as pl
import pytest

from tests.builders import talk


@pytest.fixture
def filled(migrated, program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    return program


def test_a_report_is_page_text_figures_and_evidence(filled):
    printed = filled.run("report", "--week", "2026-W10", "--output", "out").out.splitlines()
    assert printed == ["out/acme/2026-W10", "out/index.html"]
    folder = filled.folder / "out" / "acme" / "2026-W10"
    assert {path.name for path in folder.iterdir()} == {
        "index.html",
        "report.txt",
        "report.json",
        "evidence",
    }
    assert {path.name for path in (folder / "evidence").iterdir()} == {
        f"{name}.{form}"
        for name in (
            "cases",
            "turns",
            "replies",
            "posts",
            "deletions",
            "private",
            "promises",
            "weekly_counts",
            "coverage",
            "runs",
            "told",
        )
        for form in ("parquet", "csv")
    } | {"manifest.json"}


def test_figures_are_those_of_the_conversation(filled):
    filled.run("report", "--week", "2026-W10", "--output", "out")
    figures = orjson.loads((filled.folder / "out/acme/2026-W10/report.json").read_bytes())
    assert figures["counts"]["cases_with_need"] == 2
    assert figures["counts"]["answered"] == 2
    assert figures["handling"]["moved"]["count"] == 1
    assert figures["handling"]["public"]["count"] == 1
    assert figures["deflection_rate"]["count"] == 1
    assert figures["first_reply"]["median"]["seconds"] == 540
    assert figures["coverage"]["grade"] == "unknown"


def test_evidence_names_no_customer_and_holds_the_words_behind_labels(filled):
    filled.run("report", "--week", "2026-W10", "--output", "out")
    evidence = filled.folder / "out/acme/2026-W10/evidence"
    for path in evidence.glob("*.csv"):
        assert "anna" not in path.read_text()
    replies = pl.read_parquet(evidence / "replies.parquet")
    (moved,) = replies.filter("deflects")["words"]
    words = {entry["label"]: entry["words"] for entry in moved}
    assert "DM" in words["dm"]


def test_a_free_period(filled):
    printed = filled.run(
        "report", "--since", "2026-03-01", "--until", "2026-03-05", "--output", "out"
    )
    assert printed.out.startswith("out/acme/2026-03-01_2026-03-05\n")


def test_without_a_week_the_last_complete_one_is_told(filled):
    assert "out/acme/2026-W09" in filled.run("report", "--output", "out").out


def test_only_the_formats_that_are_wanted(filled):
    filled.run("report", "--week", "2026-W10", "--output", "out", "--format", "json")
    folder = filled.folder / "out" / "acme" / "2026-W10"
    assert {path.name for path in folder.iterdir()} == {"report.json", "evidence"}


def test_german(filled):
    filled.run("report", "--week", "2026-W10", "--output", "out", "--language", "de")
    assert '<html lang="de"' in (filled.folder / "out/acme/2026-W10/index.html").read_text()


def test_writing_again_replaces_the_report(filled):
    for _ in range(2):
        filled.run("report", "--week", "2026-W10", "--output", "out")
    assert [path.name for path in (filled.folder / "out" / "acme").iterdir()] == ["2026-W10"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--week", "2026-W54"], "2026 has no week 54"),
        (["--week", "2999-W01"], "2999-W01 has not begun"),
        (["--format", "pdf"], 'there is no "pdf"; choose from html, text, json'),
        (["--since", "2026-03-01"], "give both, the first and the last day"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "lies before"),
        (
            ["--week", "2026-W10", "--since", "2026-03-01", "--until", "2026-03-02"],
            "not both",
        ),
        (["--brand", "bolt"], 'there is no brand "bolt"'),
        (["--language", "fr"], "language"),
        (["--since", "soon", "--until", "2026-03-01"], '"soon" is not a day'),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(filled, words, told):
    error = filled.run("report", *words, code=2).err
    assert told in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_told(filled):
    (filled.folder / "out").write_text("a file")
    assert "cannot be written" in filled.run("report", "--output", "out", code=1).err


def test_an_empty_store_with_a_brand_has_a_report_that_says_so(program):
    empty = program.folder / "empty.jsonl"
    empty.write_bytes(b"")
    program.run("import", empty, "--format", "listener", "--brand", "acme=acme")
    told = program.run("report", "--week", "2026-W10", "--output", "out")
    assert told.err == "listener: no post of Acme is in the database\n"
    figures = orjson.loads((program.folder / "out/acme/2026-W10/report.json").read_bytes())
    assert figures["counts"]["cases"] == 0
    assert figures["first_reply"]["median"]["seconds"] is None


@pytest.fixture
def two_brands(program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    handed_on = talk(
        "cem: @acme where is my bike?",
        "+5m acme: @cem Please ask @bolt about that.",
        "+9m bolt: @acme @cem Send us a DM please.",
    )
    path = program.write(*handed_on, name="more.jsonl")
    program.run("import", path, "--brand", "bolt=bolt")
    return program


def test_the_figures_of_a_brand_do_not_depend_on_which_others_are_reported(two_brands):
    two_brands.run("report", "--week", "2026-W10", "--output", "all")
    two_brands.run("report", "--week", "2026-W10", "--output", "one", "--brand", "acme")
    figures = [
        orjson.loads((two_brands.folder / name / "acme/2026-W10/report.json").read_bytes())
        for name in ("all", "one")
    ]
    for each in figures:
        del each["as_of"]
    assert figures[0] == figures[1]


def test_a_report_of_one_brand_leaves_the_comparison_of_all_alone(two_brands):
    two_brands.run("report", "--week", "2026-W10", "--output", "out")
    overview = two_brands.folder / "out/2026-W10/overview.html"
    before = overview.read_bytes()
    assert b"Bolt" in before
    two_brands.run("report", "--week", "2026-W10", "--output", "out", "--brand", "acme")
    assert overview.read_bytes() == before


def test_commands_that_read_make_no_database(program):
    for command in (["report"], ["cases"], ["export"], ["forget", "anna"]):
        assert "there is no database" in program.run(*command, code=1).err
    assert not program.database.exists()


def test_a_missing_folder_of_templates_is_told(filled, monkeypatch):
    monkeypatch.setenv("LISTENER_REPORT__TEMPLATES", "/nowhere")
    assert "there is no folder /nowhere" in filled.run("report", code=2).err


def test_a_misspelt_brand_is_suggested(filled):
    assert 'did you mean "acme"?' in filled.run("report", "--brand", "Acm", code=2).err


def test_the_check_of_templates_says_what_they_may_use_and_writes_nothing(program, monkeypatch):
    own = program.folder / "own"
    own.mkdir()
    monkeypatch.setenv("LISTENER_REPORT__TEMPLATES", str(own))
    (own / "index.html").write_text("{{ entries[0].brand }}{{ week }}{{ x|wide }}")
    printed = program.run("report", "--template-check", code=2)
    assert printed.out.startswith("index.html\n  variables   entries, language, ")
    assert "show_share" in printed.out
    assert [line.split(": ")[2] for line in printed.err.splitlines()] == ["index.html:1"] * 3
    (own / "index.html").write_text("{{ entries[0].brand }}")
    assert "1 of them yours" in program.run("report", "--template-check").out
    assert [path.name for path in program.folder.iterdir()] == ["own"]


def test_reports_are_not_begun_with_templates_that_have_mistakes(filled, monkeypatch):
    own = filled.folder / "own"
    own.mkdir()
    (own / "overview.html").write_text("{{ nonsense }}")
    monkeypatch.setenv("LISTENER_REPORT__TEMPLATES", str(own))
    error = filled.run(
        "report", "--week", "2026-W10", "--output", filled.folder / "out", code=2
    ).err
    assert error == 'listener: report.templates: overview.html:1: there is no variable "nonsense"\n'
    assert not (filled.folder / "out").exists()
    monkeypatch.setenv("LISTENER_REPORT__TEMPLATES", str(own / "gone"))
    assert "there is no folder" in filled.run("report", "--template-check", code=2).err
