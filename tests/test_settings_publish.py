"""The table `[publish]`: what a site needs to be told, and what cannot be meant."""

import pytest

from listener.errors import ConfigError
from listener.settings import load_settings


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "listener.toml"
        path.write_text(f"[publish]\n{text}\n", encoding="utf-8")
        return load_settings(path, env={}).publish

    return load


def test_nothing_is_published_of_anybody_unless_that_is_said(load):
    publish = load("")
    assert (publish.address, publish.robots, publish.handles) == ("", "none", "initials")
    assert (publish.excerpt_x, publish.told_outcomes) == (0, False)


def test_what_is_set_is_read(load):
    publish = load(
        'address = "https://a.example/sub/"\nlanguages = ["de", "en"]\nrecheck_dollars = "none"\n'
        'opt_outs = ["@Anna", "ben@Social.example"]\nstatement = """One.\n\nTwo."""'
    )
    assert publish.address == "https://a.example/sub"
    assert publish.languages == ("de", "en")
    assert publish.opt_outs == ("anna", "ben@social.example")
    assert publish.recheck_dollars is None
    assert publish.statement == "One.\n\nTwo."
    assert load('address = "http://127.0.0.1:8000"').address == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('address = "http://a.example"', "publish.address: must begin with https://"),
        ('address = "a.example"', "publish.address: must be an address such as https://"),
        ('address = "https://a.example/?x=1"', "publish.address: must be an address such as"),
        ('imprint = "javascript:alert(1)"', "publish.imprint: must be an address such as"),
        ('title = "two\\nlines"', "publish.title: must be one line of at most 120 characters"),
        ('statement = "\\u202e"', "publish.statement: must be plain text of at most 5000"),
        ('languages = ["en", "en"]', "publish.languages: names something twice"),
        ('languages = ["fr"]', "publish.languages[0]: must be one of en, de"),
        ('robots = "some"', "publish.robots: must be one of none, all"),
        ("excerpt_x = 281", "publish.excerpt_x: must be at most 280"),
        ("excerpt_x = true", "publish.excerpt_x: must be a whole number"),
        ('mastodon_quotes = "all"', "publish.mastodon_quotes: must be one of none, indexable"),
        ('opt_outs = ["two words"]', "publish.opt_outs[0]: must be a handle such as"),
        ("recheck_dollars = -1", "publish.recheck_dollars: "),
        ('folder = "site"', "publish.address: is needed with publish.folder, such as https://"),
        ("exerpt_x = 1", 'publish.exerpt_x: unknown setting; did you mean "excerpt_x"?'),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_line(load, line, told):
    with pytest.raises(ConfigError) as caught:
        load(line)
    (problem,) = caught.value.problems
    assert problem.startswith(told)
