"""What makes the pages of a site, besides what reports say; and hashes by which both are known."""

import hashlib
from dataclasses import replace
from pathlib import Path

import orjson

import listener
from listener.report.site import split_statement
from listener.report.site_pages import Site
from listener.report.weekly import BrandWeek
from listener.resources import locale_dir, templates_dir
from listener.settings import Settings

_SOURCES = (".py", ".html", ".css", ".js", ".po")


def make_site(settings: Settings) -> Site:
    """Return what all pages have in common."""
    publish = settings.publish
    return Site(
        address=publish.address,
        title=publish.title,
        publisher=publish.publisher,
        statement=split_statement(publish.statement),
        imprint=publish.imprint,
        languages=publish.languages or (settings.report.language,),
        robots=publish.robots,
    )


def hash_form(settings: Settings) -> str:
    """Return a hash of the program, its templates and texts, and the settings of the site."""
    # Who opted out is seen in what pages say; nobody may test names against this hash.
    publish = replace(settings.publish, opt_outs=(), folder=None)
    told = hashlib.sha256(repr((publish, make_site(settings))).encode())
    own = settings.report.templates
    folders = (
        Path(listener.__file__).parent,
        templates_dir(),
        locale_dir(),
        *([own] if own else []),
    )
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SOURCES and path.is_file():
                told.update(path.name.encode() + b"\0" + path.read_bytes())
    return told.hexdigest()


def hash_week(week: BrandWeek) -> str:
    """Return a hash of what a report says; search words and caps are no part of it."""
    week = replace(week, brand=replace(week.brand, queries=(), month_cap_dollars=None))
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return hashlib.sha256(orjson.dumps(week, default=str, option=option)).hexdigest()
