"""Make one round in a process of its own, which a test may kill: `python -m tests.jobs.run_round`.

Arguments: the settings file and the time. Tokens come from the environment.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

from listener.app import open_store
from listener.jobs.collecting.accounts import open_collector
from listener.jobs.collecting.collection import collect
from listener.jobs.collecting.plans import plan_desks
from listener.jobs.collecting.purse import make_purse
from listener.settings import load_settings
from listener.settings.tokens import load_tokens


def main() -> None:
    """Collect once."""
    config, moment = sys.argv[1:]
    now = datetime.fromisoformat(moment)
    settings = load_settings(Path(config), env=os.environ)
    tokens = load_tokens(settings, os.environ)
    with open_store(settings) as store:
        collect(
            store,
            plan_desks(settings.brands, tokens, x_messages=settings.x.private_messages),
            make_purse(store, settings.x, settings.brands),
            lambda desk: open_collector(desk, settings, tokens, lambda: now),
            brands=settings.brands,
            now=lambda: now,
            history_days=settings.x.history_days,
        )


if __name__ == "__main__":
    main()
