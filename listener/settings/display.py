"""Whether somebody sits before this machine who could look at a window."""

import os
import sys
from collections.abc import Mapping

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
_WITH_SCREEN = ("darwin", "win32")


def has_display(env: Mapping[str, str] | None = None, platform: str = sys.platform) -> bool:
    """Tell whether a browser's window could be shown.

    Args:
        env: The environment; that of the process if absent. `BROWSER` names a browser that
            needs no screen, or brings its own.
        platform: The kind of this machine.
    """
    env = os.environ if env is None else env
    return platform in _WITH_SCREEN or any(env.get(name) for name in ("BROWSER", *_SCREENS))
