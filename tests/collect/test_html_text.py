"""From HTML to the text that a reader sees."""

import time

import pytest

from listener.collect.html_text import read_html

SHORTENED = (
    '<a href="https://www.shop.example/returns/how-to-send-back" rel="nofollow">'
    '<span class="invisible">https://www.</span>'
    '<span class="ellipsis">shop.example/returns/how-to</span>'
    '<span class="invisible">-send-back</span></a>'
)
MENTION = (
    '<span class="h-card"><a href="https://social.example/@anna" class="u-url mention">'
    "@<span>anna</span></a></span>"
)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("just words", "just words"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one</p>\n\n<p>two</p>", "one\n\ntwo"),
        ("<p>one<br>two<br/>three</p>", "one\ntwo\nthree"),
        ("<p>one<br/><br/><br/>two</p>", "one\n\ntwo"),
        ("<p>a<br/>  \n b</p>", "a\nb"),
        ("<ul><li>one</li><li>two</li></ul>end", "one\ntwo\n\nend"),
        ("<blockquote>said</blockquote>answer", "said\n\nanswer"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a &lt;3 b &amp;amp; c&nbsp;d", "a <3 b &amp; c d"),
        ("<p>1 < 2 & 3 > 2</p>", "1 < 2 & 3 > 2"),
        ("<b>bold</b> and <i>it</i>alic", "bold and italic"),
        (SHORTENED, "https://www.shop.example/returns/how-to-send-back"),
        ('<a href="https://shop.example/faq">our help</a>', "our help (https://shop.example/faq)"),
        ('<a href="mailto:help@shop.example">help@shop.example</a>', "help@shop.example"),
        (f"<p>Hello {MENTION}!</p>", "Hello @anna@social.example!"),
        ('<a href="https://x.example/tags/Bahn" class="mention">#<span>Bahn</span></a>', "#Bahn"),
        ("<p>:blobcat: hi</p>", ":blobcat: hi"),
        ('<p class="quote-inline">RE: <a href="https://a.example/1">x</a></p><p>Hi</p>', "Hi"),
        ('<span class="quote-inline"><br/>RE: a</span>Hi', "Hi"),
    ],
)
def test_html_reads_as_people_see_it(content, text):
    assert read_html(content) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hi <script>alert(1)</script>there", "Hi there"),
        ("<style>p { color: red }</style>Hi", "Hi"),
        ('x<img src=y onerror=alert(1) alt="z">y', "xy"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="data:text/html,x">click</a>', "click"),
        ("<p>never <b>closed", "never closed"),
        ("</p></div>closed twice", "closed twice"),
        ("<!-- hidden -->seen", "seen"),
        ("a\x00b\ud800c", "abc"),
        ('<a href="https://[half">broken</a>', "broken"),
        ('<a href="https://a.example">one<a href="https://b.example">two</a></a>', None),
        ("&#" + "9" * 5_000 + ";", "\N{REPLACEMENT CHARACTER}"),
        ("<" * 6_000 + "&#" + "9" * 5_000 + ";", None),
        ("", ""),
    ],
)
def test_hostile_html_does_no_harm(content, text):
    assert read_html(content) == text if text is not None else read_html(content)


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<b>", '<a href="', "<!--", "<!", "&", "<span class='quote-inline'>", "<", "x"],
)
def test_a_megabyte_of_anything_is_read_in_a_moment(piece):
    started = time.process_time()
    read_html(piece * (1_000_000 // len(piece)))
    assert time.process_time() - started < 5


def test_just_below_the_limits_it_is_still_quick():
    started = time.process_time()
    read_html("<div>" * 5_000 + "&" * 50_000)
    assert time.process_time() - started < 5


def test_the_caller_may_name_accounts():
    named = read_html(f"<p>Hi {MENTION}</p>", lambda address, words: f"[{words} at {address}]")
    assert named == "Hi [@anna at https://social.example/@anna]"
