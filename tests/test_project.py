"""The project's own files keep their promises; nothing of one machine is in them."""

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.project import (
    ROOT,
    direct_dependencies,
    distribution_name,
    is_in,
    list_files,
    list_modules,
    load_commands,
)

LIGHT_MODULES = ["errors", "posts", "figures", "resources", "settings", "logs", "cli"]
HEAVY_LIBRARIES = [
    "polars",
    "numpy",
    "scipy",
    "sqlmodel",
    "sqlalchemy",
    "alembic",
    "altair",
    "babel",
    "jinja2",
    "werkzeug",
    "waitress",
]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40

# Put together here, so that this file does not find itself.
MACHINE_WORDS = [f"/{folder}/" for folder in ("root", "work")] + [
    f"{name}.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))
]


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "clean"])
def test_the_makefile_has_the_promised_targets(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_makefile_names_only_files_that_exist():
    makefile = (ROOT / "Makefile").read_text()
    modules = re.findall(r"-m (tests\.\w+)", makefile)
    scripts = re.findall(r"(?<![\w/])(\.ci/[\w.]+)", makefile)
    assert modules
    assert scripts
    for path in scripts:
        assert (ROOT / path).is_file(), path
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_ci_runs_what_a_person_runs():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert re.search(r"^make test\b", text, re.MULTILINE)


def test_nothing_of_one_machine_is_in_the_files():
    found = []
    for path in list_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in MACHINE_WORDS if word in text]
    assert not found


def test_versions_are_held_by_the_constraints_alone():
    assert not [path for path in list_files() if path.name in ("uv.lock", "requirements.txt")]


def test_constraints_are_names_and_versions():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.]+", line)] == []
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))


def test_constraints_cover_every_dependency():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert direct_dependencies() <= {distribution_name(line) for line in lines}


def test_the_procfile_starts_commands_that_exist():
    lines = (ROOT / "Procfile").read_text().splitlines()
    started = [re.fullmatch(r"[a-z]+: listener ([a-z]+)( --[a-z-]+)*", line) for line in lines]
    assert lines
    assert all(started), lines
    assert {line[1] for line in started if line} <= set(load_commands())


def test_light_modules_load_no_heavy_library():
    there = [name for name in LIGHT_MODULES if list((ROOT / "listener").glob(f"{name}*"))]
    script = (
        f"import sys, {', '.join(f'listener.{name}' for name in there)}\n"
        f"print(*sorted({set(HEAVY_LIBRARIES)} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert loaded.stdout.split() == []


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        # The allocator's variable is nobody's setting, but whoever has set it must be heard.
        ("os.environ", ["listener/settings.py", "listener/settings", "listener/cores.py"]),
        ("os.getenv", []),
        ("datetime.now", ["listener/cli", "listener/schedule"]),
        ("date.today", []),
        ("time.time", []),
    ],
)
def test_the_world_is_read_in_one_place(call, allowed):
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in list_modules()
        if not any(is_in(path, place) for place in allowed)
        # Most modules do not have the word, and need not be parsed.
        if (text := path.read_text(encoding="utf-8")).count(call.rpartition(".")[2])
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in (call, f"datetime.{call}")
    ]
    assert not found


def test_modules_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in list_modules()}
    assert not {str(path): n for path, n in lengths.items() if n > LONGEST_MODULE}


def test_functions_are_short():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in list_modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and _length(node) > LONGEST_FUNCTION
    ]
    assert not found


def _length(function: ast.FunctionDef) -> int:
    """Count the lines of the body; the docstring may be as long as it needs, options too."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0
