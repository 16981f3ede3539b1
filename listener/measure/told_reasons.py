"""What was told of a case from elsewhere, in a sentence each, apart from what was seen."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from listener.measure.reasons import Reason
from listener.measure.sentence import Term
from listener.measure.sentence import say as _


def give_told_reasons(told: Sequence[Mapping[str, Any]]) -> Iterator[Reason]:
    """Yield what was told of a case, the oldest first.

    Args:
        told: Its rows of the table of told outcomes.
    """
    for row in sorted(told, key=lambda row: row["told_at"]):
        because = _(
            "told by %(source)s as of %(time)s; not seen in public, and in no other figure",
            source=row["source"],
            time=row["told_at"],
        )
        yield Reason("told_elsewhere", Term("TOLD", row["outcome"]), because, "4")
