"""Find the case that a person means."""

from collections import defaultdict
from functools import cached_property
from typing import Any

import polars as pl

from listener.errors import ConfigError
from listener.measure.tables import Tables

_NAMED = 5


class CaseFinder:
    """Finds cases by name, by the beginning of it, or by the address or id of a post."""

    def __init__(self, tables: Tables) -> None:
        """Look among the cases of these tables."""
        self._cases, self._posts = tables.cases, tables.case_posts

    @cached_property
    def _names(self) -> list[str]:
        names: list[str] = self._cases["case"].to_list()
        return names

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self._names)}

    @cached_property
    def _by_post(self) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for case, post_id, url in self._posts.select("case", "post_id", "url").iter_rows():
            found[post_id].add(case)
            if url:
                found[url].add(case)
        return found

    def find(self, name: str, *, whole: bool = False) -> dict[str, Any]:
        """Return the row of the case that is meant.

        Args:
            name: Of the case, its beginning, or the address or id of a post.
            whole: No beginning will do: a name of another program's would hit a case by chance.

        Raises:
            ConfigError: If no case, or more than one, is meant.
        """
        name = name.strip()
        found = self._list_meant(name, whole=whole)
        if len(found) == 1:
            return self._cases.row(self._places[found[0]], named=True)
        if not found:
            msg = (
                f'there is no case "{name}"; "listener cases" lists their names; '
                "the address of one of its posts will do, too"
            )
        else:
            some = ", ".join(found[:_NAMED])
            msg = f'"{name}" may mean {len(found)} cases; name one of them: {some}'
        raise ConfigError(msg)

    def _list_meant(self, name: str, *, whole: bool) -> list[str]:
        named = {name} & self._places.keys()
        exact = named | (self._by_post.get(name, set()) & self._places.keys())
        if exact or whole or not name:
            return sorted(exact, key=self._places.__getitem__)
        return [each for each in self._names if each.startswith(name)]

    def list_posts(self, case: str) -> pl.DataFrame:
        """Return the posts of a case in order."""
        return self._posts.filter(pl.col("case") == case).sort("order")
