"""Turn drafts into posts: ids, addresses, mentions, edits, deletions."""

import re
from collections import Counter
from datetime import datetime, timedelta

from listener.posts import Post, fold_handle
from tests.demo_source.chance import Chance
from tests.demo_source.staging import END, Draft

X_EPOCH_MS = 1_288_834_974_657
MENTION = re.compile(r"(?<![\w/@.])@(\w+)")
X_BRAND_IDS = {"kranichhilfe": "7100000011", "kranichbahn": "7100000012",
               "hedgewickhelp": "7100000021", "hedgewick": "7100000022"}  # fmt: skip


class Press:
    """Gives every draft its id once, then prints it as a post."""

    def __init__(self, drafts: list[Draft]) -> None:
        self._ids = {id(draft): _make_id(draft, number) for number, draft in enumerate(drafts)}
        self._answers = Counter(id(draft.parent) for draft in drafts if draft.parent)
        own = [draft.handle for draft in drafts if draft.platform == "mastodon"]
        self._handles = {fold_handle(handle).partition("@")[0]: handle for handle in own}

    def post_id(self, draft: Draft) -> str:
        return self._ids[id(draft)]

    def print_post(self, draft: Draft) -> Post:
        """Return the post; a deleted one has lost its words and its name."""
        chance = Chance("press", self.post_id(draft))
        deleted_at = _after(draft.at, chance, 30, 2000) if "del" in draft.flags else None
        parent_id, parent_author = self._parent(draft)
        return Post(
            platform=draft.platform,
            post_id=self.post_id(draft),
            author_id=_author_id(draft),
            author_handle=draft.handle,
            author_name="" if deleted_at else _name(draft),
            created_at=draft.at,
            text="" if deleted_at else draft.text,
            language=None if deleted_at or chance.happens(0.06) else draft.language,
            reply_to_id=parent_id,
            reply_to_author_id=parent_author,
            quote_of_id=self.post_id(draft.quoted) if draft.quoted else None,
            conversation_id=self._conversation(draft),
            mentions=() if deleted_at else self._mentions(draft),
            url=_url(draft, self.post_id(draft)),
            visibility=draft.visibility,
            edited_at=_after(draft.at, chance, 2, 25) if "edit" in draft.flags else None,
            deleted_at=deleted_at,
            replies_announced=self._announced(draft, chance),
            aliases=self._aliases(draft),
        )

    def _parent(self, draft: Draft) -> tuple[str | None, str | None]:
        if draft.parent:
            return self.post_id(draft.parent), _author_id(draft.parent)
        if "gone" not in draft.flags:
            return None, None
        own = draft.brand.handle(draft.platform)
        author = X_BRAND_IDS.get(fold_handle(own), own)
        return _missing_id(draft, own), author

    def _conversation(self, draft: Draft) -> str | None:
        if draft.platform == "mastodon":
            return None
        root = draft
        while root.parent:
            root = root.parent
        return self._parent(root)[0] or self.post_id(root)

    def _mentions(self, draft: Draft) -> tuple[str, ...]:
        names = [fold_handle(name) for name in MENTION.findall(draft.text)]
        if draft.platform == "mastodon":
            names = [self._handles.get(name, f"{name}@seebeck.example") for name in names]
        return tuple(dict.fromkeys(names))

    def _announced(self, draft: Draft, chance: Chance) -> int | None:
        if not chance.happens(0.4):
            return None
        return self._answers[id(draft)] + (1 if chance.happens(0.08) else 0)

    def _aliases(self, draft: Draft) -> tuple[str, ...]:
        own = self.post_id(draft)
        if draft.platform == "mastodon":
            return (f"{draft.handle.partition('@')[2]}/{own.rpartition('/')[2]}",)
        return (str(int(own) + 900_000_000_000),) if "edit" in draft.flags else ()


def _after(at: datetime, chance: Chance, low: int, high: int) -> datetime:
    return min(at + timedelta(minutes=chance.between(low, high)), END)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1000


def _make_id(draft: Draft, number: int) -> str:
    if draft.platform == "x":
        return str((_milliseconds(draft.at) - X_EPOCH_MS << 22) + number)
    name, _, host = draft.handle.partition("@")
    return f"https://{host}/users/{name}/statuses/{(_milliseconds(draft.at) << 16) + number}"


def _missing_id(draft: Draft, own: str) -> str:
    """Name a post that was written before and never collected."""
    before = _milliseconds(draft.at) - 5_400_000
    if draft.platform == "x":
        return str((before - X_EPOCH_MS << 22) + 7)
    name, _, host = own.partition("@")
    return f"https://{host}/users/{name}/statuses/{(before << 16) + 7}"


def _author_id(draft: Draft) -> str:
    if draft.speaker is None:
        return draft.person.author_id
    return X_BRAND_IDS.get(fold_handle(draft.account), draft.account)


def _name(draft: Draft) -> str:
    if draft.speaker is None:
        return draft.person.name
    names = {"lotte@werkstatt.example": "Lotte von Kiebitzrad"}
    care = draft.account == draft.speaker.handle(draft.platform)
    ending = {"kranich": " Hilfe", "hedgewick": " Help"}.get(draft.speaker.key, "") if care else ""
    return names.get(draft.account, draft.speaker.name + ending)


def _url(draft: Draft, post_id: str) -> str:
    """Return an address that leads nowhere: hosts under `.example` never exist."""
    if draft.platform == "x":
        return f"https://x.example/{draft.handle}/status/{post_id}"
    name, _, host = draft.handle.partition("@")
    return f"https://{host}/@{name}/{post_id.rpartition('/')[2]}"
