"""What a server of Mastodon's kind knows: accounts, posts, who may read them.

Follows Mastodon's documentation where it matters to a reader: visibility, order
and paging by ids, the limits of contexts, filtered notifications. Ids are
numbers that hold the time (as Mastodon's) or ULIDs (as GoToSocial's).
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import RLock

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
_MENTION = re.compile(r"(?<![\w/])@(\w+(?:@[\w.-]+\w)?)")
_HASHTAG = re.compile(r"(?<![\w&])#(\w+)")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(eq=False)
class WorldAccount:
    """Somebody; with a token if he lives on this server."""

    id: str
    name: str
    domain: str
    base_url: str
    token: str | None = None
    followers: set[str] = field(default_factory=set)
    filtered: set[str] = field(default_factory=set)
    suspended: bool = False
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.name}@{self.domain}"


@dataclass(eq=False)
class WorldPost:
    """A post as this server has it; others have it under another id."""

    id: str
    uri: str
    url: str
    author: WorldAccount
    text: str
    visibility: str
    created_at: datetime
    reply_to: "WorldPost | None" = None
    boost_of: "WorldPost | None" = None
    quote_of: "WorldPost | None" = None
    edited_at: datetime | None = None
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.uri


@dataclass(eq=False)
class WorldNotification:
    id: str
    kind: str
    receiver: WorldAccount
    post: WorldPost
    created_at: datetime
    filtered: bool = False


class MastodonWorld:
    """One server's state; `url` is where it answers."""

    def __init__(self, domain: str = "social.example", *, ids: str = "snowflake") -> None:
        self.domain = domain
        self.url = f"https://{domain}"
        self.strangers_url = "https://{domain}"
        self.ids = ids
        self.version = "4.5.3"
        self.api_version: int | None = 7
        self.open_to_all = True
        self.anonymous_limits = (40, 60, 20)
        self.member_limits = (4096, 4096, 10_000)
        self.batch_limit = 20
        self.search_works = True
        self.missing: set[str] = set()  # paths that this server does not have
        self.now = START
        self.accounts: dict[str, WorldAccount] = {}
        self.posts: dict[str, WorldPost] = {}
        self.deleted: set[str] = set()
        self.notifications: list[WorldNotification] = []
        self.lock = RLock()
        self._numbers = count(1)

    # What happens in it

    def add_account(self, name: str) -> WorldAccount:
        """Add `name`, who lives here and has a token, or `name@elsewhere`."""
        user, _, domain = name.lstrip("@").partition("@")
        number = str(1000 + next(self._numbers))
        is_here = domain in ("", self.domain)
        account = WorldAccount(
            number if self.ids == "snowflake" else make_ulid(START, int(number)),
            user,
            domain or self.domain,
            self.url if is_here else self.strangers_url.format(domain=domain),
            f"token-of-{user}-{number}" if is_here else None,
        )
        self.accounts[account.address.casefold()] = account
        return account

    def find_account(self, name: str) -> WorldAccount | None:
        """Return an account by its name, with or without this server's host."""
        name = name.lstrip("@").casefold()
        return self.accounts.get(name if "@" in name else f"{name}@{self.domain}")

    def post(
        self,
        author: WorldAccount | str,
        text: str,
        *,
        reply_to: WorldPost | None = None,
        visibility: str = "public",
        at: datetime | None = None,
        quote_of: WorldPost | None = None,
        notify: bool = True,
        uri: str | None = None,
        url: str | None = None,
        **extra: object,
    ) -> WorldPost:
        """Write a post; a minute later than the last one unless `at` is given.

        A post of the past (`at`) arrives late: its id is an old one.
        """
        with self.lock:
            if at is None:
                self.now += timedelta(minutes=1)
            account = self._require(author)
            moment = at or self.now
            number = self._make_id(moment)
            uri = uri or f"{account.base_url}/users/{account.name}/statuses/{number}"
            url = url or f"{account.base_url}/@{account.name}/{number}"
            post = WorldPost(number, uri, url, account, text, visibility, moment, reply_to)
            post.quote_of, post.extra = quote_of, extra
            self.posts[number] = post
            if notify:
                self._notify_all(post)
            return post

    def receive(self, post: WorldPost, *, reply_to: WorldPost | None = None) -> WorldPost:
        """Get a post from another server: the same uri, an id of its own."""
        author = self.find_account(post.author.address) or self.add_account(post.author.address)
        author.base_url = post.author.base_url
        parent = reply_to or self.find_copy(post.reply_to)
        copy = self.post(
            author, post.text, at=post.created_at, reply_to=parent, visibility=post.visibility,
            uri=post.uri, url=post.url,
        )  # fmt: skip
        copy.edited_at = post.edited_at
        return copy

    def find_copy(self, post: WorldPost | None) -> WorldPost | None:
        """Return what this server has of another one's post."""
        return next((ours for ours in self.posts.values() if post and ours.uri == post.uri), None)

    def boost(self, account: WorldAccount, post: WorldPost) -> WorldPost:
        boost = self.post(account, "", notify=False)
        boost.boost_of = post
        return boost

    def edit(self, post: WorldPost, text: str) -> None:
        with self.lock:
            self.now += timedelta(minutes=1)
            post.text, post.edited_at = text, self.now

    def delete(self, post: WorldPost) -> None:
        with self.lock:
            self.posts.pop(post.id, None)
            self.deleted.add(post.id)
            self.notifications = [n for n in self.notifications if n.post is not post]

    def notify(self, post: WorldPost, receiver: WorldAccount, kind: str = "mention") -> None:
        """Tell an account of a post, perhaps late."""
        number = next(self._numbers)
        name = str(number) if self.ids == "snowflake" else make_ulid(self.now, number)
        is_filtered = post.author.address in receiver.filtered
        note = WorldNotification(name, kind, receiver, post, self.now, is_filtered)
        self.notifications.append(note)

    # Who may see what

    def may_see(self, viewer: WorldAccount | None, post: WorldPost) -> bool:
        """Tell whether a viewer may read a post: the rule that everything else uses."""
        if post.visibility in ("public", "unlisted") or viewer is post.author:
            return True
        if viewer is None:
            return False
        is_follower = viewer.address in post.author.followers
        return viewer in self.list_mentioned(post) or (post.visibility == "private" and is_follower)

    def list_mentioned(self, post: WorldPost) -> list[WorldAccount]:
        found = (self.find_account(name) for name in _MENTION.findall(post.text))
        return [account for account in found if account is not None]

    def list_visible(self, viewer: WorldAccount | None) -> list[WorldPost]:
        """Return what a viewer may read, newest first."""
        seen = [post for post in self.posts.values() if self.may_see(viewer, post)]
        return sorted(seen, key=lambda post: order(post.id), reverse=True)

    def list_children(self, post: WorldPost, viewer: WorldAccount | None) -> list[WorldPost]:
        children = [p for p in self.posts.values() if p.reply_to is post]
        return sorted((p for p in children if self.may_see(viewer, p)), key=lambda p: order(p.id))

    def list_ancestors(self, post: WorldPost, viewer: WorldAccount | None) -> list[WorldPost]:
        limit = (self.member_limits if viewer else self.anonymous_limits)[0]
        found: list[WorldPost] = []
        parent = post.reply_to
        while parent is not None and parent.id in self.posts and len(found) < limit:
            if self.may_see(viewer, parent):
                found.insert(0, parent)
            parent = parent.reply_to
        return found

    def list_descendants(self, post: WorldPost, viewer: WorldAccount | None) -> list[WorldPost]:
        _, most, deepest = self.member_limits if viewer else self.anonymous_limits
        return list(self._descend(post, viewer, deepest))[:most]

    def list_conversations(self, viewer: WorldAccount) -> list[WorldPost]:
        """Return the last direct post of each conversation, newest first."""
        lasts: dict[str, WorldPost] = {}
        for post in reversed(self.list_visible(viewer)):
            if post.visibility == "direct":
                lasts[find_root(post).id] = post
        return sorted(lasts.values(), key=lambda post: order(post.id), reverse=True)

    def list_with_tag(self, name: str, viewer: WorldAccount | None) -> list[WorldPost]:
        return [
            post
            for post in self.list_visible(viewer)
            if post.visibility == "public"
            and name.casefold() in map(str.casefold, _HASHTAG.findall(post.text))
        ]

    # Inner workings

    def _require(self, author: WorldAccount | str) -> WorldAccount:
        if isinstance(author, WorldAccount):
            return author
        return self.find_account(author) or self.add_account(author)

    def _make_id(self, moment: datetime) -> str:
        number = next(self._numbers)
        if self.ids == "ulid":
            return make_ulid(moment, number)
        return str((int(moment.timestamp() * 1000) << 16) + number)

    def _notify_all(self, post: WorldPost) -> None:
        for account in dict.fromkeys(self.list_mentioned(post)):
            if account.token and account is not post.author:
                self.notify(post, account)
        quoted = post.quote_of
        if quoted is not None and quoted.author.token:
            self.notify(post, quoted.author, "quote")

    def _descend(
        self, post: WorldPost, viewer: WorldAccount | None, depth: int
    ) -> Iterator[WorldPost]:
        if depth > 0:
            for child in self.list_children(post, viewer):
                yield child
                yield from self._descend(child, viewer, depth - 1)


def find_root(post: WorldPost) -> WorldPost:
    while post.reply_to is not None:
        post = post.reply_to
    return post


def order(number: str) -> tuple[int, str]:
    """Return how ids of one server are ordered; only the server itself may do so."""
    return len(number), number


def make_ulid(moment: datetime, number: int) -> str:
    """Return 26 letters and digits, the time first."""
    value = (int(moment.timestamp() * 1000) << 80) + number
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def write_html(world: MastodonWorld, text: str) -> str:
    """Return a text with the mark-up that Mastodon gives to mentions and hashtags."""

    def link(found: re.Match[str]) -> str:
        account = world.find_account(found[1])
        if account is None:
            return found[0]
        address = f"{account.base_url}/@{account.name}"
        return (
            f'<span class="h-card" translate="no"><a href="{address}" class="u-url mention">'
            f"@<span>{account.name}</span></a></span>"
        )

    def tag(found: re.Match[str]) -> str:
        address = f"{world.url}/tags/{found[1]}"
        return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{found[1]}</span></a>'

    marked = _HASHTAG.sub(tag, _MENTION.sub(link, html.escape(text, quote=False)))
    return f"<p>{marked}</p>"
