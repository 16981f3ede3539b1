import polars as pl
import pytest

from listener.cli.phrases import command
from listener.errors import ConfigError
from listener.label import label_posts, load_phrases
from listener.label.checking import check_against_posts, check_phrases
from listener.label.matching import blank_out, narrow_rule
from listener.resources import phrases_dir
from tests.label.conftest import list_labels, make_input

COMMON = '[language]\ncommon = ["us", "please", "never", "but", "at", "tell"]\n'


def write(folder, content, name="en.toml"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    return folder


def label(text, phrases, side="brand"):
    return list_labels(label_posts(make_input((side, text)), phrases))[0]


def test_own_phrases_are_laid_over_the_shipped_ones(tmp_path):
    own = write(tmp_path / "own", '[brand.form]\nadd = ["wizard of returns"]\n')
    shipped = load_phrases([phrases_dir()])
    both = load_phrases([phrases_dir(), own])
    text = "Kindly visit the wizard of returns"
    assert "form" not in label(text, shipped)
    assert "form" in label(text, both)
    assert both.digest != shipped.digest


def test_phrases_can_be_taken_out_and_replaced(tmp_path):
    base = write(tmp_path / "a", COMMON + '[brand.dm]\nphrases = ["dm us", "ping us"]\n')
    less = write(tmp_path / "b", '[brand.dm]\nremove = ["ping us"]\n')
    other = write(tmp_path / "c", '[brand.dm]\nphrases = ["whisper to us"]\n')
    assert "dm" not in label("please ping us", load_phrases([base, less]))
    assert "dm" in label("please whisper to us", load_phrases([base, other]))
    assert "dm" not in label("please dm us", load_phrases([base, other]))


def test_exceptions_blank_out_only_their_own_words(tmp_path):
    section = '[brand.dm]\nphrases = ["dm us"]\nunless = ["never dm us"]\n'
    folder = write(tmp_path / "a", COMMON + section)
    phrases = load_phrases([folder])
    assert "dm" not in label("Never DM us", phrases)
    assert "dm" in label("Never DM us at night but DM us now", phrases)


def test_a_rule_is_narrowed_to_what_some_texts_hold_and_finds_the_same_in_them(tmp_path):
    section = (
        '[brand.dm]\nphrases = ["dm us", "dm", "*ing us", "write to us"]\n'
        'unless = ["never dm us", "not ... dm"]\n'
    )
    folder = write(tmp_path / "a", COMMON + section)
    rule = load_phrases([folder]).rules["en"]["brand"]["dm"]
    texts = pl.Series(["never dm us", "never dm us, but messaging us helps", "dm us", "hello"])
    narrow = narrow_rule(rule, texts)
    assert [phrase.text for phrase in narrow.phrases] == ["dm us", "dm", "*ing us"]
    assert [phrase.text for phrase in narrow.unless] == ["never dm us"]
    for each in (narrow, rule):
        left = texts.to_frame("sentence").select(blank_out(each)).to_series()
        assert left.str.extract(each.pattern, 0).to_list() == [None, "messaging us", "dm us", None]
    assert narrow_rule(rule, pl.Series(["hello"])).phrases == ()


def test_all_mistakes_are_told_at_once_with_file_and_line(tmp_path):
    folder = write(
        tmp_path / "a",
        '[brand.dm]\nphrases = [\n  "dm (us",\n]\nwrong = ["x"]\n'
        '[brand.nonsense]\nphrases = ["a"]\n'
        '[else]\na = 1\n[brand.form]\nphrases = "text"\n',
    )
    write(folder, "x = 1", "french.toml")
    write(folder, '[language]\ncommon = 1\nsmall = ["y"]\n', "nl.toml")
    write(folder, "[brand", "de.toml")
    with pytest.raises(ConfigError) as caught:
        load_phrases([folder, tmp_path / "missing"])
    told = "\n".join(caught.value.problems)
    for part in (
        "en.toml:3: brand.dm: “dm (us”",
        "brand.dm.wrong: unknown key",
        "brand.nonsense: unknown section",
        "else: unknown",
        "brand.form.phrases: must be a list",
        "french.toml: name it after its language",
        "nl.toml: language.common: must be a list of texts",
        "nl.toml: language.small: unknown key; known: common,",
        "nl.toml: language.common: missing",
        "de.toml: cannot be read",
        "missing: this folder",
    ):
        assert part in told


def test_removing_what_is_not_there_is_a_mistake(tmp_path):
    folder = write(tmp_path / "a", '[brand.dm]\nremove = ["nope"]\n')
    with pytest.raises(ConfigError, match="not among the phrases"):
        load_phrases([folder])


def test_word_groups_must_be_texts(tmp_path):
    folder = write(tmp_path / "a", "[words]\nus = 1\n")
    with pytest.raises(ConfigError, match="words"):
        load_phrases([folder])


def test_the_shipped_files_have_no_phrase_in_vain(phrases):
    notes = check_phrases(phrases)
    assert [note for note in notes if note.kind != "broad"] == []


SUSPECT = """
[words]
folk = "(anna | bert)"
[brand.dm]
phrases = [
    "dm us", "dm us", "us", "carrier pigeon", "send ... (note | letter*)", "send [*] note",
    "we. answer", "never say this",
]
unless = ["say this"]
"""


def test_repeated_dead_and_covered_phrases_are_found_without_any_post(tmp_path):
    phrases = load_phrases([write(tmp_path / "a", COMMON + SUSPECT)])
    notes = {(note.kind, note.phrase) for note in check_phrases(phrases)}
    assert notes == {
        ("unused", "(anna | bert)"),
        ("repeated", "dm us"),
        ("covered", "dm us"),
        ("covered", "send [*] note"),
        ("broad", "us"),
        ("dead", "we. answer"),
        ("dead", "never say this"),
    }


def test_an_expression_that_is_too_large_is_told(tmp_path):
    many = " | ".join(f"word{number}*" for number in range(3000))
    section = f'[brand.dm]\nphrases = ["({many})"]\n'
    phrases = load_phrases([write(tmp_path / "a", COMMON + section)])
    assert [note.kind for note in check_phrases(phrases)] == ["heavy"]


def test_posts_tell_which_phrases_find_nothing_or_nothing_of_their_own(tmp_path):
    section = '[brand.dm]\nphrases = ["dm us", "us", "carrier pigeon"]\n'
    phrases = load_phrases([write(tmp_path / "a", COMMON + section)])
    sample = make_input(("brand", "please dm us"), ("brand", "tell us"))
    notes = {(note.kind, note.phrase) for note in check_against_posts(phrases, sample)}
    assert notes == {("covered", "dm us"), ("dead", "carrier pigeon")}


def test_own_phrases_alone_are_looked_over(tmp_path, capsys):
    folder = write(tmp_path / "mine", '[brand.dm]\nadd = ["carrier pigeon", "carrier pigeon"]\n')
    command("check", folder)
    told, summary = capsys.readouterr().out.splitlines()
    assert told == "mine/en.toml/brand.dm/2: repeated, like mine/en.toml/brand.dm/1: carrier pigeon"
    assert "1 to look at (digest" in summary


def test_the_command_refuses_what_it_does_not_know():
    with pytest.raises(ConfigError, match="phrases check"):
        command("bake")


DUTCH = """
[language]
common = ["het", "een", "niet", "is", "mijn", "ik", "en", "de", "van", "wij", "ons", "je", "maar"]
turns = ["maar"]
closings = ["groet", "groeten"]
no_names = ["Bedankt"]
[brand.dm]
phrases = ["(stuur | stuurt) ons ... (dm | privébericht)"]
[brand.apology]
phrases = ["sorry", "excuses", "spijt ons"]
[customer.complaint]
phrases = ["waardeloos"]
"""


def test_one_more_file_is_one_more_language(tmp_path):
    phrases = load_phrases([phrases_dir(), write(tmp_path / "own", DUTCH, "nl.toml")])
    posts = make_input(
        ("customer", "Mijn pakket is er niet en de app is waardeloos"),
        ("brand", "Het spijt ons maar stuur ons even een privebericht. Groet, Anna"),
        ("customer", "The parcel is not here"),
        language=None,
    )
    labelled = label_posts(posts, phrases)
    assert labelled["language"].to_list() == ["nl", "nl", "en"]
    complaint, reply, _ = list_labels(labelled)
    assert "complaint" in complaint
    assert reply == {"apology", "dm", "signed"}
    assert label_posts(posts, load_phrases([phrases_dir()]))["language"].to_list()[0] is None
