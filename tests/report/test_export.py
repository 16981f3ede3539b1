import dataclasses

import orjson
import polars as pl

from listener.figures import WeekFigures
from listener.report.export import dump_figures, figures_to_json, save_evidence
from listener.report.people import make_code
from tests.report.builders import World


def test_the_file_holds_every_figure_under_its_own_name():
    figures = World(cases=20, weeks=2).measure()
    data = orjson.loads(dump_figures(figures, brand_name="Acme"))
    assert {field.name for field in dataclasses.fields(WeekFigures)} <= data.keys()
    share = data["fast_no_help"]
    assert share["rate"] == figures.fast_no_help.rate
    assert {"count", "total", "low", "high", "unit"} <= share.keys()
    assert data["first_reply"]["median"]["seconds"] == figures.first_reply.median.seconds
    assert data["first_reply"]["curve"]["waiting"] == list(figures.first_reply.curve.waiting)
    assert data["method"]["measures_version"] == "1"
    assert data["as_of"].endswith("+00:00")


def test_without_cases_rates_are_null_and_never_zero():
    data = figures_to_json(World(weeks=0).measure())
    assert data["deflection_rate"]["rate"] is None


def test_tables_are_the_same_as_parquet_and_csv_and_name_nobody(tmp_path):
    tables = World(cases=12, weeks=1).tables
    save_evidence(tmp_path, {"cases": tables.cases, "case_posts": tables.case_posts})
    parquet = pl.read_parquet(tmp_path / "cases.parquet")
    csv = pl.read_csv(tmp_path / "cases.csv")
    assert parquet.height == csv.height == 12
    assert parquet["customer"][0] == make_code("x", tables.cases["customer"][0])
    posts = pl.read_parquet(tmp_path / "case_posts.parquet")
    assert not {"text", "author_handle", "author_name"} & set(posts.columns)


def test_customers_whose_short_codes_are_the_same_keep_apart(tmp_path):
    # Found by trying: the first two of these accounts share the code.
    codes, names = {}, []
    for number in range(100_000):
        first = codes.setdefault(make_code("x", f"user{number}"), number)
        if first != number:
            names = [f"user{first}", f"user{number}", "anna"]
            break
    table = pl.DataFrame({"platform": ["x"] * 4, "customer": [*names, names[0]]})
    save_evidence(tmp_path, {"cases": table})
    shown = pl.read_parquet(tmp_path / "cases.parquet")["customer"].to_list()
    assert shown[2] == make_code("x", "anna")
    assert shown[0] == shown[3] != shown[1]
    assert shown[0].startswith(make_code("x", names[1]))


def test_customers_are_named_if_the_settings_say_so(tmp_path):
    tables = World(cases=3, weeks=1).tables
    save_evidence(tmp_path, {"cases": tables.cases}, handles="full")
    assert pl.read_parquet(tmp_path / "cases.parquet")["customer"].equals(tables.cases["customer"])


def test_private_posts_stay_out_of_the_evidence(tmp_path):
    world = World(weeks=0)
    row = world.add_case(handling="public")
    for visibility in ("direct", "private", None):
        world.add_post(row, "customer", "secret", [], visibility=visibility)
    save_evidence(tmp_path, {"case_posts": world.tables.case_posts})
    shown = pl.read_parquet(tmp_path / "case_posts.parquet")
    assert shown.height == world.tables.case_posts.height - 3
    assert shown["visibility"].unique().to_list() == ["public"]


def test_lists_become_text_and_formulas_stay_text_in_csv(tmp_path):
    words = pl.List(pl.Struct({"label": pl.String, "words": pl.String}))
    table = pl.DataFrame(
        {
            "note": ["=HYPERLINK(1)", "fine"],
            "labels": [["dm", "phone"], []],
            "words": [[{"label": "dm", "words": "mail jo@example.org"}], []],
        },
        schema_overrides={"words": words},
    )
    save_evidence(tmp_path, {"replies": table})
    lines = (tmp_path / "replies.csv").read_text()
    assert "'=HYPERLINK(1)" in lines
    assert "dm;phone" in lines
    assert "jo@example.org" not in lines
    assert pl.read_parquet(tmp_path / "replies.parquet")["note"][0] == "=HYPERLINK(1)"
