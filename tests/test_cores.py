import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from listener.cores import Processes, count_cores, map_on_cores, work_ahead
from listener.engines import ThisProcess

# Begins processes that sleep, tells their numbers, and waits.
SLEEPERS = """
import multiprocessing, threading, time
from listener.cores import map_on_cores

def tell():
    while len(multiprocessing.active_children()) < 2:
        time.sleep(0.05)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)

if __name__ == "__main__":
    threading.Thread(target=tell).start()
    list(map_on_cores(time.sleep, [600, 600], cores=2))
"""

# Tells what a process that was begun afterwards finds.
ALLOCATOR = """
import subprocess, sys
from listener.cores import spare_memory

spare_memory()
print(subprocess.check_output(["printenv", "_RJEM_MALLOC_CONF"], text=True), end="")
"""


def tell_square(number):
    return number * number, os.getpid(), pl.thread_pool_size()


def die_elsewhere(number, home):
    if number == 1 and os.getpid() != home:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number):
    msg = f"cannot do {number}"
    raise ValueError(msg)


def test_parts_are_worked_on_in_other_processes_and_come_back_in_order():
    found = list(map_on_cores(tell_square, range(9), cores=2))
    assert [square for square, _, _ in found] == [number * number for number in range(9)]
    assert os.getpid() not in {process for _, process, _ in found}
    assert {threads for _, _, threads in found} == {1}


def test_one_core_needs_no_other_process():
    found = list(map_on_cores(tell_square, range(3), cores=1))
    assert {process for _, process, _ in found} == {os.getpid()}
    assert count_cores() >= 1


def test_parts_are_taken_only_when_there_is_room():
    taken = []

    def list_parts():
        for number in range(30):
            taken.append(number)
            yield number

    found = map_on_cores(tell_square, list_parts(), cores=2)
    next(found)
    assert len(taken) <= 4
    assert len(list(found)) == 29


def test_a_killed_process_loses_no_part(caplog):
    work = partial(die_elsewhere, home=os.getpid())
    assert list(map_on_cores(work, range(5), cores=2)) == [0, 1, 2, 3, 4]
    assert "going on with one core" in caplog.text


def test_small_parts_are_done_here_and_in_one_process_beside():
    found = dict(ThisProcess().map_small_parts(tell_square, range(9)))
    assert {number: square for number, (square, *_) in found.items()} == {
        number: number * number for number in range(9)
    }
    processes = {process for _, process, _ in found.values()}
    assert os.getpid() in processes
    assert len(processes) == min(count_cores(), 2)
    assert not multiprocessing.active_children()  # what they held is free for what comes next


def test_parts_are_done_while_others_are_made():
    for count in (2, 9):  # for two, no process is begun
        made = (number for number in range(count))
        found = list(ThisProcess().map_made_parts(tell_square, made))
        assert [(part, square) for part, (square, *_) in found] == [
            (number, number * number) for number in range(count)
        ]
        is_beside = os.getpid() not in {process for _, (_, process, _) in found}
        assert is_beside == (count == 9 and count_cores() > 1)


def test_a_killed_process_beside_loses_no_part(caplog):
    work = partial(die_elsewhere, home=os.getpid())
    with Processes(1, work) as other:
        assert sorted(other.share(work, range(5))) == [(number, number) for number in range(5)]
    assert "going on with one core" in caplog.text


@pytest.mark.skipif(count_cores() == 1, reason="there is no core for another process")
def test_a_process_works_ahead_once_it_has_begun():
    end = time.monotonic() + 60
    elsewhere, taken = set(), []

    def list_parts():
        while len(elsewhere) < 10 and time.monotonic() < end:
            taken.append(len(taken))
            yield taken[-1]
            time.sleep(0 if elsewhere else 0.02)

    for number, (square, process, _) in enumerate(work_ahead(tell_square, list_parts())):
        assert square == number * number
        assert len(taken) <= number + 8
        elsewhere |= {number} if process != os.getpid() else set()
    assert len(elsewhere) >= 10
    assert max(elsewhere) - min(elsewhere) == len(elsewhere) - 1 == len(taken) - 1 - min(elsewhere)


def test_what_fails_in_a_process_fails_here():
    with pytest.raises(ValueError, match="cannot do 7"):
        list(map_on_cores(refuse, [7], cores=2))


def test_processes_end_with_the_one_that_began_them(tmp_path):
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as parent:
        children = list(map(int, parent.stdout.readline().split()))
        parent.kill()
    assert len(children) == 2
    for child in children:
        while Path(f"/proc/{child}").exists():
            time.sleep(0.05)


def test_what_an_operator_told_the_allocator_holds():
    own = {**os.environ, "_RJEM_MALLOC_CONF": "narenas:2"}
    plain = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    told = [
        subprocess.check_output([sys.executable, "-c", ALLOCATOR], env=each, text=True).strip()
        for each in (own, plain)
    ]
    assert told[0] == "narenas:2"
    assert "dirty_decay_ms" in told[1]
