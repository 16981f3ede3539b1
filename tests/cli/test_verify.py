import os

import orjson
import pytest

REPORT = "out/acme/2026-W10"


@pytest.fixture
def reported(program, conversation):
    program.run("import", program.write(*conversation), "--brand", "acme=acme")
    program.run("report", "--week", "2026-W10", "--output", "out")
    program.database.unlink()
    return program


@pytest.fixture
def report(reported):
    return reported.folder / REPORT


def change(report, path, value):
    figures = orjson.loads((report / "report.json").read_bytes())
    *above, last = path
    part = figures
    for name in above:
        part = part[name]
    part[last] = value
    (report / "report.json").write_bytes(orjson.dumps(figures))


def test_a_report_verifies_without_its_database(reported):
    told = reported.run("verify", REPORT).out.splitlines()
    assert told[0].endswith("values were computed again from the evidence: all agree")
    assert "  as_of: the moment of measuring was chosen" in told
    assert "SHA-256 of evidence/manifest.json: " in told[-1]


def test_what_differs_is_named_with_both_values(reported, report):
    change(report, ("handling", "moved", "count"), 0)
    told = reported.run("verify", REPORT, code=1).out.splitlines()
    assert told[:2] == [
        "report.json: is not as it was written (its SHA-256 is another)",
        "handling.moved.count: the report says 0, the evidence gives 1",
    ]
    assert "1 differ, 1 files were changed" in told[2]


def test_many_differences_are_cut_and_all_can_be_shown(reported, report):
    for name in ("cases", "answered", "unanswered"):
        change(report, ("counts", name), 99)
    told = reported.run("verify", REPORT, "--limit", "1", code=1).out
    assert "… and 2 more (--limit 0 shows all)" in told
    assert "counts.unanswered: " not in told
    assert "counts.unanswered: " in reported.run("verify", REPORT, "--limit", "0", code=1).out


def test_what_is_not_there_any_more_and_not_needed_is_told(reported, report):
    (report / "index.html").unlink()
    told = reported.run("verify", REPORT).out
    assert "not there any more, and not needed: index.html" in told


@pytest.mark.parametrize("path", ["nowhere", "out", "out/acme", "out/index.html"])
def test_what_is_no_report_is_wrong_usage(reported, path):
    printed = reported.run("verify", path, code=2)
    assert not printed.out
    assert len(printed.err.splitlines()) == 1
    assert path in printed.err


def test_a_hostile_report_gives_one_line_and_moves_no_cursor(reported, report):
    change(report, ("counts", "\x1b[2J\n\u202e"), "\x1b[31m\nyes")
    change(report, ("brand_name",), "x" * 100_000)
    printed = reported.run("verify", REPORT, code=1).out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert len(printed) < 5_000
    os.truncate(report / "report.json", 1 << 40)
    printed = reported.run("verify", REPORT, code=2)
    assert len(printed.err.splitlines()) == 1
    assert "too large" in printed.err


def test_broken_evidence_gives_one_line(reported, report):
    (report / "evidence" / "cases.parquet").write_bytes(b"PAR1" + b"\xff" * 500 + b"PAR1")
    printed = reported.run("verify", REPORT, code=2)
    assert len(printed.err.splitlines()) == 1
    assert "cases.parquet: is damaged and cannot be read" in printed.err
