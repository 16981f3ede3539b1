import polars as pl
import pytest

from listener.label import label_posts
from tests.label.conftest import make_input


def read(*posts, given=None, phrases):
    return label_posts(make_input(*posts, language=given), phrases)["language"].to_list()


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("@acme where is my parcel, it was due on Monday", None, "en"),
        ("@acme wo ist mein Paket, das sollte am Montag da sein", None, "de"),
        ("@acme où est mon colis, je suis dans la rue", None, None),
        ("@acme ¿dónde está mi paquete? no es para mañana", None, None),
        ("где моя посылка", None, None),
        ("@acme wo ist mein Paket und warum kommt das nicht", "en", "de"),
        ("@acme Paket?", "de", "de"),
        ("bonjour", "fr", None),
        ("Störung?", None, "de"),
        ("Café!", None, None),
        ("Teşekkürler", None, None),
        ("Will do!", None, "en"),
        ("so war das also, und was will man da machen, wenn es im Zug so kalt ist", None, "de"),
        ("@acme where is the parcel that you have promised to me", "nl", "en"),
    ],
)
def test_the_language_of_a_post(text, given, expected, phrases):
    assert read(("customer", text), given=given, phrases=phrases) == [expected]


def test_a_short_post_takes_the_language_of_its_case(phrases):
    posts = (("customer", "@acme wo ist mein Paket, es ist nicht da"), ("customer", "???"))
    assert read(*posts, phrases=phrases) == ["de", "de"]


def test_a_short_post_alone_is_not_read(phrases):
    assert read(("customer", "???"), phrases=phrases) == [None]


def test_a_brand_is_read_in_its_languages_only(phrases):
    posts = make_input(
        ("customer", "@acme wo ist mein Paket"), ("customer", "@acme where is it"), language=None
    )
    chosen = posts.with_columns(brand_languages=pl.Series([["de"], ["de"]]))
    assert label_posts(chosen, phrases)["language"].to_list() == ["de", None]
