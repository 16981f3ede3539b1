import pytest

from listener import resources
from listener.resources import (
    config_dir,
    demo_archive,
    locale_dir,
    phrases_dir,
    templates_dir,
)


@pytest.mark.parametrize("folder", [config_dir, phrases_dir, templates_dir, locale_dir])
def test_the_shipped_folders_are_found_and_hold_files(folder):
    assert any(path.is_file() for path in folder().rglob("*"))


def test_the_shipped_files_are_found():
    assert (config_dir() / "default.toml").is_file()
    assert demo_archive().is_file()


def test_a_checkout_holds_no_bundle():
    assert not resources._BUNDLED_DIR.exists()


def test_the_bundle_of_a_wheel_wins(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    monkeypatch.setattr(resources, "_BUNDLED_DIR", tmp_path)
    assert config_dir() == tmp_path / "config"
    assert demo_archive() == tmp_path / "config" / "demo" / "demo.jsonl.gz"


def test_missing_files_are_named_with_both_places(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_BUNDLED_DIR", tmp_path / "wheel")
    monkeypatch.setattr(resources, "_CHECKOUT_DIR", tmp_path / "checkout")
    with pytest.raises(FileNotFoundError, match=r"own files are missing.*wheel.*checkout"):
        templates_dir()
