"""The files of `docs/deployment/` start what exists, and the guide names them all."""

import re
import shlex
import shutil
import subprocess
from collections import defaultdict

import pytest

from tests.project import ROOT, list_files, load_commands

FOLDER = ROOT / "docs" / "deployment"
GUIDE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
SERVICES = ("listener.service", "listener-weekly.service", "listener-serve.service")
UNITS = (*SERVICES, "listener-weekly.timer")
PROGRAM = "/opt/listener/venv/bin/listener"
SECTIONS = {"service": {"Unit", "Service", "Install"}, "timer": {"Unit", "Timer", "Install"}}


def read(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def read_unit(name):
    """Return what each key of each section is set to, all values in their order."""
    unit, section = defaultdict(lambda: defaultdict(list)), ""
    for line in read(name).splitlines():
        if title := re.fullmatch(r"\[(\w+)\]", line):
            section = title[1]
        elif line and not line.startswith("#"):
            assert re.fullmatch(r"[A-Z]\w+=.*", line), line
            key, _, value = line.partition("=")
            unit[section][key].append(value)
    return unit


def list_started():
    """Return every command line that a file starts, by the file's name, without the program."""
    for name in SERVICES:
        service = read_unit(name)["Service"]
        for line in (*service["ExecStartPre"], *service["ExecStart"]):
            assert line.removeprefix("-").startswith(f"{PROGRAM} ")
            yield name, line.partition(f"{PROGRAM} ")[2]
    for line in read_crontab():
        yield "crontab", line[-1]
    for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines():
        yield "Procfile", line.partition(": listener ")[2]
    yield "Containerfile", " ".join(re.findall(r'"(.+?)"', _find_line(r"CMD (.*)")))


def read_crontab():
    """Return the five times, the user, and what follows the program's name."""
    lines = [line for line in read("crontab").splitlines() if re.match(r"[\d*@]", line)]
    found = [re.fullmatch(r"(?:(\S+) +){5} *(\w+) +listener (.*)", line) for line in lines]
    assert lines
    assert all(found), lines
    return [(*line.split()[:5], one[2], one[3]) for line, one in zip(lines, found, strict=True)]


def _find_line(pattern):
    (found,) = re.findall(rf"^{pattern}$", read("Containerfile"), re.MULTILINE)
    return found


def is_known(line):
    """Tell whether a command exists and takes the options of this line."""
    name, *words = [word for word in shlex.split(line) if not word.startswith(">")]
    command = load_commands().get(name)
    takes = {each for param in command.params for each in param.opts} if command else set()
    return command is not None and {word for word in words if word.startswith("-")} <= takes


@pytest.mark.parametrize(("name", "line"), [*list_started()])
def test_what_is_started_exists(name, line):
    assert is_known(line), f"{name}: listener {line}"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("listener.service", "run"),
        ("listener-weekly.service", "weekly"),
        ("listener-serve.service", "serve"),
        ("crontab", "weekly"),
        ("crontab", "backup"),
        ("Procfile", "run"),
        ("Procfile", "migrate"),
        ("Containerfile", "run"),
    ],
)
def test_each_file_starts_what_it_is_for(name, command):
    assert command in {line.split()[0] for file, line in list_started() if file == name}


def test_every_file_is_named_and_installed_by_the_guide():
    files = [path.name for path in list_files() if path.parent == FOLDER]
    assert sorted(files) == sorted([*UNITS, "listener", "crontab", "environment", "Containerfile"])
    console = "\n".join(re.findall(r"^```console\n(.*?)^```", GUIDE, re.M | re.S))
    for name in files:
        assert f"`{name}`" in GUIDE, name
        assert re.search(rf"docs/deployment/{re.escape(name)}(?=\s)", console), name


def test_the_guide_types_only_commands_that_exist():
    blocks = "\n".join(re.findall(r"^```console\n(.*?)^```", GUIDE, re.M | re.S))
    typed = re.findall(
        r"(?:^|\$run .*?|podman exec listener )listener ((?!;)[a-z].*?)(?: &&|$)", blocks, re.M
    )
    assert len(typed) > 10
    assert not [line for line in typed if not is_known(line)]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_has_the_sections_of_its_kind(name):
    unit = read_unit(name)
    assert set(unit) <= SECTIONS[name.rpartition(".")[2]]
    assert unit["Unit"]["Description"]


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name, tmp_path):
    """With a program in the place of ours, since nothing is installed where the units say."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    for unit in UNITS:
        (tmp_path / unit).write_text(read(unit).replace(PROGRAM, "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / name)],
        capture_output=True, text=True, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "listener" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", SERVICES[1:])
def test_all_services_may_do_the_same_and_no_more(name):
    first, second = (dict(read_unit(name)["Service"]) for name in (SERVICES[0], name))
    own = {"Type", "ExecStartPre", "ExecStart", "Restart", "RestartSec", "RestartPreventExitStatus"}
    own |= {"KillMode", "TimeoutStartSec"}
    assert {key: first[key] for key in first.keys() - own} == {
        key: second[key] for key in second.keys() - own
    }
    assert first["User"] == ["listener"]
    assert first["ProtectSystem"] == ["strict"]
    assert first["NoNewPrivileges"] == ["yes"]
    assert first["CapabilityBoundingSet"] == [""]


def test_the_timer_starts_the_service_of_its_name_and_makes_up_for_pauses():
    timer = read_unit("listener-weekly.timer")
    assert timer["Timer"]["OnCalendar"] == ["hourly"]
    assert timer["Timer"]["Persistent"] == ["yes"]
    assert "Install" not in read_unit("listener-weekly.service")
    assert timer["Install"]["WantedBy"] == ["timers.target"]


def test_wrong_settings_are_not_tried_again():
    """Systemd looks at the exit code of the main process only, hence the `-` before the other."""
    service = read_unit("listener.service")["Service"]
    assert service["ExecStartPre"] == [f"-{PROGRAM} migrate"]
    assert service["Restart"] == ["always"]
    assert service["RestartPreventExitStatus"] == ["2"]
    assert int(service["TimeoutStopSec"][0]) > 10


def test_cron_finds_the_command_and_keeps_to_its_user():
    text = read("crontab")
    path = re.search(r"^PATH=(.*)$", text, re.MULTILINE)
    assert path
    assert "/usr/local/bin" in path[1].split(":")
    for *times, user, line in read_crontab():
        assert all(re.fullmatch(r"[\d*/,-]+", each) for each in times)
        assert user == "listener"
        assert "%" not in line  # cron takes it for the end of the line
    assert text.endswith("\n")  # cron ignores a last line without an end


def test_the_command_is_a_script_that_any_shell_takes():
    path = FOLDER / "listener"
    assert path.stat().st_mode & 0o111
    subprocess.run(["/bin/sh", "-n", str(path)], check=True)


def test_the_environment_is_read_alike_by_a_shell_and_by_systemd():
    lines = [line.removeprefix("# ") for line in read("environment").splitlines() if "=" in line]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Z_]+='[^'\\$]+'", line)] == []


def test_the_image_names_no_host_and_no_root():
    base = _find_line("ARG BASE=(.*)")
    assert "/" not in base
    assert set(re.findall(r"^FROM (\S+)", read("Containerfile"), re.MULTILINE)) == {"${BASE}"}
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", _find_line("USER (.*)"))
    assert _find_line("VOLUME (.*)") == '["/data", "/reports"]'
    assert _find_line("ENTRYPOINT (.*)") == '["listener"]'


def test_the_image_gets_all_that_the_wheel_is_made_of():
    copied = " ".join(re.findall(r"^COPY (?!--from)(.*) \S+$", read("Containerfile"), re.MULTILINE))
    names = copied.split()
    assert [name for name in names if not (ROOT / name).exists()] == []
    needed = {"listener", "config", "reports/templates", "reports/locale", "pyproject.toml"}
    assert needed <= set(names)
