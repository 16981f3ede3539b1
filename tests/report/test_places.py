"""What a killed maker left behind goes; what a living one writes does not."""

import signal
import subprocess
import sys
from pathlib import Path

from listener.report.places import replacing_folder

WRITER = """
import sys
from pathlib import Path
from listener.report.places import replacing_folder

with replacing_folder(Path(sys.argv[1])) as folder:
    (folder / "words.txt").write_text("my phone is dead")
    print(folder, flush=True)
    sys.stdin.read()
"""


def start_writer(target):
    """Start somebody who writes until his input ends; return him and his hidden folder."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, target],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return writer, Path(writer.stdout.readline().strip())


def write(target):
    with replacing_folder(target) as folder:
        (folder / "page.txt").write_text("all is well")


def test_what_a_dead_writer_left_goes_and_a_living_one_is_left_alone(tmp_path):
    target = tmp_path / "2026-W10"
    dead, abandoned = start_writer(target)
    dead.kill()
    assert dead.wait() == -signal.SIGKILL
    dead.communicate()
    living, begun = start_writer(target)
    assert not abandoned.exists()
    write(target)
    assert (begun / "words.txt").read_text() == "my phone is dead"
    assert [path.name for path in target.iterdir()] == ["page.txt"]
    living.communicate("")
    assert living.returncode == 0
    assert [path.name for path in target.iterdir()] == ["words.txt"]
    assert list(tmp_path.iterdir()) == [target]


def test_other_weeks_are_not_touched(tmp_path):
    other = tmp_path / ".2026-W1.abc"
    other.mkdir()
    write(tmp_path / "2026-W10")
    assert other.exists()
