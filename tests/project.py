"""What the project's own files say: its commands, its dependencies, its sources."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@cache
def load_pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def direct_dependencies() -> set[str]:
    """Return the normalised names of everything that `pyproject.toml` asks for."""
    project = load_pyproject()["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return {distribution_name(line) for group in groups for line in group}


def distribution_name(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@cache
def list_files() -> tuple[Path, ...]:
    """Return every file that is or would be in the repository."""
    command = "git ls-files --cached --others --exclude-standard -z"
    listed = subprocess.run(command.split(), cwd=ROOT, check=True, capture_output=True, text=True)
    paths = (ROOT / name for name in sorted(listed.stdout.split("\0")) if name)
    return tuple(path for path in paths if path.is_file())


def list_modules(package: str = "listener") -> Iterator[Path]:
    return (path for path in list_files() if path.suffix == ".py" and is_in(path, package))


def is_in(path: Path, folder: str) -> bool:
    return path.is_relative_to(ROOT / folder)


@cache
def load_commands() -> dict[str, Any]:
    """Return each command under its name; `""` is the program itself."""
    import typer

    from listener.cli.root import app

    program = typer.main.get_command(app)
    names = program.list_commands(None)
    return {"": program, **{name: program.get_command(None, name) for name in names}}
