"""Measure a store in one process and tell how long each stage took: all of it, or one week.

`python -m tests.bench.stages URL all|window WEEK` prints JSON: seconds by stage, each without
those that it calls, the peak memory until its end, and how many posts were read and labelled.
"""

import sys
import time

started = time.perf_counter()

# Processes that share the work import this module once more, as they do with the program's own,
# which is as small.
if __name__ == "__main__":
    from listener import cli

    cli.spare_looks_at_objects()  # as the program itself begins
    cli.spare_threads()

    from tests.bench.clocked import measure  # imports count, too

    sys.exit(measure(started, *sys.argv[1:]))
