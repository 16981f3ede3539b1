"""Judge what a look at an account on X showed, and what X says of its own bill."""

from datetime import datetime
from typing import TYPE_CHECKING

from listener.jobs.checking.findings import Notes
from listener.posts import Account, Brand, fold_handle

if TYPE_CHECKING:
    from listener.collect.x import XAccess, XUsage

_CONSOLE = "in X's developer console"
# From this share of X's own cap on, the month may end without posts.
_NEARLY_USED = 0.9


def judge_x(
    brand: Brand,
    account: Account,
    access: "XAccess",
    notes: Notes,
    *,
    at: datetime,
    reads_messages: bool,
) -> None:
    """Note what is right and wrong with an account and its keys.

    Args:
        brand: Whose account it is, and how it is watched.
        account: The account.
        access: What was seen.
        notes: Where findings go.
        at: Our clock when X answered.
        reads_messages: Whether private messages are to be read.
    """
    _judge_account(account, access, notes)
    _judge_keys(brand, account, access, notes)
    if access.is_own and _is_same(account, access):
        _judge_level(access, notes, reads_messages=reads_messages)
    notes.add_calls(access.calls_left, access.calls_limit)
    notes.add_clock(access.served_at - at if access.served_at else None)


def suggest_keys(account: Account) -> str:
    """Return the command that tells how an account gets its keys."""
    return f"listener login x {fold_handle(account.handle)}"


def judge_usage(usage: "XUsage", notes: Notes) -> None:
    """Note how much of X's own cap is used up."""
    read, cap = usage.posts_read, usage.posts_cap
    if read is None:
        notes.add("usage", "unknown", "x does not tell it")
        return
    days = usage.reset_in_days
    until = f"; counted anew in {days} days" if days is not None else ""
    if cap is None:
        notes.add("usage", "ok", f"{read:,} posts read in this month of x{until}")
        return
    told = f"{read:,} of {cap:,} posts read in this month of x{until}"
    hint = f"raise the limit {_CONSOLE}, or wait until x counts anew"
    if read >= cap:
        notes.add("usage", "problem", told, hint)
    elif read >= cap * _NEARLY_USED:
        notes.add("usage", "warning", told, hint)
    else:
        notes.add("usage", "ok", told)


def _judge_account(account: Account, access: "XAccess", notes: Notes) -> None:
    if access.is_own and not _is_same(account, access):
        return  # what was seen is another account; the finding about the keys says so
    if access.protected and not access.is_own:
        told = "exists, and shows its posts to followers only"
        notes.add("account", "problem", told, "watch another account, or use its own keys")
    else:
        notes.add("account", "ok", "exists")


def _judge_keys(brand: Brand, account: Account, access: "XAccess", notes: Notes) -> None:
    if not access.is_own:
        if brand.mode == "owner":
            told = "there are no keys of this account; owner mode needs them"
            hint = f"{suggest_keys(account)}, or set mode to watch"
            notes.add("token", "problem", told, hint)
        else:
            notes.add("token", "ok", "the bearer token is good")
        return
    if _is_same(account, access):
        notes.add("token", "ok", "the keys are good, the account's own")
    else:
        told = f"the keys are of @{access.handle}"
        notes.add("token", "problem", told, f"use this account's: {suggest_keys(account)}")


def _judge_level(access: "XAccess", notes: Notes, *, reads_messages: bool) -> None:
    """Judge what the keys may do: X shows private messages only to keys that may write them."""
    level = access.level
    if level is None:
        notes.add("permissions", "unknown", "x does not tell them")
    elif reads_messages and "directmessages" not in level:
        told = f"keys with the permission {level} are shown no private messages"
        hint = f"set x.private_messages to false, or choose direct messages {_CONSOLE}"
        notes.add("permissions", "problem", told, hint)
    elif level == "read":
        notes.add("permissions", "ok", "may only read")
    elif reads_messages:
        told = f"may do more than read ({level}); x wants that for private messages"
        hint = "set x.private_messages to false if you can do without them"
        notes.add("permissions", "warning", told, hint)
    else:
        hint = f"choose Read {_CONSOLE}, then make new access tokens"
        notes.add("permissions", "warning", f"may do more than read ({level})", hint)


def _is_same(account: Account, access: "XAccess") -> bool:
    return fold_handle(account.handle) == fold_handle(access.handle)
