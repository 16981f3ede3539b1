"""Link cases to those that the same customer opened soon after or before."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from listener.report.weekly import CaseLink

Row = Mapping[str, Any]


@dataclass(slots=True)
class Recontacts:
    """What each case led to, and what it came after."""

    earlier: dict[str, CaseLink] = field(default_factory=dict)
    later: dict[str, tuple[CaseLink, ...]] = field(default_factory=dict)


def find_recontacts(
    cases: pl.DataFrame, listed: Collection[str], find_link: Callable[[Row], str | None]
) -> Recontacts:
    """Return the links between cases by `recontact_of`.

    Args:
        cases: All cases of a brand.
        listed: Ids of those on the page; others are linked to their first post.
        find_link: Given a row of `cases`, returns the address of its first post.
    """
    of = pl.col("recontact_of").is_not_null()
    both = cases.filter(of | pl.col("case").is_in(cases.filter(of)["recontact_of"].implode()))
    addresses = [find_link(case) for case in both.iter_rows(named=True)]
    linked = both.with_columns(pl.Series("opening_url", addresses, dtype=pl.String))
    own = linked.select("case", "opened_at", "opening_url")
    pairs = (
        linked.filter(of)
        .select("case", "opened_at", "opening_url", "recontact_of")
        .join(own, left_on="recontact_of", right_on="case", suffix="_old")
        .sort("opened_at", "case")
    )
    found = Recontacts()
    later: dict[str, list[CaseLink]] = defaultdict(list)
    for pair in pairs.iter_rows(named=True):
        new, old = pair["case"], pair["recontact_of"]
        began, began_old = pair["opened_at"], pair["opened_at_old"]
        seconds = (began - began_old).total_seconds()
        address = _address(new, pair["opening_url"], listed)
        later[old].append(CaseLink(case=new, opened_at=began, seconds=seconds, address=address))
        address = _address(old, pair["opening_url_old"], listed)
        found.earlier[new] = CaseLink(
            case=old, opened_at=began_old, seconds=seconds, address=address
        )
    found.later = {case: tuple(links) for case, links in later.items()}
    return found


def _address(case: str, url: str | None, listed: Collection[str]) -> str | None:
    return f"#case-{case}" if case in listed else url
