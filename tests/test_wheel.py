"""The built package works alone: no checkout near it, all shipped files in it."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project import ROOT, list_files, load_pyproject

TARGET = load_pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]
MAPPED: dict[str, str] = TARGET["sources"]
PRIVATE = "reports/out/acme-2026-W10.html"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build from a copy in which a generated report lies about."""
    copy = tmp_path_factory.mktemp("copy")
    for path in list_files():
        place = copy / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    (copy / PRIVATE).parent.mkdir(parents=True)
    (copy / PRIVATE).write_text("what customers said")
    dist = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", dist, cwd=copy)
    (built,) = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    uv = Path(sys.executable).with_name("uv")
    python = ["--offline", "--python", sys.executable]
    command = (
        [uv, "pip", "install", *python] if uv.exists() else [sys.executable, "-m", "pip", "install"]
    )
    _run(*command, "--quiet", "--no-deps", "--no-index", "--target", target, wheel, cwd=target)
    return target


def test_the_wheel_installs_one_name(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    (metadata,) = (name for name in tops if name.endswith(".dist-info"))
    assert tops == {"listener", metadata}


@pytest.mark.parametrize("folder", MAPPED)
def test_the_wheel_holds_every_shipped_file(wheel, folder):
    shipped = {path.relative_to(ROOT / folder).as_posix() for path in _files_below(folder)}
    with zipfile.ZipFile(wheel) as archive:
        names = {
            name.removeprefix(f"{MAPPED[folder]}/")
            for name in archive.namelist()
            if name.startswith(f"{MAPPED[folder]}/")
        }
    assert shipped
    assert names == shipped


def test_the_wheel_holds_every_module_and_no_report(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {path.relative_to(ROOT).as_posix() for path in _files_below("listener")} <= names
    assert not [name for name in names if "2026-W10" in name or name.startswith("tests")]


def test_the_installed_program_uses_its_own_files(installed, tmp_path):
    script = "import listener.resources as r; print(r.__file__, r.config_dir(), r.templates_dir())"
    for place in _run(sys.executable, "-c", script, cwd=tmp_path, path=installed).split():
        assert Path(place).is_relative_to(installed)


def test_the_installed_program_tells_its_version(installed, tmp_path):
    version = _run(installed / "bin" / "listener", "--version", cwd=tmp_path, path=installed)
    assert version.split()[-1] in installed_version(installed)


def installed_version(installed: Path) -> str:
    (metadata,) = installed.glob("listener-*.dist-info")
    return metadata.name


def _files_below(folder: str) -> list[Path]:
    return [path for path in list_files() if path.is_relative_to(ROOT / folder)]


def _run(*command: object, cwd: Path, path: Path | None = None) -> str:
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
