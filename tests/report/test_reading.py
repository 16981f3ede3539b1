from dataclasses import replace

import orjson
import pytest

from listener.errors import DeliveryError
from listener.figures import Gap, Hole, PlatformCoverage, Runs
from listener.report.export import dump_figures
from listener.report.reading import load_figures, parse_figures
from tests.report.builders import MONDAY, World


@pytest.mark.parametrize("cases", [0, 1, 12, 48])
@pytest.mark.parametrize("as_of", [None, MONDAY])
def test_what_was_written_is_read_back_equal(cases, as_of):
    figures = World(cases=cases, weeks=3 if cases else 0).measure(as_of=as_of)
    assert parse_figures(dump_figures(figures, brand_name="Acme")) == figures


def test_coverage_is_read_back_equal():
    figures = World(cases=3, weeks=1).measure()
    seen = PlatformCoverage(
        platform="x",
        grade="partial",
        watched_from=figures.since,
        runs=Runs(planned=3, done=2),
        hole=Hole(figures.since, figures.until, is_open=True, source="s"),
        gaps=(Gap(None, figures.since), Gap(figures.since, figures.until)),
    )
    figures = replace(figures, coverage=replace(figures.coverage, platforms=(seen,)))
    assert parse_figures(dump_figures(figures, brand_name="Acme")) == figures


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"json_version": 99}', b"null"])
def test_a_file_of_another_kind_is_refused(tmp_path, data):
    path = tmp_path / "report.json"
    path.write_bytes(data)
    with pytest.raises(DeliveryError, match="is not of this version; make it again"):
        load_figures(path)


def test_a_file_without_a_figure_is_refused(tmp_path):
    told = orjson.loads(dump_figures(World(cases=3, weeks=1).measure(), brand_name="Acme"))
    del told["handling"]
    path = tmp_path / "report.json"
    path.write_bytes(orjson.dumps(told))
    with pytest.raises(DeliveryError, match="make it again"):
        load_figures(path)


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(DeliveryError, match="cannot be read"):
        load_figures(tmp_path / "report.json")
