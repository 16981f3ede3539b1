import orjson


def test_the_demonstration_ends_with_reports_of_three_brands(program):
    printed = program.run("demo", "--output", "shown").out
    for brand in ("kranich", "hedgewick", "kiebitz"):
        assert f"shown/reports/{brand}/2026-W10/index.html" in printed
    figures = orjson.loads(
        (program.folder / "shown/reports/hedgewick/2026-W10/report.json").read_bytes()
    )
    assert figures["counts"]["cases_with_need"] > 20
    assert figures["outcome_week"] == "2026-W09"
    assert (program.folder / "shown/reports/index.html").exists()
    assert not program.database.exists()
