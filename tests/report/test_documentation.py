import re
from pathlib import Path

from listener.report.language import Language
from listener.report.template_check import check_templates
from listener.report.template_names import COMMON, FUNCTIONS, GIVEN
from listener.report.weekly import BrandWeek
from listener.resources import templates_dir

README = (Path(__file__).resolve().parents[2] / "reports" / "README.md").read_text(encoding="utf-8")


def test_every_template_is_described():
    described = set(re.findall(r"`([\w.]+\.(?:html|txt|css|js))`", README))
    assert {path.name for path in templates_dir().iterdir()} <= described


def test_what_templates_may_use_exists():
    rows = {
        line.split("|")[1].strip(): line.split("|")[2]
        for line in README.splitlines()
        if "|" in line
    }
    for name in re.findall(r"`(\w+)[`(]", rows["`language`"]):
        assert hasattr(Language, name), name
    for name in re.findall(r"`(\w+)`", rows["`week`"]):
        assert hasattr(BrandWeek, name), name


def test_every_name_that_a_template_may_use_is_described():
    described = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", README))))
    given = {name for names in (COMMON, *GIVEN.values()) for name in names}
    assert not given - described
    assert not {*FUNCTIONS, *check_templates(None).filters} - described


def test_the_example_of_an_own_template_is_found_wrong_and_then_right(tmp_path):
    added, told = re.search(r"```html\n(.+?)```.+?```\nlistener: (.+?)\n```", README, re.S).groups()
    own = tmp_path / "page_method.html"
    shipped = (templates_dir() / own.name).read_text(encoding="utf-8")
    own.write_text(shipped + added, encoding="utf-8")
    (found,) = check_templates(tmp_path).mistakes
    assert re.sub(r":\d+:", ":", str(found)) == re.sub(r":\d+:", ":", told)
    own.write_text(shipped + added.replace("numbr", "number"), encoding="utf-8")
    assert not check_templates(tmp_path).mistakes
