"""Write answers as X does, with the old or the new names of fields, for the test server."""

from collections.abc import Iterable
from typing import Any

from tests.servers.x_world import SHORT_TEXT, XMessage, XTweet, XUser, XVersion, XWorld

PROBLEMS = "https://api.twitter.com/2/problems/"
NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "note_tweet": "note_post",
    "retweet_count": "repost_count",
    "tweets": "posts",
    "tweet_count": "post_count",
    "total_tweet_count": "total_post_count",
}
# What the new names of wishes were called before; a list of posts is only to be expanded.
OLD_WISHES = {
    "note_post": ("note_tweet",),
    "edit_history_post_ids": ("edit_history_tweet_ids",),
    "referenced_posts": (
        "referenced_tweets",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    ),
}


def find_old_names(wishes: Iterable[str]) -> set[str]:
    return {name for wish in wishes for name in OLD_WISHES.get(wish, (wish,))}


def use_new_names(value: Any) -> Any:
    if isinstance(value, list):
        return [use_new_names(item) for item in value]
    if isinstance(value, dict):
        return {NEW_NAMES.get(name, name): use_new_names(item) for name, item in value.items()}
    if isinstance(value, str) and value.startswith(PROBLEMS):
        return value.replace("api.twitter.com", "api.x.com")
    return value


def write_time(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class Answers:
    """Writes for one request: what was wished for, and who may see it."""

    def __init__(self, world: XWorld, viewer: XUser | None, fields: set[str], expand: set[str]):
        self.world = world
        self.viewer = viewer
        self.fields = fields
        self.expand = expand

    def write_post(self, tweet: XTweet, version: XVersion) -> dict[str, Any]:
        text, short = self._write_text(tweet, version), {}
        if len(text) > SHORT_TEXT:
            short = {"note_tweet": {"text": text, **self._write_entities(tweet, text)}}
        shown = text if not short else text[: SHORT_TEXT - 1] + "…"
        replies = [t for t in self.world.tweets if t.reply_to is tweet and self.world.is_there(t)]
        post = {
            "id": version.id,
            "text": shown,
            "edit_history_tweet_ids": [v.id for v in tweet.versions],
            "author_id": tweet.author.id,
            "conversation_id": tweet.conversation_id,
            "created_at": write_time(version.at),
            "lang": tweet.lang,
            "public_metrics": {
                "retweet_count": 0,
                "reply_count": len(replies),
                "like_count": 0,
                "quote_count": 0,
                "bookmark_count": 0,
                "impression_count": 0,
            },
            **self._write_entities(tweet, shown),
            **self._write_references(tweet),
            **short,
        }
        always = {"id", "text", "edit_history_tweet_ids"}
        return {name: value for name, value in post.items() if name in self.fields | always}

    def write_posts(
        self, found: list[tuple[XTweet, XVersion]], errors: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Return data, what is expanded beside it, and errors about both."""
        users: dict[str, XUser] = {}
        beside: dict[str, tuple[XTweet, XVersion]] = {}
        for tweet, version in found:
            self._expand_users(tweet, users)
            self._expand_posts(tweet, version, beside, errors)
        if "referenced_tweets.id.author_id" in self.expand:
            users.update({t.author.id: t.author for t, _ in beside.values()})
        listed = {version.id for _, version in found}
        includes = {
            "users": [self.write_user(user) for user in users.values()],
            "tweets": [self.write_post(*p) for n, p in beside.items() if n not in listed],
        }
        body = {
            "data": [self.write_post(tweet, version) for tweet, version in found],
            "includes": {name: items for name, items in includes.items() if items},
            "errors": errors,
        }
        return {name: value for name, value in body.items() if value}

    def write_user(self, user: XUser) -> dict[str, Any]:
        return {
            "id": user.id,
            "name": user.name,
            "username": user.handle,
            "protected": user.protected,
        }

    def write_message(self, message: XMessage) -> dict[str, Any]:
        event = {
            "id": message.id,
            "event_type": message.kind,
            "created_at": write_time(message.at),
            "dm_conversation_id": "-".join(sorted((p.id for p in message.people), key=int)),
            "sender_id": message.sender.id,
            "text": message.text,
        }
        if message.kind != "MessageCreate":
            event = {"id": message.id, "event_type": message.kind}
        wished = self.fields | self.expand | {"id", "event_type"}
        return {name: value for name, value in event.items() if name in wished}

    def explain(self, number: str, parameter: str, section: str) -> dict[str, Any] | None:
        """Return why a post is not shown, None if it is."""
        found = self.world.find_version(number)
        about = {"value": number, "resource_id": number, "resource_type": "tweet"}
        about |= {"parameter": parameter}
        if not found or not self.world.is_there(found[0]):
            return {
                **about,
                "title": "Not Found Error",
                "detail": f"Could not find tweet with {parameter}: [{number}].",
                "type": f"{PROBLEMS}resource-not-found",
            }
        if not self.world.may_see(found[0], self.viewer):
            return {
                **about,
                "title": "Authorization Error",
                "section": section,
                "detail": f"Sorry, you are not authorized to see the Tweet: [{number}].",
                "type": f"{PROBLEMS}not-authorized-for-resource",
            }
        return None

    def _expand_users(self, tweet: XTweet, users: dict[str, XUser]) -> None:
        if "author_id" in self.expand:
            users[tweet.author.id] = tweet.author
        if "in_reply_to_user_id" in self.expand and tweet.reply_to:
            users[tweet.reply_to.author.id] = tweet.reply_to.author

    def _expand_posts(self, tweet, version, beside, errors) -> None:
        wanted = []
        if "referenced_tweets.id" in self.expand:
            wanted += [(n, "referenced_tweets.id") for _, n in self._list_references(tweet)]
        if "edit_history_tweet_ids" in self.expand:
            others = [v.id for v in tweet.versions if v is not version]
            wanted += [(number, "edit_history_tweet_ids") for number in others]
        for number, parameter in wanted:
            problem = self.explain(number, parameter, "includes")
            if problem is None:
                beside[number] = self.world.find_version(number)
            elif problem not in errors:
                errors.append(problem)

    def _list_references(self, tweet: XTweet) -> list[tuple[str, str]]:
        kinds = (
            ("retweeted", tweet.retweet_of and tweet.retweet_of.newest.id),
            ("replied_to", tweet.reply_to_id),
            ("quoted", tweet.quote_id),
        )
        return [(kind, number) for kind, number in kinds if number]

    def _write_references(self, tweet: XTweet) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if tweet.reply_to:
            written["in_reply_to_user_id"] = tweet.reply_to.author.id
        references = [{"type": kind, "id": number} for kind, number in self._list_references(tweet)]
        return {**written, "referenced_tweets": references} if references else written

    def _write_text(self, tweet: XTweet, version: XVersion) -> str:
        return f"{version.text} https://t.co/{tweet.quote_id}" if tweet.quote else version.text

    def _write_entities(self, tweet: XTweet, text: str) -> dict[str, Any]:
        mentions = [
            {"start": start, "end": end, "username": user.handle, "id": user.id}
            for user, start, end in self.world.find_mentions(tweet, text)
        ]
        short = f"https://t.co/{tweet.quote_id}"
        urls = [
            {
                "start": text.index(short),
                "end": text.index(short) + len(short),
                "url": short,
                "expanded_url": url,
                "display_url": url.removeprefix("https://"),
            }
            for url in self.world.list_urls(tweet)
            if short in text
        ]
        entities = {"mentions": mentions, "urls": urls}
        entities = {name: items for name, items in entities.items() if items}
        return {"entities": entities} if entities else {}
