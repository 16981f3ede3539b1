"""What is asked of X, in its old and its new names of fields.

X renamed `tweet.fields` to `post.fields` and so on in version 2.167 of its
interface (August 2026). tweepy knows the old names only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FieldNames = Literal["tweet", "post"]


@dataclass(frozen=True, slots=True)
class _Wishes:
    post_fields: tuple[str, ...]
    expansions: tuple[str, ...]
    message_fields: tuple[str, ...]


_SHARED_FIELDS = ("conversation_id", "created_at", "entities", "lang", "public_metrics", "text")
_MESSAGE_FIELDS = ("created_at", "dm_conversation_id", "event_type", "id", "text")
_USER_FIELDS = ("name", "protected", "username")
_WISHES: Mapping[FieldNames, _Wishes] = {
    "tweet": _Wishes(
        (
            *_SHARED_FIELDS,
            "author_id",
            "edit_history_tweet_ids",
            "in_reply_to_user_id",
            "note_tweet",
            "referenced_tweets",
        ),
        (
            "author_id",
            "edit_history_tweet_ids",
            "in_reply_to_user_id",
            "referenced_tweets.id",
            "referenced_tweets.id.author_id",
        ),
        (*_MESSAGE_FIELDS, "sender_id"),
    ),
    # Fields that hold ids are no fields any more: whoever expands them gets them.
    "post": _Wishes(
        (*_SHARED_FIELDS, "note_post"),
        ("author_id", "edit_history_post_ids", "in_reply_to_user_id", "referenced_posts"),
        _MESSAGE_FIELDS,
    ),
}


def ask_posts(names: FieldNames) -> dict[str, object]:
    """Return what tweepy is told where an answer is made of posts."""
    wishes = _WISHES[names]
    return {
        "tweet_fields": list(wishes.post_fields),
        "expansions": list(wishes.expansions),
        "user_fields": list(_USER_FIELDS),
    }


def ask_bare_posts(names: FieldNames) -> dict[str, object]:
    """Return what tweepy is told where authors are known, and what posts refer to is not wanted.

    All that an answer holds is paid for, an author more than a post. With the new
    names it cannot be told who wrote a post, or what it answers, without all that.
    """
    if names == "post":
        return ask_posts(names)
    return {"tweet_fields": list(_WISHES[names].post_fields)}


def ask_messages(names: FieldNames) -> dict[str, object]:
    """Return what tweepy is told where an answer is made of private messages."""
    return {
        "dm_event_fields": list(_WISHES[names].message_fields),
        "event_types": "MessageCreate",
        "expansions": ["sender_id"],
        "user_fields": list(_USER_FIELDS),
    }


def ask_users() -> dict[str, object]:
    """Return what tweepy is told where an answer is an account."""
    return {"user_fields": list(_USER_FIELDS)}


def rename_parameters(parameters: Mapping[str, object], names: FieldNames) -> dict[str, object]:
    """Return the parameters of a request as this version of the interface calls them."""
    if names == "tweet":
        return dict(parameters)
    renamed = {"tweet.fields": "post.fields"}
    return {renamed.get(name, name): value for name, value in parameters.items()}
