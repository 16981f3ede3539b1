import pytest

from listener.cli import open as command
from listener.settings.display import has_display


@pytest.fixture
def opened(monkeypatch):
    """What a browser was asked to open; there is a screen."""
    monkeypatch.setenv("DISPLAY", ":0")
    asked = []
    monkeypatch.setattr(command.webbrowser, "open", lambda url: asked.append(url) or True)
    return asked


@pytest.fixture
def reports(program):
    """Two weeks of one brand, one of another, and a list of all, in German."""
    folder = program.folder / "Berichte & mehr"
    for place in ("acme/2017-W43", "acme/2017-W44", "bolt/2017-W43", "."):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "index.html").write_text('<html lang="de">', encoding="utf-8")
    return folder


def test_the_newest_report_of_a_brand_is_opened(program, reports, opened):
    told = program.run("open", "--brand", "acme", "--output", reports).out
    assert opened == [(reports / "acme/2017-W44/index.html").as_uri()]
    assert "acme/2017-W44/index.html" in told


def test_without_a_brand_the_list_of_all_is_opened(program, reports, opened):
    program.run("open", "--output", reports)
    (reports / "index.html").unlink()
    program.run("open", "--output", reports)
    assert [url.rpartition("mehr/")[2] for url in opened] == [
        "index.html",
        "acme/2017-W44/index.html",
    ]


def test_without_a_screen_it_says_in_one_line_where_the_report_lies(program, reports, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    told = program.run("open", "--brand", "bolt", "--output", reports).out
    assert told.strip().endswith("Berichte%20%26%20mehr/bolt/2017-W43/index.html")
    assert told.count("\n") == 1


def test_a_browser_that_does_not_start_is_no_failure(program, reports, opened, monkeypatch):
    monkeypatch.setattr(command.webbrowser, "open", lambda _: False)
    assert "no browser can be opened here" in program.run("open", "--output", reports).out


def test_without_a_report_the_next_step_is_told(program, reports):
    nothing = program.run("open", "--output", program.folder / "nothing", code=1).err
    assert '"listener report" writes one' in nothing
    unknown = program.run("open", "--brand", "cura", "--output", reports, code=1).err
    assert "acme, bolt" in unknown
    assert nothing.count("\n") == unknown.count("\n") == 1


@pytest.mark.parametrize(
    ("env", "platform", "has"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "lynx"}, "linux", True),
        ({}, "darwin", True),
    ],
)
def test_a_screen_is_known_by_its_variable(env, platform, has):
    assert has_display(env, platform) is has
