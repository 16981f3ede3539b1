"""Compute every figure of a report again from its evidence, and say which differ.

Neither the database nor anybody's words are needed: what was exported with the report
is read back, and measured by the same functions as before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import orjson
import polars as pl

from listener.errors import ConfigError
from listener.figures import WeekFigures
from listener.jobs import review_evidence
from listener.jobs.basis import build_brand, build_period, build_setting
from listener.jobs.differences import ABSENT, Difference, count_leaves, find_differences
from listener.jobs.evidence import list_counts, list_coverage
from listener.measure import MEASURES_VERSION
from listener.measure.brand_week import measure_brand_week
from listener.measure.tables import Tables
from listener.report.evidence_files import EVIDENCE, ReportFiles
from listener.report.export import figures_to_json
from listener.report.manifest import Basis

NOT_RECOMPUTED: Mapping[str, str] = {}
"""Figures that no table proves, each with the reason; none at present."""

GIVEN: Mapping[str, str] = {
    "as_of": "the moment of measuring was chosen",
    "brand": "it was chosen",
    "brand_name": "it is a setting",
    "mode": "it is a setting",
    "week": "it was chosen",
    "statements": "they are the brand's own words",
    "service.opening_hours, time_zone, holidays": "they are settings",
    "method.measures_version": "it is the version of the rules",
    "method.phrases_digest": "posts were read by these phrases, and their words are not exported",
    "method.labeller": "posts were read by it, and their words are not exported",
    "coverage.platforms[].grade = unknown": "files do not tell what they leave out",
    "settle_days": "it is a setting",
}
"""What no table tells; the manifest does, and the report is compared with that."""

# Beside the figures, and not to be had from the evidence: what the brand says.
_NO_FIGURES = ("statements",)
_FILES_OF_TABLES = {"case_posts": "posts"}
_DERIVED = {"weekly_counts": ("week", "figure"), "coverage": ("platform",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of computing a report's figures again.

    Attributes:
        figures: How many single values were compared.
        differences: Values that differ, in the order of the report.
        changed: Files that are not as they were written, each with what is wrong.
        missing: Files that were written and are not there; nothing was lacking for them.
        given: What no table tells, and why; compared with the manifest alone.
        not_recomputed: Figures that no table proves, and why.
        manifest_digest: SHA-256 of the manifest, which names that of each other file.
    """

    figures: int
    differences: tuple[Difference, ...]
    changed: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    given: Mapping[str, str]
    not_recomputed: Mapping[str, str]
    manifest_digest: str

    @property
    def is_good(self) -> bool:
        """Whether everything agrees."""
        return not self.differences and not self.changed


def verify_report(folder: Path) -> Verification:
    """Compute all figures of a report again.

    Args:
        folder: Of one report, with `report.json` and `evidence/`.

    Raises:
        ConfigError: If there is no report, its evidence is missing or damaged, or it was made
            by other rules than this program's.
    """
    files = ReportFiles(folder)
    _check_versions(files)
    changed = tuple(files.find_changed())
    figures = _measure(files)
    told = {name: value for name, value in files.figures.items() if name not in _NO_FIGURES}
    found = _list_figures(figures, files.manifest.basis)
    differences = [*find_differences(told, found), *_compare_derived(files, figures)]
    return Verification(
        figures=count_leaves(found),
        differences=tuple(each for each in differences if not _is_excused(each)),
        changed=changed,
        missing=tuple(files.find_missing()),
        given=GIVEN,
        not_recomputed=NOT_RECOMPUTED,
        manifest_digest=files.digest_manifest(),
    )


def _check_versions(files: ReportFiles) -> None:
    basis = files.manifest.basis
    if basis.measures_version != MEASURES_VERSION:
        msg = (
            f"{files.folder}: was measured by version {basis.measures_version} of "
            f"docs/measures.md, this program knows {MEASURES_VERSION}; verify it with the program "
            "that wrote it"
        )
        raise ConfigError(msg)


def _measure(files: ReportFiles) -> WeekFigures:
    """Measure the report's figures from its tables alone.

    Raises:
        ConfigError: If these hold what cannot be measured.
    """
    tables = Tables(**{each.name: _load(files, each.name) for each in fields(Tables)})
    runs = files.load_table("runs")
    reviews = {
        name: files.load_table(name) for name in review_evidence.TABLES if files.has_table(name)
    }
    basis = files.manifest.basis
    try:
        brand, period = build_brand(basis), build_period(basis)
        proof = review_evidence.build_proof(tables, reviews)
        return measure_brand_week(proof, brand, period, build_setting(basis, tables, runs))
    except (
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        TypeError,
        ValueError,
    ) as error:
        msg = (
            f"{files.folder / EVIDENCE}: is damaged, nothing can be measured from it "
            f'({type(error).__name__}); write the report anew with "listener report"'
        )
        raise ConfigError(msg) from error


def _load(files: ReportFiles, table: str) -> pl.DataFrame:
    return files.load_table(_FILES_OF_TABLES.get(table, table))


def _list_figures(figures: WeekFigures, basis: Basis) -> dict[str, object]:
    """Return the figures as `report.json` would hold them."""
    told = {**figures_to_json(figures), "brand_name": basis.brand_name}
    found: dict[str, object] = orjson.loads(orjson.dumps(told))
    return found


def _compare_derived(files: ReportFiles, figures: WeekFigures) -> Iterator[Difference]:
    """Compare the tables that repeat figures for those who read no JSON."""
    found = {"weekly_counts": list_counts(figures), "coverage": list_coverage(figures)}
    for name, key in _DERIVED.items():
        told = files.load_table(name)
        yield from find_differences(
            _list_rows(told, key), _list_rows(found[name], key), f"{EVIDENCE}/{name}"
        )


def _list_rows(table: pl.DataFrame, key: tuple[str, ...]) -> dict[str, object]:
    rows = table.to_dicts()
    listed = {" ".join(str(row.get(name)) for name in key): row for row in rows}
    return {**listed, "rows": len(rows)}


def _is_excused(difference: Difference) -> bool:
    name = difference.path.partition(".")[0].partition("[")[0]
    return name in NOT_RECOMPUTED and difference.found is ABSENT
