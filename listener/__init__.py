"""A listening bot and reply-quality monitor for brands on Mastodon and X."""

__version__ = "0.1.0"
