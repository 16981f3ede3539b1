"""Read Mastodon and the servers that speak its language."""

from listener.collect.mastodon.access import MastodonAccess
from listener.collect.mastodon.collector import MastodonCollector
from listener.collect.mastodon.login import MastodonLogin

__all__ = ["MastodonAccess", "MastodonCollector", "MastodonLogin"]
