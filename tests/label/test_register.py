"""Who says "du" and who says "Sie": sentence by sentence."""

import polars as pl
import pytest

from listener.label import add_registers, load_phrases
from listener.resources import config_dir

PHRASES = load_phrases([config_dir() / "phrases"])


def address(text, language="de"):
    """Return the marks of a post: `du`, `Sie`, both or none; "?" where nobody can tell."""
    posts = pl.DataFrame(
        {"post": [7], "text": [text]}, schema={"post": pl.UInt32, "text": pl.String}
    )
    labels = posts.select("post", pl.lit(language, dtype=pl.String).alias("language"))
    row = add_registers(labels, posts, PHRASES.languages).row(0, named=True)
    if row["familiar"] is None:
        return "?"
    return " ".join(n for n, holds in (("du", row["familiar"]), ("Sie", row["formal"])) if holds)


@pytest.mark.parametrize(
    "text",
    [
        "@anna Schick uns bitte deine Kundennummer.",
        "Was habt ihr da gemacht?",
        "Danke, dass ihr mich mitnehmt",
        "Könnt Ihr mir helfen?",
        "bei euch geht nichts",
        "Kannst mal nachsehen?",
        "DU BIST DRAN",
        "Bitte wende dich an den Schalter.",
    ],
)
def test_these_say_du(text):
    assert address(text) == "du"


@pytest.mark.parametrize(
    "text",
    [
        "Bitte senden Sie uns eine Nachricht.",
        "Wir rufen Sie an.",
        "Guten Tag, was ist mit Ihrem Zug?",
        "Vielen Dank für Ihr Verständnis",
        "Sie können das Formular nutzen.",
        "Hallo! Sie haben recht.",
        "Danke.Ihnen auch einen schönen Tag",
        "Können wir Ihnen helfen?",
    ],
)
def test_these_say_sie(text):
    assert address(text) == "Sie"


@pytest.mark.parametrize(
    "text",
    [
        "Sie kommt heute nicht.",  # a woman
        "Sie ist ausgefallen",
        "Das ist doch nicht Sie ist weg",
        "können sie mir helfen",  # nobody can tell
        "Ihr Zug ist weg.",
        "mit ihr nicht mehr",
        "WIR HELFEN SIE UND IHNEN",
        'Auf dem Schild stand "Bitte nehmen Sie Platz".',
        "Er sagte: „Du kannst gehen.“",
        "@du_bist_dran @Sie danke",
        "#duundich https://a.example/Sie/du",
        "Der Zug hat Verspätung.",
        "",
    ],
)
def test_these_say_neither(text):
    assert address(text) == ""


def test_a_post_can_say_both():
    assert address("Hast du Ihnen sagen wollen?") == "du Sie"


@pytest.mark.parametrize("language", ["en", None])
def test_where_a_language_has_no_words_for_it_nothing_is_told(language):
    assert address("Have you seen this, Sie du?", language) == "?"


def test_no_posts_have_no_register():
    labels = pl.DataFrame(schema={"post": pl.UInt32, "language": pl.String})
    posts = pl.DataFrame(schema={"post": pl.UInt32, "text": pl.String})
    assert add_registers(labels, posts, PHRASES.languages).columns[-2:] == ["familiar", "formal"]


def test_a_third_language_is_one_more_file(tmp_path):
    (tmp_path / "nl.toml").write_text(
        '[language]\ncommon = ["het"]\nfamiliar = ["(je | jij)"]\nformal_openings = ["U *t"]\n'
    )
    languages = load_phrases([config_dir() / "phrases", tmp_path]).languages
    texts = ["Heb je het?", "U bent welkom", "Het is zo"]
    posts = pl.DataFrame({"post": range(3), "text": texts})
    labels = posts.select("post", pl.lit("nl").alias("language"))
    told = add_registers(labels, posts, languages)
    assert told["familiar"].to_list() == [True, False, False]
    assert told["formal"].to_list() == [False, True, False]
