"""Tell a case by its public posts, as bubbles with labels and the words behind them."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from listener.measure.reviewed import BY_PERSON
from listener.posts import OPEN_VISIBILITIES, Brand
from listener.report.people import list_names, make_handle_namer
from listener.report.privacy import Privacy
from listener.report.quotations import QUOTE_LENGTH, build_quotation, clean_text
from listener.report.telling import STORY_POSTS
from listener.report.weekly import Evidence, Story, StoryPost

Finder = Callable[[pl.Series], pl.DataFrame]
# Longer parts of a post are named by their beginning: the post stands just above.
_FRAGMENT_LENGTH = 40
_NEARLY_ALL = 0.8
_UNTOLD_LABELS = frozenset({"signed"})
_ADDRESSED = re.compile(r"(?:\s*@\S+)+\s+")


def tell_stories(
    case_posts: pl.DataFrame,
    chosen: frozenset[str],
    customers: Mapping[str, str],
    brand: Brand,
    find_evidence: Finder | None,
    privacy: Privacy,
) -> dict[str, Story]:
    """Return the stories of the chosen cases; posts that are not public stay out.

    Args:
        case_posts: Posts of the brand's cases.
        chosen: Ids of the cases to tell.
        customers: How the customer of each case is called.
        brand: Its own handles may be named.
        find_evidence: Finds the words behind labels.
        privacy: What else may be seen.
    """
    quotable = pl.col("visibility").is_in(OPEN_VISIBILITIES).fill_null(value=False)
    told_of = case_posts.filter(pl.col("case").is_in(chosen)).sort("case", "order")
    numbered = told_of.with_columns(number=pl.int_range(1, pl.len() + 1).over("case"))
    public = _choose_shown(numbered.filter(quotable), privacy)
    shown = public.filter(pl.int_range(pl.len()).over("case") < STORY_POSTS)
    names = list_names(told_of)
    teller = _Teller(brand, _collect_words(shown, find_evidence), privacy, names)
    posts: dict[str, list[StoryPost]] = defaultdict(list)
    for post in shown.iter_rows(named=True):
        posts[post["case"]].append(teller.tell(post, customers[post["case"]]))
    totals = dict(public.group_by("case").len().iter_rows())
    return {
        case: Story(tuple(told), posts_left_out=totals[case] - len(told))
        for case, told in posts.items()
    }


def _choose_shown(posts: pl.DataFrame, privacy: Privacy) -> pl.DataFrame:
    shown = [privacy.is_shown(post) for post in posts.iter_rows(named=True)]
    return posts.filter(pl.Series(shown, dtype=pl.Boolean))


class _Teller:
    """Puts posts into the form in which they may be shown."""

    def __init__(
        self,
        brand: Brand,
        words: Mapping[tuple[int, str], list[str]],
        privacy: Privacy,
        names: Mapping[str, frozenset[str]],
    ) -> None:
        self._name = make_handle_namer([brand], full=privacy.full)
        self._words = words
        self._privacy = privacy
        self._names = names

    def tell(self, post: Mapping[str, Any], customer: str) -> StoryPost:
        if post["visibility"] not in OPEN_VISIBILITIES:
            msg = f"case {post['case']}: a private post must never be quoted"
            raise ValueError(msg)
        handle = clean_text(post["author_handle"] or "")
        limit = self._privacy.limit_words(post)
        text, is_shortened = self._quote_post(post, limit)
        return StoryPost(
            number=post["number"],
            side=post["side"],
            at=post["at"],
            author=f"@{handle}" if post["side"] == "brand" else customer,
            text=text,
            is_shortened=is_shortened,
            url=self._privacy.find_link(post),
            post_id=self._privacy.name_post(post),
            is_withheld=not limit,
            is_automatic=bool(post["automatic"]),
            is_deleted=bool(post["deleted"]),
            # Automatic replies count nowhere, so nothing is claimed of what they say.
            evidence=() if post["automatic"] else tuple(self._explain(post, limit)),
            is_by_person=post.get("labelled_by") == BY_PERSON,
            seen_at=post.get("seen_at"),
            digest=digest_words(post["text"]) if limit and post["text"] else "",
        )

    def _quote_post(self, post: Mapping[str, Any], limit: int) -> tuple[str, bool]:
        if not limit:
            return "", False
        return build_quotation(
            self._hide(post, post["text"] or ""), limit=limit, name_of=self._name
        )

    def _hide(self, post: Mapping[str, Any], text: str) -> str:
        return self._privacy.hide_names(text, self._names.get(post["case"], ()))

    def _explain(self, post: Mapping[str, Any], limit: int) -> Iterator[Evidence]:
        said = len(_ADDRESSED.sub("", post["text"] or "", count=1))
        for label in post["labels"]:
            if label in _UNTOLD_LABELS:
                continue
            words = [self._hide(post, part) for part in self._words.get((post["post"], label), [])]
            longest = [part for part in words if not _is_within_another(part, words)]
            if limit < QUOTE_LENGTH:  # the words may lie beyond what may be shown
                yield Evidence(label)
            elif sum(map(len, longest)) > _NEARLY_ALL * said:
                yield Evidence(label, is_whole=True)
            else:
                yield Evidence(label, self._quote(longest))

    def _quote(self, words: Sequence[str]) -> tuple[str, ...]:
        quoted = [
            build_quotation(part, limit=_FRAGMENT_LENGTH, name_of=self._name)[0] for part in words
        ]
        return tuple(dict.fromkeys(quoted))


def digest_words(text: str) -> str:
    """Return SHA-256 of a post's whole words, by which a copy of it can be recognised."""
    return hashlib.sha256(text.encode()).hexdigest()


def _is_within_another(part: str, words: Sequence[str]) -> bool:
    return any(part != other and part in other for other in words)


def _collect_words(
    posts: pl.DataFrame, find_evidence: Finder | None
) -> dict[tuple[int, str], list[str]]:
    if find_evidence is None or posts.is_empty():
        return {}
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    evidence = find_evidence(posts["post"].unique().sort()).select("post", "label", "words")
    for post, label, words in evidence.iter_rows():
        found[post, label].append(words)
    return found
