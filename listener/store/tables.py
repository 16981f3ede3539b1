"""The tables. They are never built from foreign data: SQLModel tables do not validate."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, LargeBinary, Text
from sqlmodel import Field

from listener.store.archive_tables import ARCHIVE_FILES as ARCHIVE_FILES
from listener.store.columns import UTCDateTime
from listener.store.post_tables import METADATA as METADATA
from listener.store.post_tables import StoreTable


class ImportTable(StoreTable, table=True):
    """One platform's share of one imported file."""

    __tablename__ = "imports"

    id: int | None = Field(default=None, primary_key=True)
    platform: str = Field(sa_type=Text)
    file: str = Field(sa_type=Text)
    format: str = Field(sa_type=Text)
    imported_at: datetime = Field(sa_type=UTCDateTime)
    posts: int = Field(sa_type=BigInteger)
    new: int = Field(sa_type=BigInteger)
    changed: int = Field(sa_type=BigInteger)
    unchanged: int = Field(sa_type=BigInteger)
    refused: int = Field(sa_type=BigInteger)
    broken: int = Field(sa_type=BigInteger)
    oldest: datetime | None = Field(sa_type=UTCDateTime)
    newest: datetime | None = Field(sa_type=UTCDateTime)


class ForgottenTable(StoreTable, table=True):
    """A keyed hash of a forgotten person's id, handle or post; nothing readable."""

    __tablename__ = "forgotten"

    platform: str = Field(primary_key=True, sa_type=Text)
    digest: str = Field(primary_key=True, sa_type=Text)


class MetaTable(StoreTable, table=True):
    """What the store knows about itself, such as the key of the hashes."""

    __tablename__ = "store_meta"

    name: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class RunTable(StoreTable, table=True):
    """One attempt to read a source; `finished_at` stays empty when it was killed."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(None, "started_at"),
        Index(None, "state"),
        Index(None, "source", "started_at"),
        Index(None, "source", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Text)
    platform: str = Field(sa_type=Text)
    brand: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    planned_at: datetime = Field(sa_type=UTCDateTime)
    started_at: datetime = Field(sa_type=UTCDateTime)
    finished_at: datetime | None = Field(sa_type=UTCDateTime)
    state: str = Field(sa_type=Text)
    pages: int = Field(sa_type=BigInteger)
    read: int = Field(sa_type=BigInteger)
    new: int = Field(sa_type=BigInteger)
    changed: int = Field(sa_type=BigInteger)
    gone: int = Field(sa_type=BigInteger)
    announced: int = Field(sa_type=BigInteger)
    missing: int = Field(sa_type=BigInteger)
    error: str | None = Field(sa_type=Text)
    problems: str = Field(sa_type=Text)
    lost_since: datetime | None = Field(sa_type=UTCDateTime)
    lost_until: datetime | None = Field(sa_type=UTCDateTime)
    retry_at: datetime | None = Field(sa_type=UTCDateTime)


class CursorTable(StoreTable, table=True):
    """Up to where a source was read completely, in the platform's own ids."""

    __tablename__ = "cursors"

    source: str = Field(primary_key=True, sa_type=Text)
    newest_id: str = Field(sa_type=Text)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    moved_at: datetime = Field(sa_type=UTCDateTime)


class SpendingTable(StoreTable, table=True):
    """What one brand's reads of one kind have cost on a day in UTC (`2026-03-02`)."""

    __tablename__ = "spending"
    __table_args__ = (Index(None, "day"),)

    platform: str = Field(primary_key=True, sa_type=Text)
    brand: str = Field(primary_key=True, sa_type=Text)
    day: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    units: int = Field(sa_type=BigInteger)
    micro_dollars: int = Field(sa_type=BigInteger)


class SpentThingTable(StoreTable, table=True):
    """A keyed hash of something that was paid for on a day; nothing readable."""

    __tablename__ = "spent_things"

    platform: str = Field(primary_key=True, sa_type=Text)
    day: str = Field(primary_key=True, sa_type=Text)
    digest: str = Field(primary_key=True, sa_type=Text)


class VisitTable(StoreTable, table=True):
    """When a conversation was last asked for, and by which of its posts."""

    __tablename__ = "visits"
    __table_args__ = (Index(None, "visited_at"), Index(None, "platform", "post_id"))

    platform: str = Field(primary_key=True, sa_type=Text)
    conversation: str = Field(primary_key=True, sa_type=Text)
    visited_at: datetime = Field(sa_type=UTCDateTime)
    post_id: str = Field(sa_type=Text)
    announced: int = Field(sa_type=BigInteger)
    is_whole: bool = Field(sa_type=Boolean)


class LeaseColumns(StoreTable):
    """Who has the lease of a row, since when and how long; all three are empty for none."""

    owner: str | None = Field(sa_type=Text)
    leased_at: datetime | None = Field(sa_type=UTCDateTime)
    lease_until: datetime | None = Field(sa_type=UTCDateTime)


class TaskTable(LeaseColumns, table=True):
    """Something that is done again and again, and how it went the last time."""

    __tablename__ = "tasks"

    name: str = Field(primary_key=True, sa_type=Text)
    due_at: datetime = Field(sa_type=UTCDateTime)
    started_at: datetime | None = Field(sa_type=UTCDateTime)
    finished_at: datetime | None = Field(sa_type=UTCDateTime)
    state: str = Field(sa_type=Text)
    error: str = Field(sa_type=Text)
    failing_since: datetime | None = Field(sa_type=UTCDateTime)
    failures: int = Field(sa_type=BigInteger)
    takeovers: int = Field(sa_type=BigInteger)


class EditionTable(LeaseColumns, table=True):
    """One brand's report of one week, such as `acme:2026-W47`."""

    __tablename__ = "editions"

    key: str = Field(primary_key=True, sa_type=Text)
    made_at: datetime | None = Field(sa_type=UTCDateTime)
    folder: str = Field(sa_type=Text)
    error: str = Field(sa_type=Text)
    attempts: int = Field(sa_type=BigInteger)


class MailTable(LeaseColumns, table=True):
    """One edition for one reader, whose address is kept as a digest only."""

    __tablename__ = "mails"

    key: str = Field(primary_key=True, sa_type=Text)
    digest: str = Field(primary_key=True, sa_type=Text)
    sent_at: datetime | None = Field(sa_type=UTCDateTime)
    message_id: str = Field(sa_type=Text)
    error: str = Field(sa_type=Text)
    attempts: int = Field(sa_type=BigInteger)
    released_at: datetime | None = Field(sa_type=UTCDateTime)
    next_at: datetime | None = Field(sa_type=UTCDateTime)


class UnsubscribedTable(StoreTable, table=True):
    """A reader who wants no more mail, by the digest that stands in `mails`."""

    __tablename__ = "unsubscribed"

    digest: str = Field(primary_key=True, sa_type=Text)
    unsubscribed_at: datetime = Field(sa_type=UTCDateTime)


class AlertTable(LeaseColumns, table=True):
    """One alert for one target, by its name in the settings; `key` is a digest.

    `begun_at` is when it was about to be handed over: from then on it may have arrived.
    """

    __tablename__ = "alerts"

    target: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    brand: str = Field(sa_type=Text)
    begun_at: datetime | None = Field(sa_type=UTCDateTime)
    sent_at: datetime | None = Field(sa_type=UTCDateTime)
    released_at: datetime | None = Field(sa_type=UTCDateTime)
    next_at: datetime | None = Field(sa_type=UTCDateTime)
    error: str = Field(sa_type=Text)


class ReviewTable(StoreTable, table=True):
    """The labels that a person gave a post, and what the program had said of it.

    `labels` and `said` are lists as JSON; `phrases` is the hash of the phrase files then,
    `digest` tells whether the post still has the words that the person read.
    """

    __tablename__ = "reviews"

    platform: str = Field(primary_key=True, sa_type=Text)
    post_id: str = Field(primary_key=True, sa_type=Text)
    reviewer: str = Field(primary_key=True, sa_type=Text)
    labels: str = Field(sa_type=Text)
    said: str = Field(sa_type=Text)
    phrases: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    reviewed_at: datetime = Field(sa_type=UTCDateTime)


class CaseReviewTable(StoreTable, table=True):
    """A case that a person went through to its end; `outcome` is empty where it was too early.

    It holds while the case begins and ends with the same posts. `pick` and `stratum` tell how
    the case was chosen: what is measured by reviews needs a sample whose chances are known.
    """

    __tablename__ = "case_reviews"

    case: str = Field(primary_key=True, sa_type=Text)
    reviewer: str = Field(primary_key=True, sa_type=Text)
    brand: str = Field(sa_type=Text)
    platform: str = Field(sa_type=Text)
    opening_post_id: str = Field(sa_type=Text)
    last_post_id: str = Field(sa_type=Text)
    outcome: str | None = Field(sa_type=Text)
    said: str | None = Field(sa_type=Text)
    phrases: str = Field(sa_type=Text)
    pick: str = Field(sa_type=Text)
    stratum: str = Field(sa_type=Text)
    reviewed_at: datetime = Field(sa_type=UTCDateTime)


class ToldOutcomeTable(StoreTable, table=True):
    """What came of a case by somebody who was told elsewhere; `source` says where.

    It hangs on the customer's first post of the case, for a case's name changes when an
    earlier post is found; `case` is its name when this was kept.
    """

    __tablename__ = "told_outcomes"

    brand: str = Field(primary_key=True, sa_type=Text)
    platform: str = Field(primary_key=True, sa_type=Text)
    post_id: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    told_at: datetime = Field(primary_key=True, sa_type=UTCDateTime)
    case: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    saved_at: datetime = Field(sa_type=UTCDateTime)


class QuotingTable(StoreTable, table=True):
    """What an account says of being quoted, under a keyed hash of its id, and since when."""

    __tablename__ = "quoting"

    platform: str = Field(primary_key=True, sa_type=Text)
    digest: str = Field(primary_key=True, sa_type=Text)
    says: str = Field(sa_type=Text)
    seen_at: datetime = Field(sa_type=UTCDateTime)


class KeptLabelsTable(StoreTable, table=True):
    """Labels of the cases that began in a week (`2026-W10`), so that they are read only once.

    `reading` names phrases and program; `content` knows cases by keyed digests alone.
    """

    __tablename__ = "kept_labels"

    week: str = Field(primary_key=True, sa_type=Text)
    reading: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)


IMPORTS = METADATA.tables["imports"]
FORGOTTEN = METADATA.tables["forgotten"]
META = METADATA.tables["store_meta"]
RUNS = METADATA.tables["runs"]
CURSORS = METADATA.tables["cursors"]
SPENDING = METADATA.tables["spending"]
SPENT_THINGS = METADATA.tables["spent_things"]
VISITS = METADATA.tables["visits"]
TASKS = METADATA.tables["tasks"]
EDITIONS = METADATA.tables["editions"]
MAILS = METADATA.tables["mails"]
UNSUBSCRIBED = METADATA.tables["unsubscribed"]
ALERTS = METADATA.tables["alerts"]
REVIEWS = METADATA.tables["reviews"]
CASE_REVIEWS = METADATA.tables["case_reviews"]
TOLD_OUTCOMES = METADATA.tables["told_outcomes"]
QUOTING = METADATA.tables["quoting"]
KEPT_LABELS = METADATA.tables["kept_labels"]
