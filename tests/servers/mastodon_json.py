"""Write a world's posts and accounts as Mastodon's API does."""

from typing import Any

from tests.servers.mastodon_world import (
    MastodonWorld,
    WorldAccount,
    WorldNotification,
    WorldPost,
    write_html,
)


def write_account(world: MastodonWorld, account: WorldAccount) -> dict[str, Any]:
    # Only of its own people a server tells whether search engines are welcome.
    own = {"noindex": False} if account.domain == world.domain else {}
    return {
        "id": account.id,
        "username": account.name,
        "acct": account.name if account.domain == world.domain else account.address,
        "display_name": account.name.capitalize(),
        "url": f"{account.base_url}/@{account.name}",
        "uri": f"{account.base_url}/users/{account.name}",
        "bot": False,
        "note": "<p>Hello there</p>",
        "indexable": False,
        **own,
        **account.extra,
    }


def write_status(
    world: MastodonWorld, post: WorldPost, viewer: WorldAccount | None
) -> dict[str, Any]:
    parent, quoted = post.reply_to, post.quote_of
    return {
        "id": post.id,
        "uri": post.uri,
        "url": post.url,
        "created_at": write_moment(post.created_at),
        "edited_at": write_moment(post.edited_at) if post.edited_at else None,
        "account": write_account(world, post.author),
        "content": write_html(world, post.text),
        "spoiler_text": "",
        "visibility": post.visibility,
        "language": "en",
        "in_reply_to_id": parent.id if parent else None,
        "in_reply_to_account_id": parent.author.id if parent else None,
        "mentions": [write_account(world, one) for one in world.list_mentioned(post)],
        # Counts everybody's answers, also those that this viewer may not read.
        "replies_count": sum(1 for p in world.posts.values() if p.reply_to is post),
        "reblog": write_status(world, post.boost_of, viewer) if post.boost_of else None,
        "quote": (
            {"state": "accepted", "quoted_status": write_status(world, quoted, viewer)}
            if quoted
            else None
        ),
        **post.extra,
    }


def write_notification(world: MastodonWorld, note: WorldNotification) -> dict[str, Any]:
    return {
        "id": note.id,
        "type": note.kind,
        "created_at": write_moment(note.created_at),
        "account": write_account(world, note.post.author),
        "status": write_status(world, note.post, note.receiver),
    }


def write_conversation(
    world: MastodonWorld, last: WorldPost, viewer: WorldAccount
) -> dict[str, Any]:
    return {
        "id": f"7{last.id}",
        "unread": False,
        "accounts": [write_account(world, last.author)],
        "last_status": write_status(world, last, viewer),
    }


def write_instance(world: MastodonWorld, version: int) -> dict[str, Any]:
    if version == 1:
        return {"uri": world.domain, "version": world.version, "title": "a server"}
    versions = {} if world.api_version is None else {"mastodon": world.api_version}
    return {"domain": world.domain, "version": world.version, "api_versions": versions}


def write_moment(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
