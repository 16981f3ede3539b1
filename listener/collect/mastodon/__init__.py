"""Read Mastodon and the servers that speak its language."""

from listener.collect.mastodon.access import MastodonAccess
from listener.collect.mastodon.collector import MastodonCollector

__all__ = ["MastodonAccess", "MastodonCollector"]
