"""Keep the work list young: measured when somebody looks, by one thread at a time."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from listener.errors import ListenerError
from listener.jobs.work_list import WorkBoard

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 2.0
YOUNG_SECONDS = 20.0
# Measuring takes a fifth of one processor's time at most, however large the store is.
RESTS = 4


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of the work list.

    Attributes:
        board: The newest one; None if it was never measured.
        problem: Why it could not be measured anew; empty if it could.
    """

    board: WorkBoard | None
    problem: str = ""


class Keeper:
    """Hands out the newest work list, and has it measured when it has grown old.

    Whoever looks waits a moment for a fresh one; where measuring takes longer he gets
    the older one, and the fresh one when he looks again.
    """

    def __init__(
        self, measure: Callable[[], WorkBoard], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Measure nothing yet.

        Args:
            measure: Opens the store, measures, and closes it.
            clock: Tells seconds.
        """
        self._measure, self._clock = measure, clock
        self._changed = threading.Condition()
        self._look = Look(None)
        self._is_measuring = False
        self._due_at = clock()

    def look(self, patience: float = PATIENCE_SECONDS) -> Look:
        """Return the newest list, after a moment's wait for one that is being measured."""
        with self._changed:
            if not self._is_measuring and self._clock() >= self._due_at:
                self._is_measuring = True
                threading.Thread(target=self._renew, daemon=True).start()
            self._changed.wait_for(lambda: not self._is_measuring, patience)
            return self._look

    def _renew(self) -> None:
        began = self._clock()
        try:
            look = Look(self._measure())
        except ListenerError as error:
            look = Look(self._look.board, str(error))
            logger.warning("work list: %s", error)
        except Exception as error:
            look = Look(self._look.board, f"unexpected {type(error).__name__}")
            logger.exception("work list")
        ended = self._clock()
        with self._changed:
            self._look, self._is_measuring = look, False
            self._due_at = ended + max(YOUNG_SECONDS, RESTS * (ended - began))
            self._changed.notify_all()
