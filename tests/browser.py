"""Find the Chromium that tests drive, or install one: `python -m tests.browser`.

A browser that is there wins: `CHROMIUM`, then the usual names. Else Debian's
package is installed, else the build that Playwright brings. Only what really
starts counts: Ubuntu's `chromium-browser` package is a stub that asks for a snap.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Nothing but this machine can be reached, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


class BrowserMissingError(RuntimeError):
    """No Chromium starts on this machine."""


def find_browser() -> Path:
    """Return a Chromium that starts.

    Raises:
        BrowserMissingError: If there is none, or `CHROMIUM` names one that fails.
    """
    if chosen := os.environ.get("CHROMIUM"):
        if not _starts(chosen):
            msg = f"CHROMIUM={chosen}: this does not start"
            raise BrowserMissingError(msg)
        return Path(chosen)
    for candidate in _candidates():
        if _starts(candidate):
            return Path(candidate)
    msg = 'no Chromium starts on this machine; install one, set CHROMIUM, or run "make browser"'
    raise BrowserMissingError(msg)


def browser_arguments() -> list[str]:
    """Return the switches that tests start Chromium with."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*ARGUMENTS, "--no-sandbox"] if is_root else list(ARGUMENTS)


def install_browser() -> Path:
    """Return a Chromium that starts, after installing one if there is none."""
    for install in (None, _install_debian, _install_playwright):
        if install:
            install()
        try:
            return find_browser()
        except BrowserMissingError:
            if os.environ.get("CHROMIUM"):
                raise
    return find_browser()


def _candidates() -> Iterator[str]:
    yield from (path for path in map(shutil.which, NAMES) if path)
    if path := _playwright_browser():
        yield path


def _playwright_browser() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(program: str) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "chrom" in done.stdout.lower()


def _install_debian() -> None:
    if not shutil.which("apt-get"):
        return
    sudo = ["sudo"] if sys.stdin.isatty() else ["sudo", "--non-interactive"]
    root = [] if os.geteuid() == 0 else sudo
    _run([*root, "apt-get", "update", "-qq"])
    # Without a font of its own a page is measured in empty boxes.
    packages = ["chromium", "fonts-dejavu-core"]
    _run([*root, "apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages])


def _install_playwright() -> None:
    _run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])


def _run(command: Sequence[str]) -> None:
    # A failure is not the end: the next way may work, and the last check tells.
    print("+", *command, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(error, flush=True)


if __name__ == "__main__":
    try:
        print(f"browser: {install_browser()}")
    except BrowserMissingError as missing:
        sys.exit(str(missing))
