"""A settings file to start from: `config/example.toml`, filled with answers."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from listener.posts import Mode
from listener.resources import config_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What an operator says about the first brand."""

    key: str
    name: str
    x: tuple[str, ...]
    mastodon: tuple[str, ...]
    mode: Mode = "watch"
    time_zone: str = "UTC"
    language: str = "en"


def compose_settings_file(answers: Answers | None) -> str:
    """Return the commented text of a settings file.

    Nothing is checked here: load the file to learn what is wrong with the answers.

    Args:
        answers: What to fill in; the invented brand of the example if absent.
    """
    text = (config_dir() / "example.toml").read_text(encoding="utf-8")
    if answers is None:
        return text
    text = _replace(text, r"\[brands\.acme\]", f"[brands.{_write_key(answers.key)}]")
    text = _replace(text, r"accounts = \[\n[^\]]*\]", _write_accounts(answers))
    for key in ("name", "mode", "time_zone", "language"):
        text = _replace(text, rf"{key} = .*", f"{key} = {_quote(getattr(answers, key))}")
    return text


def _replace(text: str, pattern: str, replacement: str) -> str:
    # A function, since backslashes in a plain replacement would be read as groups.
    filled, count = re.subn(rf"(?m)^{pattern}$", lambda _: replacement, text)
    if count != 1:
        msg = f"config/example.toml must hold one line like {pattern}, not {count}"
        raise ValueError(msg)
    return filled


def _write_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quote(key)


def _write_accounts(answers: Answers) -> str:
    lines = [*_write_lines("x", answers.x), *_write_lines("mastodon", answers.mastodon)]
    return "\n".join(("accounts = [", *lines, "]"))


def _write_lines(platform: str, handles: Iterable[str]) -> Iterable[str]:
    for handle in handles:
        yield f'    {{ platform = "{platform}", handle = {_quote(handle)}, role = "care" }},'


def _quote(text: str) -> str:
    # JSON's strings are TOML's, but for the pairs in which JSON writes rare characters
    # and for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
