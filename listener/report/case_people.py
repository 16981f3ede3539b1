"""Who the customers of cases are to a page, and where their first posts can be looked at."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from listener.report.people import name_customer
from listener.report.privacy import Privacy
from listener.report.quotations import clean_text


class People:
    """Knows customers by the first name that they wrote under in each case."""

    def __init__(self, posts: pl.DataFrame, privacy: Privacy) -> None:
        """Take the posts of a brand's cases, and what may be seen of them."""
        written = posts.filter(pl.col("side") == "customer")
        first = written.group_by("case", maintain_order=True).agg(
            pl.col("author_handle").first(), pl.col("author_name").first()
        )
        self._known = {case: (handle, name) for case, handle, name in first.iter_rows()}
        gone = posts.filter("deleted").select("platform", "post_id")
        self._gone = frozenset(gone.iter_rows())
        self._privacy = privacy

    def choose_listed(self, cases: pl.DataFrame) -> pl.DataFrame:
        """Return the cases whose customers may be listed."""
        shown = [
            self._privacy.is_listed(customer, self._known.get(case, ("", ""))[0] or "")
            for case, customer in cases.select("case", "customer").iter_rows()
        ]
        return cases.filter(pl.Series(shown, dtype=pl.Boolean))

    def name(self, case: Mapping[str, Any]) -> str:
        """Return how a case's customer is called."""
        handle, name = self._known.get(case["case"], (case["customer"], ""))
        return name_customer(
            case["platform"],
            case["customer"],
            name=clean_text(name or ""),
            handle=clean_text(handle or case["customer"]),
            full=self._privacy.full,
            code_of=self._privacy.make_code,
        )

    def find_opening(self, case: Mapping[str, Any]) -> str | None:
        """Return the address of a case's first post, if there may be a link to it."""
        key = case["platform"], case["opening_post"]
        post = {
            "platform": case["platform"],
            "post_id": case["opening_post"],
            "url": case["opening_url"],
            "side": case["opened_by"],
            "deleted": key in self._gone,
        }
        return self._privacy.find_link(post) if self._privacy.is_shown(post) else None
