import json
import logging
import sys

import pytest

from listener.logs import MaskingFilter, configure_logs, mask_text


@pytest.fixture(autouse=True)
def restored_logs():
    loggers = [logging.getLogger(name) for name in (None, "tweepy", "oauthlib")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers = handlers


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer AAAAbc%2Fd=", "Authorization: Bearer ***"),
        ("{'Authorization': 'Bearer AAAAbcd'}", "{'Authorization': 'Bearer ***'}"),
        ('OAuth oauth_token="12-ab", oauth_nonce="9"', "OAuth oauth_token=***, oauth_nonce=***"),
        ("?access_token=abc&page=2", "?access_token=***&page=2"),
        ("{'client_secret': 's3cr3t'}", "{'client_secret': '***'}"),
        ("postgres://user:pass@db.example/app", "postgres://user:***@db.example/app"),
        ("postgresql+psycopg://u:p@s5@db:5432/a", "postgresql+psycopg://u:***@db:5432/a"),
        ("redis://:only@cache", "redis://:***@cache"),
        ("write to jane.doe+x@mail.example now", "write to <e-mail> now"),
        ("call +49 30 123456-78.", "call <phone>."),
        ("call +14155550123", "call <phone>"),
        ("call 030/1234567 today", "call <phone> today"),
        ("call (0049) 30 1234567", "call <phone>"),
        ("call 0800 330 1000", "call <phone>"),
        ("call (555) 123-4567", "call <phone>"),
        ("call 1-800-555-0199", "call <phone>"),
        ("call 555.123.4567", "call <phone>"),
    ],
)
def test_secrets_and_personal_data_are_masked(text, masked):
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "mastodon account @acme@social.example: the token was refused",
        "post 920714012345678901 answers 0123456789012345",
        "week 2017-W44, 2017-10-30 08:05:00+00:00 to 2017-11-05 23:59:59",
        "13,704 posts in 3.25 s, 0.123456 each, 10.0.0.1:5432",
        "run 2026-03-02T10:00:00Z took 00:12:33",
        "https://x.com/i/status/920714012345678901",
    ],
)
def test_what_an_operator_needs_stays_readable(text):
    assert mask_text(text) == text


def test_a_record_is_one_line_with_its_time_in_utc(capsys):
    configure_logs("info")
    logging.getLogger("listener.jobs").info("read %s", "anna@mail.example")
    line = capsys.readouterr().err
    assert line.endswith("Z info listener.jobs: read <e-mail>\n")


def test_a_traceback_is_masked_too(capsys):
    configure_logs("info")
    try:
        raise ValueError("no route to postgres://u:pw@db")  # noqa: EM101, TRY003, TRY301
    except ValueError:
        logging.getLogger("listener").exception("job failed", stack_info=True)
    written = capsys.readouterr().err
    assert "ValueError: no route to postgres://u:***@db" in written
    assert "pw@db" not in written.split("Stack (most recent call last)")[0]


def test_the_filter_masks_a_traceback_that_nobody_has_written_yet():
    try:
        int("+49 30 1234567")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    assert MaskingFilter().filter(record)
    assert record.exc_text.endswith("with base 10: '<phone>'")


def test_a_record_with_wrong_arguments_is_written_all_the_same(capsys):
    configure_logs("info")
    logging.getLogger().handlers[-1].handle(
        logging.makeLogRecord({"msg": "%d posts of %s", "args": ("a@mail.example",), "name": "x"})
    )
    assert capsys.readouterr().err.endswith("x: %d posts of %s ('<e-mail>',)\n")


def test_records_are_json_when_asked(capsys):
    configure_logs("debug", json=True)
    logging.getLogger("listener").debug("grüße an bob@mail.example")
    try:
        sys.exit("+49 30 1234567")
    except SystemExit:
        logging.getLogger("listener").exception("stopped")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first["message"] == "grüße an <e-mail>"
    assert (first["level"], first["logger"]) == ("debug", "listener")
    assert first["at"].endswith("+00:00")
    assert second["traceback"].endswith("SystemExit: <phone>")


@pytest.mark.parametrize(("level", "kept"), [("debug", logging.INFO), ("error", logging.ERROR)])
def test_libraries_that_log_tokens_stay_at_info(level, kept):
    configure_logs(level)
    assert logging.getLogger("tweepy").level == kept
    assert logging.getLogger("oauthlib").level == kept


def test_a_second_call_replaces_the_first(capsys):
    configure_logs("debug")
    configure_logs("warning")
    logging.getLogger("listener").info("quiet")
    logging.getLogger("listener").warning("once")
    assert capsys.readouterr().err.count("once") == 1


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="LOUD"):
        configure_logs("loud")
