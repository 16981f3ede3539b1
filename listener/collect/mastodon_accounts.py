"""Accounts as addresses `user@host`, which are the same on every server.

A server writes its own people without a host (`acct: "anna"`), so that one
has to know which server an answer is from.
"""

from collections.abc import Iterable, Iterator

from listener.collect.fields import Record, find_host, read_id, read_record, read_records, read_text
from listener.collect.html_text import name_by_address
from listener.posts import fold_handle

LONGEST_ADDRESS = 300


class Accounts:
    """The accounts of one answer: by local id, by web address, by name."""

    def __init__(self, server: str, others: "Accounts | None" = None) -> None:
        """Start with nobody; local accounts belong to the server, if it is known.

        Where an account is asked for that is not here, the others are asked.
        """
        self._server = server
        self._others = others
        self._by_id: dict[str, str] = {}
        self._by_link: dict[str, str] = {}

    def add(self, statuses: Iterable[Record]) -> None:
        """Learn who writes the statuses, and whom they mention."""
        for account in list_accounts(statuses):
            address = self.name(account)
            local_id = read_id(account.get("id"))
            if address and local_id:
                self._by_id.setdefault(local_id, address)
            if address and read_text(account.get("url")):
                self._by_link.setdefault(read_text(account.get("url")), address)

    def see_from(self, status: Record) -> "Accounts":
        """Return the accounts such that what one status says of them counts first.

        A broken neighbour in the same answer must not rename whom it mentions.
        """
        own = Accounts(self._server, self)
        own.add([status])
        return own

    def name(self, account: Record) -> str:
        """Return the address of an account as it is written, empty if it cannot be told."""
        name = read_text(account.get("acct")) or read_text(account.get("username"))
        name = name.strip().lstrip("@")
        if "@" not in name:
            host = self._server or find_host(account.get("url"))
            name = f"{name}@{host}" if name and host else ""
        is_sound = len(name) <= LONGEST_ADDRESS and not any(map(str.isspace, name))
        return name if is_sound else ""

    def find(self, local_id: object) -> str | None:
        """Return the folded address behind a local id."""
        known = read_id(local_id)
        address = self._by_id.get(known) if known else None
        if address is None and self._others is not None:
            return self._others.find(known)
        return fold_handle(address) if address else None

    def name_mention(self, address: str, words: str) -> str:
        """Return the handle that a link in a text stands for, with its host."""
        known = self._by_link.get(address)
        if known is None and self._others is not None:
            return self._others.name_mention(address, words)
        return f"@{known}" if known else name_by_address(address, words)


def list_accounts(statuses: Iterable[Record]) -> Iterator[Record]:
    """Yield who writes the statuses, and whom they mention."""
    for status in statuses:
        yield read_record(status.get("account"))
        yield from read_records(status.get("mentions"))


def find_local_host(statuses: list[Record]) -> str | None:
    """Return the server that an answer is from, told by the people it knows as its own."""
    for account in list_accounts(statuses):
        name, host = read_text(account.get("acct")), find_host(account.get("url"))
        if name and "@" not in name and host:
            return host
    for status in statuses:
        if read_record(status.get("pleroma")).get("local") is True:
            return find_host(status.get("uri")) or None
    return None
