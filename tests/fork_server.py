"""Processes of Python that begin with everything imported: `python -m tests.fork_server FD`.

To start the program takes longer than most of what tests let it do. A server that
has imported it and done nothing else makes a copy of itself for each process that is
asked for. What is asked for comes over the socket FD, with the
file descriptors that are to be the process's output and errors, and one on which its
number is told, and later how it ended.

`tests/processes.py` asks; the programs' own beginning is tested in `tests/cli/test_root.py`.
"""

import contextlib
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback
import warnings
from typing import Any

IMPORTED = (
    "listener.cli.root",
    "listener.collect.mastodon.collector",
    "listener.collect.x",
    "listener.jobs.weekly",
    "listener.schedule.worker",
    "tests.jobs.run_round",
)
LARGEST_REQUEST_BYTES = 1_000_000
_UNKNOWN_FAILURE = 1


def main() -> None:
    """Import, and start processes until nobody asks any more."""
    for name in IMPORTED:
        importlib.import_module(name)
    # Whoever waits for a process ends by himself.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        while True:
            request, files, _, _ = socket.recv_fds(asking, LARGEST_REQUEST_BYTES, 3)
            if not request:
                return
            if _fork() == 0:
                asking.close()
                _keep(json.loads(request), *files)
            for file in files:
                os.close(file)


def _fork() -> int:
    # Python warns of threads that hold something; those here, of Polars' memory, wait for work.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _keep(wanted: dict[str, Any], output: int, errors: int, told: int) -> None:
    """Start the process, wait for it, and tell how it ended, as `subprocess` does."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    number = _fork()
    if number == 0:
        os.close(told)
        _become(wanted, output, errors)
    os.close(output)
    os.close(errors)
    os.write(told, b"%d\n" % number)
    _, status = os.waitpid(number, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(wanted: dict[str, Any], output: int, errors: int) -> None:
    """Run a module as `python -m` does, and end."""
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (errors, 2)):
        os.dup2(source, target)
        os.close(source)
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    sys.argv = wanted["words"]
    code = _run(wanted["words"][0])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _run(module: str) -> int:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as error:
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 - the last one who can tell it
        traceback.print_exc()
        return _UNKNOWN_FAILURE
    return 0


if __name__ == "__main__":
    main()
