"""The command line: one thin module for each command, loaded when it runs.

`listener.cli.root` says how a command is added.
"""

import atexit
import gc
import os
import sys
from collections.abc import Sequence

# Posts and modules come by the hundred thousand, and circles are rare among them: to look for
# these after every seven hundred objects, as Python does, takes a tenth of a report's time.
_OBJECTS_BEFORE_A_LOOK = 500_000


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 all well, 1 something failed, 2 wrong usage or configuration, 130 stopped
    by the keyboard, 141 the reader of the output went away.

    Args:
        args: What follows the name of the program; `sys.argv` if absent.
    """
    spare_looks_at_objects()
    spare_threads()
    from listener.cli.root import run

    return run(sys.argv[1:] if args is None else args)


def spare_looks_at_objects() -> None:
    """Look for circles seldom, and not at all when the process ends: that took half a second."""
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


def spare_threads() -> None:
    """Have NumPy begin no threads that wait for matrices: nothing here multiplies any."""
    os.putenv("OPENBLAS_NUM_THREADS", "1")  # is read when NumPy is first imported
