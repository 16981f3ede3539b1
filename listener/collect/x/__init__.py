"""Collect from X, read only; the one place that knows tweepy."""

from listener.collect.x.access import XAccess, XCount, XUsage
from listener.collect.x.collector import XCollector
from listener.collect.x.connection import API_URL, UserKeys
from listener.collect.x.names import FieldNames
from listener.collect.x.windows import make_mark

__all__ = [
    "API_URL",
    "FieldNames",
    "UserKeys",
    "XAccess",
    "XCollector",
    "XCount",
    "XUsage",
    "make_mark",
]
