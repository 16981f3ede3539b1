"""When things are done, who gets mail, and how long words are kept."""

import stat
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from listener.collect.base import SourceKind
from listener.errors import ConfigError
from listener.settings import load_mail_secrets, load_settings
from listener.settings.rhythms import Rhythm, WeeklyTime
from listener.settings.schedule_parts import SourceRhythmsPart

BRANDS = """
[brands.acme]
name = "Acme"
accounts = [{ platform = "x", handle = "Acme" }]
[brands.other]
name = "Other"
accounts = [{ platform = "x", handle = "Other" }]
"""
MAIL = """
[mail]
host = "smtp.acme.example"
sender = "listener@acme.example"
"""
HEARTBEAT = "LISTENER_SCHEDULE__HEARTBEAT_URL"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str = "", env: dict | None = None):
    path = Path("my.toml")
    path.write_text(text, encoding="utf-8")
    return load_settings(path, env=env or {})


def find_problems(text: str, env: dict | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(text, env)
    assert all("\n" not in problem for problem in caught.value.problems)
    return caught.value.problems


def hours(count: int) -> Rhythm:
    return Rhythm(every=timedelta(hours=count))


def write_secrets(text: str) -> None:
    path = Path("listener.secrets.toml")
    path.write_text(text, encoding="utf-8")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def test_without_a_file_everything_has_its_rhythm_and_nothing_is_mailed():
    settings = load_settings(env={})
    assert settings.schedule.mastodon == Rhythm(every=timedelta(minutes=15))
    assert settings.schedule.x == hours(1)
    assert settings.schedule.tidy == Rhythm(cron="30 3 * * *")
    assert settings.schedule.find_report_time("acme") == WeeklyTime(weekday=0, hour=7, minute=0)
    assert settings.schedule.heartbeat_url == ""
    assert not settings.mail.is_on
    assert (settings.retention.days, settings.retention.private_days) == (400, 120)


def test_a_brand_comes_before_all_and_a_kind_before_its_platform():
    text = f"""{BRANDS}
        [schedule]
        x = "2 hours"
        [schedule.sources]
        "x.search" = "3 hours"
        "x.follow" = "4 hours"
        [brands.acme.schedule]
        x = "5 hours"
        "x.posts" = "6 hours"
    """
    schedule = load(text).schedule
    found = {
        (brand, kind): schedule.find_rhythm(brand, "x", kind)
        for brand in ("acme", "other")
        for kind in ("posts", "search", "follow", "mentions")
    }
    assert found == {
        ("acme", "posts"): hours(6),
        ("acme", "search"): hours(5),
        ("acme", "follow"): hours(5),
        ("acme", "mentions"): hours(5),
        ("other", "posts"): hours(2),
        ("other", "search"): hours(3),
        ("other", "follow"): hours(4),
        ("other", "mentions"): hours(2),
    }
    assert schedule.find_rhythm("acme", "mastodon", "posts") == schedule.mastodon
    assert schedule.find_rhythm("unknown", "x", "posts") == hours(2)


def test_a_brand_may_have_its_report_at_another_time():
    text = f'{BRANDS}[brands.acme.schedule]\nreport = "fri 16:30"\n[schedule]\nreport = "tue 6:00"'
    schedule = load(text).schedule
    assert schedule.find_report_time("acme") == WeeklyTime(weekday=4, hour=16, minute=30)
    assert schedule.find_report_time("other") == WeeklyTime(weekday=1, hour=6, minute=0)
    assert schedule.brands["acme"].rhythms == {}
    assert list(schedule.brands) == ["acme"]


def test_rhythms_come_from_the_environment_too():
    env = {
        "LISTENER_SCHEDULE__X": "*/10 * * * *",
        "LISTENER_SCHEDULE__SOURCES": '{"x.search": "3 hours"}',
        "LISTENER_BRANDS__ACME__SCHEDULE__X": "7 hours",
        "LISTENER_BRANDS__OTHER__SCHEDULE": '{"x.posts": "8 hours"}',
    }
    schedule = load(BRANDS, env).schedule
    assert schedule.find_rhythm("other", "x", "mentions") == Rhythm(cron="*/10 * * * *")
    assert schedule.find_rhythm("other", "x", "search") == hours(3)
    assert schedule.find_rhythm("other", "x", "posts") == hours(8)
    assert schedule.find_rhythm("acme", "x", "search") == hours(7)


def test_every_kind_of_source_can_have_a_rhythm():
    names = [field.alias for field in SourceRhythmsPart.model_fields.values()]
    assert {name.partition(".")[2] for name in names} == {*get_args(SourceKind), "follow"}
    lines = "\n".join(f'"{name}" = "{number + 1} hours"' for number, name in enumerate(names))
    schedule = load(f"[schedule.sources]\n{lines}").schedule
    for number, name in enumerate(names):
        platform, _, kind = name.partition(".")
        assert schedule.find_rhythm("acme", platform, kind) == hours(number + 1)


def test_every_kind_of_source_is_documented():
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text(encoding="utf-8")
    names = [field.alias for field in SourceRhythmsPart.model_fields.values()]
    assert not [name for name in names if f"`{name}`" not in page]


def test_recipients_have_brands_and_a_language():
    text = f"""{BRANDS}{MAIL}
        [[mail.recipients]]
        address = "all@acme.example"
        [[mail.recipients]]
        address = "chef@acme.example"
        brands = ["acme"]
        language = "de"
    """
    mail = load(text).mail
    assert mail.is_on
    assert (mail.port, mail.security, mail.timeout_seconds) == (587, "starttls", 30)
    everybody, chef = mail.recipients
    assert (everybody.language, chef.language) == ("en", "de")
    assert [everybody.gets(key) for key in ("acme", "other")] == [True, True]
    assert [chef.gets(key) for key in ("acme", "other")] == [True, False]


def test_recipients_come_from_the_environment_as_json():
    env = {"LISTENER_MAIL__RECIPIENTS": '[{"address": "a@b.example", "brands": ["acme"]}]'}
    assert load(BRANDS + MAIL, env).mail.recipients[0].brands == ("acme",)


def test_mail_needs_a_server_and_somebody_to_send_to():
    assert not load(MAIL).mail.is_on
    assert not load('[[mail.recipients]]\naddress = "a@b.example"').mail.is_on


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "mail_1", "192.0.2.7"])
def test_a_mail_server_has_a_name_or_a_number(host):
    assert load(f'[mail]\nhost = "{host}"\nsender = "a@b.example"').mail.host == host


def test_reports_can_be_opened_at_an_address():
    assert load("").mail.reports_url == ""
    text = '[mail]\nreports_url = "https://reports.acme.example/all/"'
    assert load(text).mail.reports_url == "https://reports.acme.example/all"


def test_one_address_may_have_two_languages_for_two_brands():
    text = f"""{BRANDS}
        [[mail.recipients]]
        address = "a@b.example"
        brands = ["acme"]
        [[mail.recipients]]
        address = "a@b.example"
        brands = ["other"]
        language = "de"
    """
    assert [recipient.language for recipient in load(text).mail.recipients] == ["en", "de"]


@pytest.mark.parametrize(
    ("text", "days", "private_days"),
    [
        ("days = 120\nprivate_days = 30", 120, 30),
        ('days = "none"\nprivate_days = " None "', None, None),
        ("days = 36_500", 36_500, 120),
    ],
)
def test_words_are_kept_for_some_days_or_for_ever(text, days, private_days):
    retention = load(f"[retention]\n{text}").retention
    assert (retention.days, retention.private_days) == (days, private_days)


def test_retention_comes_from_the_environment():
    env = {"LISTENER_RETENTION__DAYS": "150", "LISTENER_RETENTION__PRIVATE_DAYS": "none"}
    retention = load("", env).retention
    assert (retention.days, retention.private_days) == (150, None)


def test_conversations_that_rest_for_longer_are_kept_for_longer():
    assert load("settle_days = 87\n[retention]\ndays = 200").retention.days == 200
    assert load('settle_days = 365\n[retention]\ndays = "none"').retention.days is None
    told = "retention.days: must be at least 201 while settle_days is 88"
    assert find_problems("settle_days = 88\n[retention]\ndays = 200") == (told,)
    env = {"LISTENER_SETTLE_DAYS": "88", "LISTENER_RETENTION__DAYS": "200"}
    assert find_problems("", env) == (told,)


RHYTHM = (
    'must be how often, such as "15 minutes", "2 hours" or "1 day", '
    'a time in UTC such as "03:30", or a cron line such as "*/20 6-22 * * mon-fri"'
)
PING = "must be an address such as https://hc-ping.com/…, without user or query"
ADDRESS = 'must be one address of plain characters, such as "team@acme.example"'


def of_recipient(lines: str) -> str:
    return f"{BRANDS}[[mail.recipients]]\n{lines}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[schedule]\nx = 15", f"schedule.x: {RHYTHM}"),
        ('[schedule]\nmastodon = "30 seconds"', "schedule.mastodon: must be counted in minutes,"),
        ('[schedule]\ntidy = "0 0 31 2 *"', "schedule.tidy: never comes"),
        ('[schedule]\nreport = "7:00"', "schedule.report: must be a weekday"),
        ("[schedule]\njitter_seconds = 601", "schedule.jitter_seconds: must be at most 600, not"),
        ('[schedule]\ntwitter = "1 hour"', "schedule.twitter: unknown setting; known here: "),
        (
            '[schedule]\n"x.search" = "1 hour"',
            'schedule."x.search": unknown setting; known here: mastodon, x, report',
        ),
        (
            '[schedule.sources]\n"x.serch" = "1 hour"',
            'schedule.sources."x.serch": unknown setting; did you mean "x.search"?',
        ),
        (
            '[schedule.sources]\nx.search = "1 hour"',
            "schedule.sources.x: unknown setting; names with a dot are written in quotation marks",
        ),
        (
            '[schedule.sources]\n"x.hashtag" = "1 hour"',
            'schedule.sources."x.hashtag": unknown setting',
        ),
        (
            '[schedule.sources]\nx_search = "1 hour"',
            'schedule.sources.x_search: unknown setting; did you mean "x.search"?',
        ),
        (
            '[schedule.sources]\n"x.search" = 1',
            f'schedule.sources."x.search": {RHYTHM}',
        ),
        ("[schedule]\nsources = 1", "schedule.sources: must be a table, not 1"),
        (
            f'{BRANDS}[brands.acme.schedule]\nx.search = "1 hour"',
            "brands.acme.schedule.x: must be text; names with a dot are written in quotation marks",
        ),
        (
            f'{BRANDS}[brands.acme.schedule]\ntidy = "1 hour"',
            "brands.acme.schedule.tidy: unknown setting; known here: ",
        ),
        (
            f'{BRANDS}[brands.acme.schedule]\n"mastodon.notification" = "1 hour"',
            'brands.acme.schedule."mastodon.notification": unknown setting; did you mean '
            '"mastodon.notifications"?',
        ),
        (
            f'{BRANDS}[brands.acme.schedule]\nreport = "daily"',
            "brands.acme.schedule.report: must be a weekday",
        ),
        ("schedule = 3", "schedule: must be a table, not 3"),
        ("[mail]\nport = 0", "mail.port: must be at least 1, not 0"),
        ("[mail]\nport = true", "mail.port: must be a whole number"),
        ('[mail]\nsecurity = "ssl"', 'mail.security: must be one of starttls, tls, none, not "ssl'),
        ("[mail]\ntimeout_seconds = 0", "mail.timeout_seconds: must be at least 1, not 0"),
        (
            '[mail]\nhost = "smtp.acme.example"',
            "mail.sender: is needed with a mail server (smtp.acme.example): whom is mail from?",
        ),
        (
            f'{MAIL}user = "anna"\nsecurity = "none"',
            "mail.security: would send the password openly; use starttls or tls",
        ),
        (
            '[mail]\nreports_url = "reports.acme.example"',
            "mail.reports_url: must be an address such as https://reports.acme.example/",
        ),
        (
            '[mail]\nreports_url = "https://anna:pass@acme.example/"',
            "mail.reports_url: must be an address such as https://reports.acme.example/",
        ),
        ("[mail]\nrecipients = 1", "mail.recipients: must be a list in [ ], not 1"),
        ("[[mail.recipients]]", "mail.recipients[0].address: is missing"),
        (
            of_recipient('address = "a@b.example"\nlanguage = "fr"'),
            'mail.recipients[0].language: must be one of en, de, not "fr"',
        ),
        (
            of_recipient('address = "a@b.example"\nbrands = ["acme", "othr"]'),
            'mail.recipients[0].brands[1]: there is no brand "othr"; did you mean "other"?',
        ),
        (
            of_recipient('address = "a@b.example"\nbrands = ["zzz"]'),
            'mail.recipients[0].brands[0]: there is no brand "zzz"',
        ),
        (
            of_recipient('address = "a@b.example"\nbrands = "acme"'),
            'mail.recipients[0].brands: must be a list in [ ], not "acme"',
        ),
        (
            of_recipient(
                'address = "a@b.example"\n[[mail.recipients]]\naddress = "A@B.example"\n'
                'brands = ["acme"]'
            ),
            "mail.recipients[1].address: is that of recipients[0] already",
        ),
        ("[retention]\ndays = 119", "retention.days: must be at least 120 and at most 36,500 days"),
        ("[retention]\ndays = 0", "retention.days: must be at least 120 and at most 36,500 days"),
        ("[retention]\ndays = -1", "retention.days: must be a whole number of days, at least 120"),
        ("[retention]\ndays = true", "retention.days: must be a whole number of days"),
        ('[retention]\ndays = "never"', "retention.days: must be a whole number of days"),
        ("[retention]\ndays = 40_000", "retention.days: must be at least 120 and at most 36,500"),
        ("[retention]\nprivate_days = 29", "retention.private_days: must be at least 30 and at"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_path(text, problem):
    problems = find_problems(text)
    assert problems[0].startswith(problem), problems
    assert len(problems) == 1


def test_a_misspelt_address_is_told_twice():
    problems = find_problems(of_recipient('adress = "a@b.example"'))
    assert problems == (
        "mail.recipients[0].address: is missing",
        'mail.recipients[0].adress: unknown setting; did you mean "address"?',
    )


@pytest.mark.parametrize(
    "address",
    [
        "acme",
        "@acme.example",
        "a@",
        "a@b@c.example",
        "a b@c.example",
        "a@b.example, c@d.example",
        "a@b.example\\r\\nBcc: c@d.example",
        "a@b.example\\u0000",
        "ä@b.example",
        "a@bücher.example",
        "a@-b.example",
        "a@b..example",
        ".a@b.example",
        "a@b.exam\\u2028ple",
        '\\"a b\\"@c.example',
        "a@b.example>",
        f"{'a' * 250}@b.example",
        "a-" * 100_000 + "@",
        "a@" + "b-" * 100_000,
    ],
)
def test_addresses_that_would_steer_a_header_are_refused(address):
    for name in ("sender", "reply_to"):
        assert find_problems(f'[mail]\n{name} = "{address}"') == (f"mail.{name}: {ADDRESS}",)
    problems = find_problems(of_recipient(f'address = "{address}"'))
    assert problems == (f"mail.recipients[0].address: {ADDRESS}",)


def test_a_recipient_has_an_address_without_the_space_around_it():
    told = f"mail.recipients[0].address: {ADDRESS}"
    assert find_problems(of_recipient('address = ""')) == (told,)
    (recipient,) = load(of_recipient('address = " a@b.example\\r\\n"')).mail.recipients
    assert recipient.address == "a@b.example"


def test_an_address_with_a_name_is_told_how_to_be_written():
    (problem,) = find_problems('[mail]\nsender = "Acme <a@b.example>"')
    assert problem == 'mail.sender: must be the address alone, without a name: "a@b.example"'


@pytest.mark.parametrize(
    "host", ["https://smtp.acme.example", "smtp.acme.example:25", "a b", "a\\nb", "-a", "ä.example"]
)
def test_a_mail_server_is_named_alone(host):
    problems = find_problems(f'[mail]\nhost = "{host}"\nsender = "a@b.example"')
    assert [problem.partition(", such as")[0] for problem in problems] == [
        "mail.host: must be the name of a server alone"
    ]


@pytest.mark.parametrize("user", ["a\\nb", "a\\u0000", "ä"])
def test_a_mail_user_is_of_plain_characters(user):
    (problem,) = find_problems(f'{MAIL}user = "{user}"')
    assert problem == "mail.user: must be of plain characters in one line"


def test_a_user_without_encryption_is_for_this_machine_only():
    text = '[mail]\nhost = "localhost"\nuser = "u"\nsender = "a@b.example"\nsecurity = "none"'
    assert load(text).mail.user == "u"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://hc-ping.com/hunter2", "https://hc-ping.com/hunter2"),
        ("http://monitor.local:8000/ping/hunter2/", "http://monitor.local:8000/ping/hunter2"),
    ],
)
def test_signs_of_life_are_sent_to_an_address_that_is_never_shown(url, kept):
    settings = load(f'[schedule]\nheartbeat_url = "{url}"')
    assert settings.schedule.heartbeat_url == kept
    assert "hunter2" not in repr(settings) + str(settings.schedule)


@pytest.mark.parametrize(
    "url",
    [
        "hc-ping.com/hunter2",
        "ftp://hc-ping.com/hunter2",
        "https:///hunter2",
        "https://user:hunter2@hc-ping.com/",
        "https://hc-ping.com/hunter2?a=b",
        "https://hc-ping.com/hunter2#a",
        "https://hc-ping.com/hun ter2",
        "https://hc-ping.com/hun\\r\\nter2",
        "https://hc-ping.com:port/hunter2",
        "https://[::1/hunter2",
        "https://hc-ping.com/hünter2",
    ],
)
def test_another_address_for_signs_of_life_is_refused_without_quoting_it(url):
    assert find_problems(f'[schedule]\nheartbeat_url = "{url}"') == (
        f"schedule.heartbeat_url: {PING}",
    )


def test_the_address_for_signs_of_life_may_come_from_a_file_that_a_variable_names():
    Path("ping").write_text("https://hc-ping.com/hunter2\n")
    schedule = load("", {f"{HEARTBEAT}_FILE": "ping"}).schedule
    assert schedule.heartbeat_url == "https://hc-ping.com/hunter2"
    assert find_problems("", {f"{HEARTBEAT}_FILE": "none"}) == (
        f"{HEARTBEAT}_FILE: none: no such file or directory",
    )


def test_all_mistakes_are_told_at_once():
    text = """
        [schedule]
        x = "often"
        report = "soon"
        [schedule.sources]
        "x.likes" = "1 hour"
        [mail]
        host = "smtp.acme.example"
        port = "smtp"
        [[mail.recipients]]
        address = "nobody"
        brands = ["acne"]
        [retention]
        days = 7
        [brands.acme]
        name = "Acme"
        accounts = [{ platform = "x", handle = "A" }]
        [brands.acme.schedule]
        "x.posts" = "1 minutes ago"
    """
    problems = find_problems(text, {"LISTENER_SCHEDULE__TIDY": "at night"})
    assert [problem.partition(": ")[0] for problem in problems] == [
        "schedule.x",
        "schedule.report",
        "schedule.tidy",
        'schedule.sources."x.likes"',
        "mail.port",
        "mail.recipients[0].address",
        "retention.days",
        'brands.acme.schedule."x.posts"',
        "mail.sender",
        "mail.recipients[0].brands[0]",
    ]
    assert problems[2].endswith("(set by LISTENER_SCHEDULE__TIDY)")


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example/{token}",
        "https://acme.example/unsubscribe",
        "https://acme.example/{token}/{token}",
        "https://acme.example/{token} x",
        "https://acme.example/{token}\\r\\nBcc: a",
        "https://acme.example/=?utf-8?q?=0A?=/{token}",
        "https://acme.example/<{token}>",
        "https://anna:hunter2@acme.example/{token}",
        "https://äcme.example/{token}",
        "https://acme.example/{token}/" + "a" * 500,
    ],
)
def test_the_link_for_no_more_mail_is_secure_and_can_stand_in_a_header(url):
    (problem,) = find_problems(f'[mail]\nunsubscribe_url = "{url}"')
    wanted = "must be an address such as https://reports.acme.example/unsubscribe/{token}"
    assert problem.startswith(f"mail.unsubscribe_url: {wanted}")


def test_the_key_of_links_is_long_and_never_shown():
    settings = load('[mail]\nunsubscribe_url = "https://acme.example/u?t={token}"')
    assert settings.mail.unsubscribe_url == "https://acme.example/u?t={token}"
    assert load_mail_secrets(settings, {}).unsubscribe_key is None
    secrets = load_mail_secrets(settings, {"UNSUBSCRIBE_KEY": "hunter2-" * 4})
    assert secrets.unsubscribe_key == "hunter2-" * 4
    assert "hunter2" not in repr(secrets)
    with pytest.raises(ConfigError, match="UNSUBSCRIBE_KEY: must be 32 or more") as caught:
        load_mail_secrets(settings, {"UNSUBSCRIBE_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)


def load_password(settings, env=None):
    return load_mail_secrets(settings, env).password


@pytest.mark.parametrize("key", ["password", "smtp_password", "token"])
def test_a_mail_password_in_the_settings_is_refused_with_its_variable(key):
    (problem,) = find_problems(f'[mail]\n{key} = "hunter2"')
    assert "set the environment variable SMTP_PASSWORD, or SMTP_PASSWORD_FILE" in problem
    assert "hunter2" not in problem


def test_the_mail_password_comes_from_the_environment_before_the_secrets_file():
    settings = load_settings(env={})
    assert load_password(settings, {}) is None
    write_secrets('smtp_password = "small hunter2"')
    assert load_password(settings, {}) == "small hunter2"
    write_secrets('smtp_password = "small"\nSMTP_PASSWORD = "hunter2"')
    assert load_password(settings, {}) == "hunter2"
    Path("file").write_text("from a file\n")
    assert load_password(settings, {"SMTP_PASSWORD_FILE": "file"}) == "from a file"
    assert load_password(settings, {"SMTP_PASSWORD": "abcd efgh"}) == "abcd efgh"


def test_the_process_environment_has_the_mail_password_unless_another_is_given(monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    assert load_password(load_settings(env={})) == "hunter2"


@pytest.mark.parametrize("password", ["hunter2\nQUIT", "hünter2", "hunter2\0"])
def test_a_mail_password_that_cannot_be_sent_is_refused_without_quoting_it(password):
    with pytest.raises(ConfigError, match=r"^SMTP_PASSWORD: has line breaks[^\n]*$") as caught:
        load_password(load_settings(env={}), {"SMTP_PASSWORD": password})
    assert "ter2" not in str(caught.value)


def test_a_secrets_file_that_others_may_read_gives_no_mail_password():
    write_secrets('SMTP_PASSWORD = "hunter2"')
    Path("listener.secrets.toml").chmod(0o644)
    with pytest.raises(ConfigError, match="others may read it"):
        load_password(load_settings(env={}), {})
