"""`listener measure`: figures of all posts there are, on as many machines as there are."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.root import current_settings, now
from listener.cli.times import parse_moment
from listener.cores import spare_memory
from listener.engines import ENGINES, PATIENCE_SECONDS
from listener.errors import ConfigError

if TYPE_CHECKING:
    from listener.jobs.partitions.archive_files import ArchiveFile
    from listener.jobs.partitions.run import ArchiveRequest
    from listener.posts import Brand

EXAMPLES = (
    "listener measure --output figures",
    "listener measure --archive posts/ --output figures",
    "listener measure --engine cores --archive posts/ --output figures --weeks 2026-W10..2026-W14",
    "listener measure --engine dask --scheduler tcp://10.0.0.5:8786 --archive s3://bucket/posts/ "
    "--output /shared/figures",
)


def command(
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="where figures and evidence are written")
    ],
    archive: Annotated[
        str | None,
        typer.Option(
            metavar="PARQUET",
            help="a file, a folder, or s3://…, gs://…, az://…; else the posts of the database",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help=f"where it is done: {', '.join(ENGINES)}")
    ] = "this",
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help="of the cluster, such as tcp://host:8786")
    ] = None,
    weeks: Annotated[
        str | None,
        typer.Option(help="such as 2026-W10,2026-W12..2026-W14; else all complete ones"),
    ] = None,
    brand: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=ACCOUNT[,ACCOUNT…]", help="a brand, beside those of the settings"
        ),
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(parser=parse_moment, metavar="TIME", help="as known then")
    ] = None,
    patience: Annotated[
        float,
        typer.Option(min=1, metavar="SECONDS", help="give up when no part is done for so long"),
    ] = PATIENCE_SECONDS,
) -> None:
    """Measure all posts of the database, or of Parquet files, part by part.

    Every figure of each brand and week goes to figures.json, the evidence to a folder for each
    brand. The figures are those of `listener report` for the same posts.
    """
    spare_memory()
    from listener.engines import open_engine
    from listener.jobs.partitions.run import check_output, measure_archive
    from listener.report.places import replacing_folder

    request = _make_request(archive, weeks, brand or (), as_of or now())
    check_output(output)
    target = output.absolute()
    with (
        replacing_folder(target) as folder,
        open_engine(engine, scheduler, patience=patience, folder=folder) as opened,
        _filling(request, folder) if archive is None else nullcontext(request) as filled,
    ):
        done = measure_archive(filled, opened, folder, _tell)
    if done.doubles:
        _tell(
            f"posts that were there already in an earlier file: {done.doubles}; the last one holds"
        )
    if not done.weeks:
        _tell("there is no complete week yet; name one with --weeks")
    typer.echo(target / "figures.json")


@contextmanager
def _filling(request: "ArchiveRequest", folder: Path) -> Iterator["ArchiveRequest"]:
    """Lay the posts of the database beside the work, as long as that lasts."""
    from listener.app import open_store
    from listener.jobs.partitions.stored import load_known, write_stored

    settings = current_settings()
    with TemporaryDirectory(prefix=".posts-", dir=folder) as place, ExitStack() as opened:
        store = opened.enter_context(open_store(settings, must_exist=True))
        known = load_known(store, settings)  # first: later posts than it knows of do no harm
        files = write_stored(store, Path(place), as_of=request.as_of)
        first = next(files, None)
        if first is None:
            msg = (
                'the database has no posts; "listener collect" or "listener import FILE" adds some'
            )
            raise ConfigError(msg)
        yield replace(request, files=chain([first], _close_after(files, opened)), known=known)


def _close_after(files: Iterator["ArchiveFile"], opened: ExitStack) -> Iterator["ArchiveFile"]:
    """Yield files, and close what they are made from: it holds memory that is needed later."""
    yield from files
    opened.close()


def _make_request(
    archive: str | None, weeks: str | None, brands: Sequence[str], moment: datetime
) -> "ArchiveRequest":
    from listener.app import load_phrases
    from listener.jobs.brand_flags import parse_brands
    from listener.jobs.partitions.archive_files import list_files
    from listener.jobs.partitions.figures import parse_weeks
    from listener.jobs.partitions.run import ArchiveRequest

    settings = current_settings()
    chosen = parse_weeks(weeks, moment)
    named = parse_brands(brands)
    keys = {brand.key for brand in named}
    listed = settings.brands if archive is not None else _find_stored_brands()
    known = (*(brand for brand in listed if brand.key not in keys), *named)
    if not known:
        msg = "no brands are known; name some with --brand KEY=ACCOUNT, or in the settings"
        raise ConfigError(msg)
    return ArchiveRequest(
        files=() if archive is None else tuple(list_files(archive)),
        brands=known,
        phrases=load_phrases(settings),
        as_of=moment,
        settle_days=settings.settle_days,
        weeks=chosen,
        handles=settings.report.handles,
    )


def _find_stored_brands() -> "tuple[Brand, ...]":
    from listener.app import open_store
    from listener.jobs.brands import find_brands

    settings = current_settings()
    with open_store(settings, must_exist=True) as store:
        return find_brands(settings, store)


def _tell(line: str) -> None:
    typer.echo(f"listener: {line}", err=True)
