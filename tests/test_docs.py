"""What the documentation says exists, and what exists is documented."""

import re
import shlex

import pytest

from tests.project import ROOT, direct_dependencies, list_files, load_commands

GUIDES = [path for path in list_files() if path.suffix == ".md"]


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [path for path in load_commands() if not re.search(rf"\blistener {path}\b", readme)]
    assert not missing


def test_every_command_says_what_it_does():
    assert not [path for path, command in load_commands().items() if not command.help]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_a_guide_exist(guide):
    wrong = [words for words in _typed_commands(guide) if not _is_known(words)]
    assert not wrong


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_in_a_guide_lead_to_files(guide):
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", guide.read_text(encoding="utf-8"))
    assert not [link for link in links if not (guide.parent / link).exists()]


def test_every_dependency_has_a_line_that_says_why():
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)) == direct_dependencies()


def test_every_default_is_explained():
    lines = (ROOT / "config" / "default.toml").read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if re.match(r"[\w.\"-]+\s*=", line) and " # " not in line and not above.startswith("#")
    ]
    assert not unexplained


def _typed_commands(guide):
    """Return the words after `listener` of every such line in a block of code."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", guide.read_text(encoding="utf-8"), re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    typed = (re.match(r"\s*(?:\$ )?(?:\S*/)?listener(?: +(.*))?$", line) for line in lines)
    return [shlex.split(line[1] or "", comments=True) for line in typed if line]


def _is_known(words):
    """Tell whether the command exists and takes these options; global ones stand before it."""
    commands = load_commands()
    name = next((word for word in words if word in commands), "")
    given = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    takes = {"-h", "--help"} | _options(commands[""]) | _options(commands[name])
    named = name or not words or words[0].startswith("-")
    return bool(named) and given <= takes


def _options(command):
    return {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
