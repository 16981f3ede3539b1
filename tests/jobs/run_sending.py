"""Send once in a process of its own: `python -m tests.jobs.run_sending`.

Arguments: the database, the folder of the reports, the port of the mail server, and
the owner. Prints how many mails were sent.
"""

import sys
from pathlib import Path

from listener.jobs.sending import send_editions
from listener.settings.secrets import MailSecrets
from listener.settings.values import Recipient
from listener.store.store import Store
from tests.jobs.mailing import BOSS, NOW, TEAM, Mailing
from tests.servers.mail import MailServer


def main() -> None:
    """Send to two readers."""
    url, folder, port, owner = sys.argv[1:]
    with Store.open(url, clock=lambda: NOW) as store:
        mailing = Mailing(store, Path(folder), MailServer(port=int(port)))
        settings = mailing.load_settings(
            Recipient(address=TEAM, brands=(), language="en"),
            Recipient(address=BOSS, brands=(), language="de"),
        )
        sending = send_editions(store, settings, MailSecrets(), now=NOW, owner=owner)
    sys.stdout.write(f"{len(sending.sent)}\n")


if __name__ == "__main__":
    main()
