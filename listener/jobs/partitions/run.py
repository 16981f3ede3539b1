"""Measure an archive in parts, and write figures and evidence."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import orjson

from listener import __version__
from listener.engines import Engine
from listener.errors import ConfigError, ImportFileError
from listener.figures import Method
from listener.jobs.partitions.archive_files import ArchiveFile
from listener.jobs.partitions.figures import FIGURES, BrandMeasurer
from listener.jobs.partitions.measuring import PartMeasurer
from listener.jobs.partitions.planning import POSTS_IN_A_PART, Plan, Setup, look_at_file, make_plan
from listener.jobs.partitions.splitting import (
    find_canned_of_brand,
    list_told_brands,
    split_file,
    write_canned,
)
from listener.jobs.partitions.stored import Known
from listener.jobs.partitions.work_folder import make_folders
from listener.label import LABELLER, Phrases
from listener.measure import MEASURES_VERSION
from listener.posts import Brand

WORK, FIGURES_FILE = "work", "figures.json"
JSON_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRequest:
    """What is to be measured.

    Attributes:
        files: The archive's files, from `list_files`, or as they are made from a database.
        weeks: Names of ISO weeks; all complete ones if empty.
        as_of: The moment of measuring.
        handles: How customers are shown, `initials` or `full`.
        posts_in_a_part: About how many are measured at once.
        known: What is known of how the posts were collected, if they lie in a database.
    """

    files: Iterable[ArchiveFile]
    brands: tuple[Brand, ...]
    phrases: Phrases
    as_of: datetime
    settle_days: int
    weeks: tuple[str, ...] = ()
    handles: str = "initials"
    posts_in_a_part: int = POSTS_IN_A_PART
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class MeasuredArchive:
    """How much was measured."""

    files: int
    posts: int
    doubles: int
    parts: int
    cases: int
    weeks: int


def check_output(output: Path) -> None:
    """Refuse a folder that holds something else: it would be replaced.

    Raises:
        ConfigError: If it is a file, or has files but no figures.
    """
    if output.is_dir() and (not any(output.iterdir()) or (output / FIGURES_FILE).is_file()):
        return
    if output.exists():
        msg = f"--output: {output} is not from this command; name a folder that does not exist yet"
        raise ConfigError(msg)


def measure_archive(
    request: ArchiveRequest, engine: Engine, target: Path, tell: Callable[[str], None]
) -> MeasuredArchive:
    """Measure the archive, and write figures and evidence into an empty folder.

    Args:
        request: What is to be measured.
        engine: Where parts are measured.
        target: The folder; all machines of the engine must see it.
        tell: Is told what was done.

    Raises:
        ConfigError: If no post has to do with the brands.
        ImportFileError: If a file of the archive cannot be read.
        EngineError: If the engine fails.
    """
    setup = Setup(
        brands=request.brands,
        as_of=request.as_of,
        settle_days=request.settle_days,
        folder=target / WORK,
    )
    make_folders(setup.folder)
    files = _look(request.files, engine, setup)
    tell(f"files looked at: {len(files)}")
    plan = make_plan(setup, engine, request.posts_in_a_part, request.known)
    _refuse_strangers(plan, request)
    tell(f"posts: {plan.posts}, parts: {len(plan.parts)}")
    _hand_on(files, engine, setup)
    tell("posts are handed on to their parts")
    measurer = PartMeasurer(setup, request.phrases, plan.observation)
    cases = sum(count for _, count in engine.map_small_parts(measurer, plan.parts))
    tell(f"cases measured: {cases}")
    weeks = _count_up(request, engine, setup, plan)
    # A worker that was given up may still write: under the old name it finds no place any more.
    shutil.rmtree(setup.folder.rename(target / f".{WORK}"))
    return MeasuredArchive(len(files), plan.posts, plan.doubles, len(plan.parts), cases, weeks)


def _look(files: Iterable[ArchiveFile], engine: Engine, setup: Setup) -> list[ArchiveFile]:
    """Look at all files, some while others are made; return them."""
    told = sorted(engine.map_made_parts(partial(look_at_file, setup=setup), files), key=_by_number)
    problems = [problem for _, problem in told if problem is not None]
    if problems:
        more = f" (other files too: {len(problems) - 1})" if len(problems) > 1 else ""
        msg = f"{problems[0]}{more}"
        raise ImportFileError(msg)
    return [file for file, _ in told]


def _by_number(looked: tuple[ArchiveFile, object]) -> int:
    return looked[0].number


def _refuse_strangers(plan: Plan, request: ArchiveRequest) -> None:
    if not plan.parts:
        names = ", ".join(brand.key for brand in request.brands)
        msg = f"none of the {plan.posts} posts has to do with {names}; name their accounts"
        raise ConfigError(msg)


def _hand_on(files: Sequence[ArchiveFile], engine: Engine, setup: Setup) -> None:
    """Move the words to where they are needed; who sees all posts never sees these."""
    _finish(engine.map_small_parts(partial(split_file, folder=setup.folder), files))
    brands = list_told_brands(setup.folder)
    _finish(engine.map_small_parts(partial(find_canned_of_brand, folder=setup.folder), brands))
    write_canned(setup.folder)


def _finish(done: Iterable[object]) -> None:
    for _ in done:
        pass


def _count_up(request: ArchiveRequest, engine: Engine, setup: Setup, plan: Plan) -> int:
    method = Method(
        measures_version=MEASURES_VERSION,
        phrases_digest=request.phrases.digest,
        labeller=LABELLER,
    )
    measurer = BrandMeasurer(
        setup=setup,
        observation=plan.observation,
        method=method,
        weeks=request.weeks,
        handles=request.handles,
        target=setup.folder.parent,
        known=request.known,
    )
    keys = [brand.key for brand in request.brands]
    weeks = sum(count for _, count in engine.map_small_parts(measurer, keys))
    _join_figures(setup, keys)
    return weeks


def _join_figures(setup: Setup, keys: Iterable[str]) -> None:
    """Write the figures of all brands into one file, one brand at a time."""
    head = {
        "json_version": JSON_VERSION,
        "program_version": __version__,
        "as_of": setup.as_of.isoformat(),
    }
    with (setup.folder.parent / FIGURES_FILE).open("wb") as file:
        file.write(orjson.dumps(head)[:-1] + b',"brands":{')
        for number, key in enumerate(keys):
            own = (setup.folder / FIGURES / f"{key}.json").read_bytes()
            file.write((b",\n" if number else b"\n") + orjson.dumps(key) + b":" + own)
        file.write(b"\n}}\n")
