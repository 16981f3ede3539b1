"""What a running program calls itself where several share their work."""

import os
import secrets
import socket


def name_owner() -> str:
    """Return a name that no other running program has: host, process, and chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
