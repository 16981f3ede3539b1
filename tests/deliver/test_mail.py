from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.deliver.mail import compose_mail, make_address_digest
from listener.deliver.unsubscribing import make_leave, make_unsubscribe_token
from listener.errors import DeliveryError
from listener.settings.values import MailSettings, Recipient

NOW = datetime(2026, 11, 30, 6, 5, tzinfo=UTC)
HEADERS = [
    "Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "List-Unsubscribe",
    "MIME-Version", "Message-ID", "Reply-To", "Subject", "To", "X-Auto-Response-Suppress",
]  # fmt: skip


def make_settings(**changes):
    values = {
        "host": "smtp.acme.example", "port": 587, "security": "starttls", "user": "",
        "sender": "listener@acme.example", "reply_to": "",
        "unsubscribe_address": "", "unsubscribe_url": "", "reports_url": "", "timeout_seconds": 10,
        "recipients": (),
    }  # fmt: skip
    return MailSettings(**{**values, **changes})


def make_recipient(address="team@acme.example", language="en"):
    return Recipient(address=address, brands=(), language=language)


def compose(settings=None, recipient=None, *, key="acme:2026-W48", secret=None, **parts):
    settings, recipient = settings or make_settings(), recipient or make_recipient()
    leave = make_leave(settings, recipient, secret)
    parts = {"subject": "Acme", "text": "in words\n", "html": "<p>in words</p>", **parts}
    return compose_mail(settings, recipient, leave=leave, key=key, now=NOW, **parts)


def test_the_header_says_what_mail_programs_need():
    message = compose(make_settings(reply_to="help@acme.example"), make_recipient(language="de"))
    assert message["From"] == "listener <listener@acme.example>"
    assert message["To"] == "team@acme.example"
    assert message["Reply-To"] == "help@acme.example"
    assert message["Date"] == "Mon, 30 Nov 2026 06:05:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<mailto:help@acme.example?subject=unsubscribe>"
    assert message["Content-Language"] == "de"
    assert compose()["Reply-To"] == "listener@acme.example"


LONG = f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.example"
URL = "https://reports.acme.example/unsubscribe/{token}"


def read_header(data, name):
    """Return a header as a mail program does that knows no encoded words."""
    lines = data.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ").split("\r\n")
    (line,) = (line for line in lines if line.startswith(f"{name}: "))
    return line.removeprefix(f"{name}: ")


def test_one_click_is_enough_to_get_no_more_of_it():
    settings = make_settings(unsubscribe_url=URL, unsubscribe_address="leave@acme.example")
    data = compose(settings, secret="k" * 32).as_bytes()
    one, other = read_header(data, "List-Unsubscribe").split(", ")
    token = one.removeprefix("<https://reports.acme.example/unsubscribe/").removesuffix(">")
    assert len(token) == 32
    assert other == f"<mailto:leave@acme.example?subject=unsubscribe%20{token}>"
    assert read_header(data, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert b"\nList-Unsubscribe-Post" not in compose(secret="k" * 32).as_bytes()


def test_the_longest_addresses_stand_in_the_header_as_they_are():
    url = f"https://{'c' * 60}.example/{'d' * 400}?{{token}}"
    settings = make_settings(sender=LONG, reply_to=LONG, unsubscribe_url=url)
    data = compose(settings, make_recipient(LONG), secret="k" * 32).as_bytes()
    assert read_header(data, "List-Unsubscribe").endswith(
        f"<mailto:{LONG}?subject=unsubscribe%20{make_unsubscribe_token(LONG, 'k' * 32)}>"
    )
    for name in ("To", "Reply-To"):
        assert read_header(data, name) == LONG
    assert read_header(data, "Message-ID").endswith(f"@{LONG.partition('@')[2]}>")
    assert b"=?" not in data.partition(b"\r\n\r\n")[0]
    assert max(map(len, data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "part", ["\r\nBcc: a@b.example", "=?utf-8?q?=0D=0ABcc:_a@b.example?=", "\n\nx"]
)
def test_no_link_can_add_to_the_header(part):
    """The settings refuse such addresses; here nothing has looked at them."""
    settings = make_settings(unsubscribe_url=f"https://a.example/{part}/{{token}}")
    try:
        data = compose(settings, secret="k" * 32).as_bytes()
    except DeliveryError:
        return
    assert b"\nBcc" not in data
    assert sorted(message_from_bytes(data, policy=default).keys()) == sorted(
        [*HEADERS, "List-Unsubscribe-Post"]
    )


def test_both_forms_are_in_it_the_better_one_last():
    message = compose()
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_pictures_are_in_the_same_part_as_the_html_that_shows_them():
    pictures = {"waiting.1@listener": b"\x89PNG 1", "outcomes.2@listener": b"\x89PNG 2"}
    data = compose(html='<img src="cid:waiting.1@listener">', pictures=pictures).as_bytes()
    message = message_from_bytes(data, policy=default)
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == (
        "text/plain",
        "multipart/related",
    )
    html, *images = related.iter_parts()
    assert html.get_content_type() == "text/html"
    assert [image["Content-ID"] for image in images] == [f"<{name}>" for name in pictures]
    assert [image.get_content() for image in images] == [*pictures.values()]
    assert {image.get_content_disposition() for image in images} == {"inline"}
    assert [image.get_filename() for image in images] == ["waiting.png", "outcomes.png"]
    assert max(map(len, data.split(b"\r\n"))) <= 998


def test_its_name_is_the_same_at_each_try_and_no_other_mails():
    first = compose()["Message-ID"]
    assert first == compose(subject="other words")["Message-ID"]
    assert first.endswith("@acme.example>")
    others = [
        compose(key="acme:2026-W49"),
        compose(recipient=make_recipient("other@acme.example")),
    ]
    assert len({first, *(other["Message-ID"] for other in others)}) == 3


def test_a_reader_is_one_however_the_address_is_written():
    small, large = make_recipient("team@acme.example"), make_recipient("Team@ACME.example")
    assert make_address_digest(small) == make_address_digest(large)
    assert "team" not in make_address_digest(small)
    assert compose(recipient=small)["Message-ID"] == compose(recipient=large)["Message-ID"]


@given(
    subject=st.text(),
    text=st.text(st.characters(exclude_categories=["Cs"])),
    html=st.text(st.characters(exclude_categories=["Cs"])),
    key=st.text(),
)
def test_nothing_that_is_said_can_add_to_the_header(subject, text, html, key):
    subject = subject.encode("utf-8", "replace").decode()
    key = key.encode("utf-8", "replace").decode()
    data = compose(subject=subject, text=text, html=html, key=key).as_bytes()
    read = message_from_bytes(data, policy=default)
    assert sorted(read.keys()) == HEADERS
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert data.isascii()
    assert decode_subject(data) == compose(subject=subject)["Subject"]


def decode_subject(data: bytes) -> str:
    """Read a subject as RFC 2047 says: blanks between encoded words are none."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ")
    (line,) = (line for line in head.split("\r\n") if line.startswith("Subject: "))
    return str(make_header(decode_header(line.removeprefix("Subject: "))))


@pytest.mark.parametrize(
    "subject",
    [
        "Acme Telecom, week 47, 2026: 44 of 48 cases answered in public, 25 sent elsewhere",
        "Größe, KW 47/2026: 44 von 48 Fällen öffentlich beantwortet, 25 weiterverwiesen",
        "Größe & Söhne, KW 44/2017: 44 von 48 Fällen öffentlich beantwortet, 25 weiterverwiesen",
        "中文公司, KW 44/2017: 44 von 48 Fällen öffentlich beantwortet, 25 weiterverwiesen",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject):
    data = compose(subject=subject).as_bytes()
    assert message_from_bytes(data, policy=default)["Subject"] == subject
    assert decode_subject(data) == subject


def test_a_subject_is_one_line():
    message = compose(subject="Acme\r\nBcc: all@acme.example\u2028 week\t48")
    assert message["Subject"] == "Acme Bcc: all@acme.example week 48"
    assert message["Bcc"] is None
    assert len(compose(subject="x" * 5_000)["Subject"]) == 200


@pytest.mark.parametrize("coded", ["=?utf-8?q?Acme=0D=0ABcc:_a@b.example?=", "=?x?b?Cg==?=\n"])
def test_an_encoded_word_in_a_name_cannot_add_to_the_header(coded):
    data = compose(subject=f"{coded}, week 47").as_bytes()
    assert sorted(message_from_bytes(data, policy=default).keys()) == HEADERS
    assert b"\nBcc" not in data


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "ä@acme.example",
        "a b@c",
    ],
)
def test_no_address_can_add_to_the_header(address):
    for settings, recipient in (
        (None, make_recipient(address)),
        (make_settings(sender=address), None),
        (make_settings(reply_to=address or "x"), None),
    ):
        with pytest.raises(DeliveryError, match="see mail in the settings"):
            compose(settings, recipient)
