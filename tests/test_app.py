"""What commands are wired from."""

from dataclasses import replace
from pathlib import Path

import pytest

from listener import app
from listener.errors import ConfigError
from listener.posts import Account, Brand
from listener.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(overrides={"database_url": str(tmp_path / "a.db")}, env={})


def test_the_store_is_opened_where_the_settings_say(settings, tmp_path):
    with app.open_store(settings):
        assert (tmp_path / "a.db").exists()


def test_the_shipped_phrases_are_read_by_default(settings):
    assert app.load_phrases(settings).digest == app.load_phrases(settings).digest


def test_own_phrases_lie_over_the_shipped_ones(settings, tmp_path):
    (tmp_path / "en.toml").write_text('[brand.apology]\nadd = ["mea culpa maxima"]\n')
    own = app.load_phrases(replace(settings, phrases_folder=tmp_path))
    assert own.digest != app.load_phrases(settings).digest


def test_a_missing_folder_of_phrases_is_told(settings, tmp_path):
    with pytest.raises(ConfigError, match=r"phrases_folder: there is no folder .*/nowhere"):
        app.load_phrases(replace(settings, phrases_folder=tmp_path / "nowhere"))


def test_a_language_without_phrases_is_told(settings):
    account = Account(platform="x", handle="acme")
    brand = Brand(key="acme", name="Acme", accounts=(account,), languages=("en", "nl"))
    with pytest.raises(ConfigError, match=r'languages: there are no phrases for "nl"; .*nl.toml'):
        app.load_phrases(replace(settings, brands=(brand,)))
