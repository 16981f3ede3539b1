"""Tell alerts once in a process of its own: `python -m tests.jobs.run_alerts`.

Arguments: the database, the folder of the settings, the port of the web hook, the targets, the
owner, the moment, and where the program is killed: `claimed`, `told`, or nowhere.
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from listener.jobs.alerts import rounds
from tests.jobs.alerting import open_alerting
from tests.servers.hooks import Hook


def die(*_: object, **__: object) -> None:
    """End as a machine ends whose power is cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Tell these targets."""
    url, folder, port, targets, owner, now, break_at = sys.argv[1:]
    with open_alerting(url, Path(folder), Hook(port=int(port))) as alerting:
        alerting.targets = targets
        alerting.clock.now = datetime.fromisoformat(now)
        if break_at == "claimed":
            rounds.render_alerts = die
        if break_at == "told":
            alerting.store.finish_alerts = die
        alerting.tell(owner=owner)


if __name__ == "__main__":
    main()
