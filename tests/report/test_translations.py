"""Every text has a German one: nothing missing, nothing left over."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from listener.report import words
from listener.resources import locale_dir

ROOT = Path(__file__).resolve().parents[2]
METHODS = [
    ("listener/report/**.py", "python"),
    ("listener/measure/reasons.py", "python"),
    ("listener/measure/*_reasons.py", "python"),
    ("reports/templates/**.*", "jinja2"),
]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None}
PLACE = re.compile(r"%\((\w+)\)s")


def find_texts() -> set[str | tuple[str, ...]]:
    options = {"reports/templates/**.*": {"extensions": "jinja2.ext.i18n"}}
    found = extract_from_dir(ROOT, METHODS, options, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found if message}


def load_german():
    with (locale_dir() / "de" / "LC_MESSAGES" / "listener.po").open("rb") as file:
        return [message for message in read_po(file, locale="de") if message.id]


def test_every_text_is_translated_and_no_translation_is_left_over():
    assert {message.id for message in load_german()} == find_texts()


def test_every_form_of_every_translation_is_filled():
    for message in load_german():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(forms), message.id
        assert not message.fuzzy


def test_translations_use_only_values_that_the_text_has():
    for message in load_german():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        known = set(PLACE.findall(" ".join(ids)))
        assert set(PLACE.findall(" ".join(forms))) <= known, message.id


def test_every_name_of_a_measure_has_words():
    from listener.measure.fate import FATES
    from listener.measure.handling import HANDLINGS
    from listener.measure.outcome import OUTCOMES
    from listener.posts import DEFLECTIONS, LABELS

    assert set(words.HANDLING) == set(HANDLINGS)
    assert set(words.OUTCOME) == set(OUTCOMES)
    assert set(words.FATE) == set(FATES)
    assert set(words.TARGETS) == set(DEFLECTIONS)
    assert set(words.LABELS) == set(LABELS)
