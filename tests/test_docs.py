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
    """Follow the words into the tree of commands; options must be those of the last command."""
    commands = load_commands()
    path = ""
    for word in words:
        if f"{path} {word}".strip() in commands:
            path = f"{path} {word}".strip()
    takes = {option for way in ("", path) for p in commands[way].params for option in p.opts}
    takes |= {"--help"} | {option for p in commands[path].params for option in p.secondary_opts}
    options = {word.split("=")[0] for word in words if re.match(r"-\w|--\w", word)}
    named = path or not words or words[0].startswith("-")
    return bool(named) and options <= takes
