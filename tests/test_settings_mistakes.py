"""What an operator is told about mistakes: all of them, each with its path."""

import re
from pathlib import Path

import pytest

from listener.errors import ConfigError
from listener.settings import load_settings

AMOUNT = "must be an amount in dollars"
SERVER = "must be an address such as https://social.acme.example, http on this machine only"
DOMAIN = 'must be the domain in the accounts\' names, in lower case, such as "acme.example"'
ACCOUNTS = 'accounts = [{ platform = "x", handle = "Acme" }]'


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def find_problems(text: str | bytes, env: dict | None = None, **flags) -> tuple[str, ...]:
    path = Path("my.toml")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_settings(path, flags, env or {})
    assert all("\n" not in problem for problem in caught.value.problems)
    return caught.value.problems


VALUE = re.compile(r"(?:, not (?:\"[^\"]*\"|\S+)| \((?:\"[^\"]*\"|\S+)\))(?= \(set by|$)")


def drop_value(problem: str) -> str:
    """Return the rule without the value that breaks it, which is tested by itself."""
    return VALUE.sub("", problem)


def of_brand(lines: str, accounts: str = ACCOUNTS) -> str:
    return f'[brands.acme]\nname = "Acme"\n{accounts}\n{lines}'


def of_account(account: str) -> str:
    return of_brand("", f"accounts = [{{ {account} }}]")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("settle_days = 0", "settle_days: must be at least 1, not 0"),
        ("settle_days = 366", "settle_days: must be at most 365, not 366"),
        ("settle_days = true", "settle_days: must be a whole number"),
        ("settle_days = 1.5", "settle_days: must be a whole number, not 1.5"),
        ("settle_days = nan", "settle_days: must be a whole number, not nan"),
        ("settle_days = []", "settle_days: must be a whole number"),
        ("settle_dais = 3", 'settle_dais: unknown setting; did you mean "settle_days"?'),
        ("report = 3", "report: must be a table, not 3"),
        ("[report]\noutput = 3", "report.output: must be a path, not 3"),
        ('[report]\nlangage = "de"', 'report.langage: unknown setting; did you mean "language"?'),
        (
            "[report]\nzzz = 1",
            "report.zzz: unknown setting; "
            "known here: output, language, address, handles, templates, archive",
        ),
        (
            '[report]\nlanguage = "fr"',
            'report.language: must be one of en, de, not "fr"',
        ),
        (
            '[report]\noutput = "a\\u0000b"',
            "report.output: must be a path without control characters",
        ),
        (
            '[report]\noutput = "~nobody-of-that-name/out"',
            "report.output: names a home folder that does not exist",
        ),
        (
            '[x]\napi_url = "https://[::1"',
            "x.api_url: must be an address such as https://api.x.com, without user or query",
        ),
        (
            of_brand("opening_hours = [5]"),
            'brands.acme.opening_hours[0]: must be text, such as "mon-fri 08:00-20:00"',
        ),
        (
            of_brand('queries = ["a", ""]'),
            "brands.acme.queries[1]: must be words to search for, at most 200 characters in one "
            "line",
        ),
        ("[x.prices]\npost = -1", "x.prices.post: must be between 0 and 1,000,000 dollars, not -1"),
        ("[x.prices]\npost = true", f"x.prices.post: {AMOUNT}, such as 0.005"),
        ("[x.prices]\npost = nan", f"x.prices.post: {AMOUNT}, such as 0.005"),
        ('[x.prices]\npost = "none"', f"x.prices.post: {AMOUNT}, such as 0.005"),
        ("[x.prices]\nposts = 1", 'x.prices.posts: unknown setting; did you mean "post"?'),
        (
            "[x.prices]\nlike = 1",
            "x.prices.like: unknown setting; known here: post, own_post, user, dm_event, count",
        ),
        ("[x]\nprices = 1", "x.prices: must be a table, not 1"),
        (
            "[x]\nmonth_cap_dollars = -0.5",
            "x.month_cap_dollars: must be between 0 and 1,000,000 dollars, not -0.5",
        ),
        (
            '[x]\nmonth_cap_dollars = "much"',
            f'x.month_cap_dollars: {AMOUNT}, such as 25.0, or "none" for no cap',
        ),
        (
            of_brand("month_cap_dollars = inf"),
            f'brands.acme.month_cap_dollars: {AMOUNT}, such as 25.0, or "none" for no cap',
        ),
        ("[x]\nhistory_days = 31", "x.history_days: must be at most 30, not 31"),
        ("[x]\ntimeout_seconds = 0", "x.timeout_seconds: must be at least 1, not 0"),
        (
            '[x]\nfield_names = "status"',
            'x.field_names: must be one of tweet, post, not "status"',
        ),
        ("[mastodon]\nservers = 1", "mastodon.servers: must be a table, not 1"),
        (
            '[mastodon.servers]\n"a.example" = 1',
            'mastodon.servers."a.example": must be text, not 1',
        ),
        (
            '[mastodon.servers]\n"a.example" = "a.example"',
            f'mastodon.servers."a.example": {SERVER}',
        ),
        (
            '[mastodon.servers]\n"a.example" = "http://a.example"',
            f'mastodon.servers."a.example": {SERVER}',
        ),
        (
            '[mastodon.servers]\n"a.example" = "https://b.example/api"',
            f'mastodon.servers."a.example": {SERVER}',
        ),
        (
            '[mastodon.servers]\n"a.example" = "https://anna:hunter2@b.example"',
            f'mastodon.servers."a.example": {SERVER}',
        ),
        (
            '[mastodon.servers]\n"A.example" = "https://b.example"',
            f'mastodon.servers."A.example": {DOMAIN}',
        ),
        (
            '[mastodon.servers]\n"https://a.example" = "https://b.example"',
            f'mastodon.servers."https://a.example": {DOMAIN}',
        ),
        ('[mastodon.servers]\nacme = "https://b.example"', f"mastodon.servers.acme: {DOMAIN}"),
        ('secrets_file = ""', "secrets_file: must name a file"),
        ('secret_file = "a"', 'secret_file: unknown setting; did you mean "secrets_file"?'),
        ("brands = []", "brands: must be a table"),
        ("[brands]\nacme = 1", "brands.acme: must be a table, not 1"),
        ("[brands.acme]\n" + ACCOUNTS, "brands.acme.name: is missing"),
        ('[brands.acme]\nname = "A"', "brands.acme.accounts: is missing"),
        (of_brand("", "accounts = []"), "brands.acme.accounts: needs at least one entry"),
        (
            of_brand("", 'accounts = "Acme"'),
            'brands.acme.accounts: must be a list in [ ], not "Acme"',
        ),
        (of_brand("", "accounts = [5]"), "brands.acme.accounts[0]: must be a table, not 5"),
        (of_brand('mod = "watch"'), 'brands.acme.mod: unknown setting; did you mean "mode"?'),
        (of_brand('mode = "own"'), 'brands.acme.mode: must be one of owner, watch, not "own"'),
        (
            of_brand('languages = ["French"]'),
            'brands.acme.languages[0]: must be two letters such as "de", not "French"',
        ),
        (
            of_brand('time_zone = "Europe/Berln"'),
            'brands.acme.time_zone: unknown time zone; did you mean "Europe/Berlin"?',
        ),
        (
            of_brand('holidays = "DE-ZZ"'),
            "brands.acme.holidays: no part of DE; "
            "known: BB, BE, BW, BY, HB, HE, HH, MV, NI, NW, RP, SH, SL, SN, ST, TH",
        ),
        (
            of_brand('holidays = "XX-BY"'),
            'brands.acme.holidays: no public holidays are known of "XX"; '
            'write a country such as "DE"',
        ),
        (
            of_brand('holidays = "Bayern"'),
            'brands.acme.holidays: must be a country or a part of one, such as "DE" or "DE-BY"',
        ),
        (of_brand("count_from = 5"), "brands.acme.count_from: must be a date, such as 2026-01-31"),
        (
            of_brand('count_from = "soon"'),
            'brands.acme.count_from: must be a date, such as 2026-01-31, not "soon"',
        ),
        (
            '[brands."Acme Inc"]\nname = "A"\n' + ACCOUNTS,
            'brands."Acme Inc": a brand\'s key is made of a-z, 0-9, "-" and "_", such as "acme"',
        ),
        (
            '[x]\napi_url = "http://evil.example"',
            "x.api_url: must be an address such as https://api.x.com, without user or query",
        ),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_path(text, problem):
    assert list(map(drop_value, find_problems(text))) == [drop_value(problem)]


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        (
            'platform = "x", handle = "A", role = "boss"',
            '.role: must be one of care, main, person, not "boss"',
        ),
        (
            'platform = "twitter", handle = "A"',
            '.platform: must be one of mastodon, x, not "twitter"',
        ),
        ('platform = "x"', ".handle: is missing"),
        ('platform = "x", handle = 5', ".handle: must be text, not 5"),
        ('platform = "x", handle = "A@x.com"', '.handle: a handle on X has no host; write "A"'),
        (
            'platform = "x", handle = "https://x.com/Acme"',
            '.handle: write the handle alone, not an address: "Acme"',
        ),
        (
            'platform = "x", handle = ""',
            ".handle: must be a handle on X: letters, digits and _, at most 20",
        ),
        (
            'platform = "mastodon", handle = "A"',
            '.handle: must be user@host, such as "acme@mastodon.social"',
        ),
    ],
)
def test_a_mistake_in_an_account_is_told_with_its_number(account, problem):
    first = '{ platform = "x", handle = "First" }'
    problems = find_problems(of_brand("", f"accounts = [{first}, {{ {account} }}]"))
    told = drop_value(f"brands.acme.accounts[1]{problem}")
    assert list(map(drop_value, problems)) == [told]


def test_all_mistakes_are_told_at_once():
    text = """
        settle_days = -1
        [report]
        language = "fr"
        [brands.acme]
        name = "Acme"
        accounts = [{ platform = "x", handle = "A", role = "boss" }]
        [brands.other]
        name = "Other"
        accounts = [{ platform = "x", handle = "@a" }]
        opening_hours = ["never"]
    """
    problems = find_problems(text, {"LISTENER_X__DELAY_SECONDS": "soon"})
    assert [problem.partition(": ")[0] for problem in problems] == [
        "settle_days",
        "report.language",
        "x.delay_seconds",
        "brands.acme.accounts[0].role",
        "brands.other.opening_hours[0]",
        "brands.other.accounts[0]",
    ]


def test_an_account_belongs_to_one_brand():
    other = '[brands.other]\nname = "O"\naccounts = [{ platform = "x", handle = "@aCME" }]'
    assert find_problems(f"{of_brand('')}\n{other}") == (
        'brands.other.accounts[0]: the x account "@aCME" belongs to brands.acme already',
    )


def test_an_account_is_listed_once():
    twice = 'accounts = [{ platform = "x", handle = "Acme" }, { platform = "x", handle = "acme" }]'
    assert find_problems(of_brand("", twice)) == (
        'brands.acme.accounts[1]: the x account "acme" is accounts[0] already',
    )


def test_a_name_on_two_platforms_is_two_accounts():
    both = 'accounts = [{platform="x", handle="A"}, {platform="mastodon", handle="A@b.example"}]'
    path = Path("my.toml")
    path.write_text(of_brand("", both))
    assert len(load_settings(path, env={}).brands[0].accounts) == 2


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ('[x]\nbearer_token = "hunter2"', "X_BEARER_TOKEN"),
        ('[x]\napi_key = "hunter2"', "X_CONSUMER_KEY"),
        ('[x]\napi_key_secret = "hunter2"', "X_CONSUMER_SECRET"),
        ('[x]\naccess_token = "hunter2"', "X_ACCESS_TOKEN"),
        ('[x]\naccess_token_secret = "hunter2"', "X_ACCESS_TOKEN_SECRET"),
        ('X_CONSUMER_SECRET = "hunter2"', "X_CONSUMER_SECRET"),
        ('MASTODON_TOKEN_A_B_EXAMPLE = "hunter2"', "MASTODON_TOKEN_A_B_EXAMPLE"),
        ('[mastodon]\ntoken = "hunter2"', "MASTODON_TOKEN_<ACCOUNT>"),
        ('password = "hunter2"', "PASSWORD"),
        (of_brand('client_secret = "hunter2"'), "X_CONSUMER_SECRET"),
        (of_account('platform = "x", handle = "@A", token = "hunter2"'), "X_ACCESS_TOKEN_A"),
        (
            of_account('platform = "x", handle = "A", token_secret = "hunter2"'),
            "X_ACCESS_TOKEN_SECRET_A",
        ),
        (
            of_account('platform = "mastodon", handle = "help@acme.example", token = "hunter2"'),
            "MASTODON_TOKEN_HELP_ACME_EXAMPLE",
        ),
        (
            of_account('platform = "mastodon", handle = "a@b.example", access_key = "hunter2"'),
            "MASTODON_TOKEN_A_B_EXAMPLE",
        ),
    ],
)
def test_a_secret_in_a_file_is_refused_with_the_variable_to_use(text, variable):
    (problem,) = find_problems(text)
    assert f"set the environment variable {variable}, or {variable}_FILE" in problem
    assert "hunter2" not in problem


def test_a_database_password_in_a_file_is_refused():
    (problem,) = find_problems('database_url = "postgres://anna:hunter2@db/posts"')
    assert problem.startswith("database_url: holds a password")
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = 1\nb = \n", "settings file my.toml: line 2: invalid value"),
        (
            "[report\n",
            "settings file my.toml: line 1: expected ']' at the end of a table declaration",
        ),
        (
            "settle_days = 1\nsettle_days = 2",
            "settings file my.toml: line 2: cannot overwrite a value",
        ),
        (b"a = '\xff'", "settings file my.toml: is not UTF-8 text; byte 5 is wrong"),
        ("a = " + "[" * 5000, "settings file my.toml: is nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(text, problem):
    assert find_problems(text) == (problem,)


def test_a_folder_is_no_settings_file(tmp_path):
    with pytest.raises(ConfigError, match="is a directory"):
        load_settings(tmp_path, env={})


def test_a_mistake_from_the_environment_names_its_variable():
    assert find_problems("", {"LISTENER_REPORT__LANGUAGE": "fr"}) == (
        'report.language: must be one of en, de, not "fr" (set by LISTENER_REPORT__LANGUAGE)',
    )


def test_text_where_the_environment_needs_json_is_told():
    (problem,) = find_problems(of_brand(""), {"LISTENER_BRANDS__ACME__QUERIES": "acme"})
    assert problem.startswith('brands.acme.queries: must be a list in [ ], not "acme" (set by')


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("LISTENER_DATABSE_URL", "LISTENER_DATABASE_URL"),
        ("LISTENER_REPORT_OUTPUT", "LISTENER_REPORT__OUTPUT"),
        ("LISTENER_SETTLE_DAY", "LISTENER_SETTLE_DAYS"),
    ],
)
def test_a_misspelt_variable_is_told(variable, meant):
    assert find_problems("", {variable: "1"}) == (
        f"environment variable {variable}: unknown; did you mean {meant}?",
    )


def test_an_unknown_key_from_the_environment_is_told():
    (problem,) = find_problems("", {"LISTENER_REPORT__LANGAGE": "de"})
    assert problem.startswith('report.langage: unknown setting; did you mean "language"?')


def test_long_values_are_cut_and_never_break_the_line():
    (problem,) = find_problems(f'[report]\nlanguage = "{"x" * 10_000}"')
    assert len(problem) < 120


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "Europe", "", "a\\u0000b", "x" * 5000],
)
def test_hostile_names_of_time_zones_are_refused(name):
    (problem,) = find_problems(of_brand(f'time_zone = "{name}"'))
    assert problem.startswith("brands.acme.time_zone: unknown time zone; ")


@pytest.mark.parametrize("name", ["", "  ", "a\\nb", "a\\u001b[31m", "\\u202eemca"])
def test_names_that_would_steer_a_terminal_are_refused(name):
    (problem,) = find_problems(f'[brands.acme]\nname = "{name}"\n{ACCOUNTS}')
    assert problem.startswith("brands.acme.name: must be a name of one line")


@pytest.mark.parametrize("key", ["..", "a/b", "A", "-a", "a b", "x" * 65, ""])
def test_keys_that_no_file_can_be_named_after_are_refused(key):
    problems = find_problems(f'[brands."{key}"]\nname = "A"\n{ACCOUNTS}')
    assert "a brand's key is made of" in problems[0]


def test_a_wrong_flag_is_told_like_any_other():
    (problem,) = find_problems("", database_url="mysql://anna:hunter2@db/posts")
    assert problem == "database_url: must be a file, or begin with postgresql:// or sqlite:///"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ('[schedule]\nreport = "someday 99:00"', ', not "someday 99:00"'),
        ('[schedule]\nreport = "mon 99:00"', '; times go from 00:00 to 23:59 ("mon 99:00")'),
        ("[schedule]\nreport = 7", ", not 7"),
        ('[schedule]\nmastodon = "soon"', ', not "soon"'),
        ('[schedule]\ntidy = "* * *"', ' ("* * *")'),
        ('[retention]\ndays = "a while"', ', not "a while"'),
        ("[retention]\ndays = -5", ", not -5"),
        ("[retention]\nprivate_days = true", ", not true"),
        ("[archive]\nolder_than_weeks = 3", ", not 3"),
        ("[archive]\nolder_than_weeks = true", ", not true"),
        ('[x]\nmonth_cap_dollars = "many"', ', not "many"'),
        ("[x.prices]\npost = -1", ", not -1"),
        ('[x]\napi_url = "nowhere"', ', not "nowhere"'),
        ('[mail]\nreports_url = "files"', ', not "files"'),
        (of_brand('time_zone = "Mars/X"'), ' ("Mars/X")'),
        (of_brand('queries = ["a", "a\\u0007b"]'), ', not "a\ufffdb"'),
        (of_brand('opening_hours = ["at night"]'), ', not "at night"'),
        (of_account('platform = "x", handle = "a b"'), ', not "a b"'),
        (f'[brands.acme]\nname = "A"\n{ACCOUNTS}\nschedule.report = "soon"', ', not "soon"'),
    ],
)
def test_a_wrong_value_is_repeated(text, end):
    (problem,) = find_problems(text)
    assert problem.endswith(end), problem


@pytest.mark.parametrize(
    "text",
    [
        '[schedule]\nheartbeat_url = "hunter2"',
        'database_url = "mysql://anna:hunter2@db/posts"',
        '[mail]\nreports_url = "https://anna:hunter2@acme.example"',
        '[x]\napi_url = "https://api.example/?token=hunter2"',
        '[[mail.recipients]]\naddress = "hunter2, b@acme.example"',
        '[mail]\nsender = "hunter2@acme, b"',
        '[x]\nmonth_cap_dollars = "hunter2@mail.example"',
    ],
)
def test_what_may_be_secret_or_an_address_is_not_repeated(text):
    assert not [problem for problem in find_problems(text) if "hunter2" in problem]
