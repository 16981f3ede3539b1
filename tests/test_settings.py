"""Which source of settings wins, and what the program gets from them."""

import re
import sys
import tomllib
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from listener.errors import ConfigError
from listener.posts import Account, Brand, OpeningHours
from listener.resources import config_dir
from listener.settings import Settings, load_settings
from listener.settings.schema import BrandPart, SettingsFile

DEFAULTS = (config_dir() / "default.toml").read_text(encoding="utf-8")
BRAND = """
[brands.acme]
name = "Acme"
accounts = [
    { platform = "x", handle = "@AcmeHelp" },
    { platform = "x", handle = "Acme", role = "main" },
    { platform = "mastodon", handle = "help@acme.example", role = "person" },
]
queries = ["acme app"]
count_from = 2026-01-31
time_zone = "Europe/Berlin"
opening_hours = ["sat 09:00-14:00", "mon-tue 08:00-20:00"]
holidays = "DE-BY"
languages = ["de"]
mode = "owner"
month_cap_dollars = 12.5
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "my.toml") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def list_keys(table: dict, prefix: str = "") -> set[str]:
    keys = set()
    for name, value in table.items():
        keys.add(prefix + name)
        if isinstance(value, dict):
            keys |= list_keys(value, f"{prefix}{name}.")
    return keys


def list_fields(model: type, prefix: str = "") -> set[str]:
    fields = set()
    for name, field in model.model_fields.items():
        if not field.is_required():
            continue
        fields.add(prefix + name)
        if hasattr(field.annotation, "model_fields"):
            fields |= list_fields(field.annotation, f"{prefix}{name}.")
    return fields


def test_every_setting_is_in_the_defaults_and_every_default_is_a_setting():
    assert list_keys(tomllib.loads(DEFAULTS)) == list_fields(SettingsFile)


def test_every_default_has_one_line_of_comment_above_it():
    lines = DEFAULTS.splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"(# )?\w+ = ", line)]
    assert len(keys) > 15
    for number in keys:
        assert re.match(r"# (?!\w+ = )", lines[number - 1]), lines[number]


def test_the_brand_in_the_comments_of_the_defaults_has_every_key_and_loads():
    commented = DEFAULTS[DEFAULTS.index("# [brands.acme]") :]
    lines = (line.removeprefix("# ") for line in commented.splitlines())
    kept = "\n".join(line for line in lines if line.startswith("[") or re.match(r"\w+ = ", line))
    brand = tomllib.loads(kept)["brands"]["acme"]
    assert set(brand) == set(BrandPart.model_fields)
    (loaded,) = load_settings(write(kept), env={}).brands
    optional = {"count_from", "holidays", "month_cap_dollars", "schedule", "alerts"}
    plain = Brand(key="acme", name="Acme", accounts=loaded.accounts)
    assert {name: getattr(loaded, name) for name in brand if name not in optional} == {
        name: getattr(plain, name) for name in brand if name not in optional
    }


def test_the_documentation_has_every_setting_with_its_default():
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `([\w.]+)` \| (.+?) \|", page))
    tables = {
        "report",
        "web",
        "mastodon",
        "x",
        "x.prices",
        "schedule",
        "mail",
        "alerts",
        "retention",
        "archive",
        "publish",
        "brands",
    }
    assert set(rows) == (list_fields(SettingsFile) - tables) | set(BrandPart.model_fields)
    defaults = tomllib.loads(DEFAULTS)
    for path in set(rows) - set(BrandPart.model_fields):
        value = defaults
        for key in path.split("."):
            value = value[key]
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        assert rows[path].strip("`") == (shown if value not in ("", {}, []) else "none"), path


def test_without_a_file_the_shipped_defaults_hold():
    settings = load_settings(env={})
    assert settings.database_url == f"sqlite:///{Path.cwd() / 'listener.db'}"
    assert settings.brands == ()
    assert settings.phrases_folder is None
    assert settings.report.templates is None
    assert settings.report.output == Path("reports/out")
    assert (settings.settle_days, settings.x.delay_seconds) == (7, 30)
    assert settings.source is None


def test_a_brand_becomes_the_brand_of_the_vocabulary():
    (brand,) = load_settings(write(BRAND), env={}).brands
    assert brand == Brand(
        key="acme",
        name="Acme",
        accounts=(
            Account(platform="x", handle="AcmeHelp", role="care"),
            Account(platform="x", handle="Acme", role="main"),
            Account(platform="mastodon", handle="help@acme.example", role="person"),
        ),
        queries=("acme app",),
        count_from=date(2026, 1, 31),
        time_zone="Europe/Berlin",
        opening_hours=(
            OpeningHours(weekday="mon", opens=time(8), closes=time(20)),
            OpeningHours(weekday="tue", opens=time(8), closes=time(20)),
            OpeningHours(weekday="sat", opens=time(9), closes=time(14)),
        ),
        holidays="DE-BY",
        languages=("de",),
        mode="owner",
        month_cap_dollars=Decimal("12.5"),
    )


def test_a_file_lies_over_the_defaults_and_leaves_the_rest():
    settings = load_settings(write('[report]\nlanguage = "de"'), env={})
    assert (settings.report.language, settings.report.handles) == ("de", "initials")


def test_the_environment_lies_over_the_file():
    env = {"LISTENER_REPORT__LANGUAGE": "en", "LISTENER_SETTLE_DAYS": "3"}
    settings = load_settings(write('settle_days = 5\n[report]\nlanguage = "de"'), env=env)
    assert (settings.report.language, settings.settle_days) == ("en", 3)


def test_flags_lie_over_the_environment():
    env = {"LISTENER_REPORT__OUTPUT": "from-env", "LISTENER_SETTLE_DAYS": "3"}
    flags = {"report.output": Path("from-flag"), "settle_days": None}
    settings = load_settings(overrides=flags, env=env)
    assert (settings.report.output, settings.settle_days) == (Path("from-flag"), 3)


def test_flags_may_be_nested_tables():
    settings = load_settings(overrides={"report": {"language": "de", "output": None}}, env={})
    assert settings.report.language == "de"


def test_the_environment_changes_one_key_of_a_brand():
    env = {"LISTENER_BRANDS__ACME__MODE": "watch", "LISTENER_BRANDS__ACME__QUERIES": '["a", "b"]'}
    (brand,) = load_settings(write(BRAND), env=env).brands
    assert (brand.mode, brand.queries, brand.name) == ("watch", ("a", "b"), "Acme")


def test_empty_variables_count_as_unset():
    env = {"LISTENER_SETTLE_DAYS": "", "DATABASE_URL": "", "LISTENER_CONFIG": ""}
    assert load_settings(env=env).settle_days == 7


def test_the_file_is_named_by_flag_before_variable_before_the_current_folder():
    write("settle_days = 1", "listener.toml")
    write("settle_days = 2", "two.toml")
    write("settle_days = 3", "three.toml")
    env = {"LISTENER_CONFIG": "two.toml"}
    assert load_settings(env={}).settle_days == 1
    assert load_settings(env=env).settle_days == 2
    assert load_settings(Path("three.toml"), env=env).settle_days == 3


def test_the_settings_know_their_file():
    assert load_settings(write(BRAND), env={}).source == Path.cwd() / "my.toml"


def test_paths_in_a_file_start_from_its_folder():
    text = 'database_url = "a.db"\nphrases_folder = "p"\n[report]\noutput = "/abs"\ntemplates = ""'
    settings = load_settings(write(text, "etc/my.toml"), env={})
    folder = Path.cwd() / "etc"
    assert settings.database_url == f"sqlite:///{folder / 'a.db'}"
    assert settings.phrases_folder == folder / "p"
    assert (settings.report.output, settings.report.templates) == (Path("/abs"), None)


def test_paths_from_flags_and_variables_start_from_the_current_folder():
    path = write("", "etc/my.toml")
    settings = load_settings(path, {"database_url": "b.db"}, {"LISTENER_REPORT__OUTPUT": "o"})
    assert settings.database_url == f"sqlite:///{Path.cwd() / 'b.db'}"
    assert settings.report.output == Path("o")


def test_a_file_from_an_editor_that_writes_a_byte_order_mark_loads():
    path = Path("bom.toml")
    path.write_bytes(b"\xef\xbb\xbfsettle_days = 4\r\n")
    assert load_settings(path, env={}).settle_days == 4


def test_the_process_environment_is_read_unless_another_is_given(monkeypatch):
    monkeypatch.setenv("LISTENER_SETTLE_DAYS", "9")
    assert load_settings().settle_days == 9
    assert load_settings(env={}).settle_days == 7


def test_prices_are_those_that_the_budget_knows_to_the_cent():
    from listener.collect.budget import KINDS, PriceTable

    prices = load_settings(env={}).x.prices
    assert tuple(prices) == KINDS
    assert PriceTable(**prices) == PriceTable()


def test_money_is_kept_as_it_is_written():
    text = "[x]\nmonth_cap_dollars = 0.3\n[x.prices]\npost = 0.0061\nuser = 1"
    x = load_settings(write(text), env={}).x
    assert x.month_cap_dollars == Decimal("0.3")
    assert (x.prices["post"], x.prices["user"]) == (Decimal("0.0061"), Decimal(1))
    assert x.prices["own_post"] == Decimal("0.001")


@pytest.mark.parametrize(
    ("text", "cap"),
    [("", Decimal(25)), ('"none"', None), ('"None"', None), ("0", Decimal(0)), ("7", Decimal(7))],
)
def test_a_cap_is_an_amount_or_the_word_none(text, cap):
    written = f"[x]\nmonth_cap_dollars = {text}" if text else ""
    assert load_settings(write(written), env={}).x.month_cap_dollars == cap


def test_money_comes_from_the_environment_too():
    env = {
        "LISTENER_X__MONTH_CAP_DOLLARS": "3.10",
        "LISTENER_X__PRICES__POST": "0.01",
        "LISTENER_BRANDS__ACME__MONTH_CAP_DOLLARS": "none",
    }
    settings = load_settings(write(BRAND), env=env)
    assert settings.x.month_cap_dollars == Decimal("3.10")
    assert (settings.x.prices["post"], settings.x.prices["user"]) == (
        Decimal("0.01"),
        Decimal("0.01"),
    )
    assert settings.brands[0].month_cap_dollars is None
    assert load_settings(env={"LISTENER_X__MONTH_CAP_DOLLARS": "none"}).x.month_cap_dollars is None


def test_servers_are_named_by_the_domain_of_their_accounts():
    text = """
        [mastodon]
        timeout_seconds = 5
        [mastodon.servers]
        "acme.example" = "https://Social.acme.example/"
        "local.example:3000" = "http://127.0.0.1:8080"
    """
    mastodon = load_settings(write(text), env={}).mastodon
    assert (mastodon.timeout_seconds, mastodon.delay_seconds) == (5, 60)
    assert mastodon.servers == {
        "acme.example": "https://social.acme.example",
        "local.example:3000": "http://127.0.0.1:8080",
    }


def test_servers_on_this_machine_have_accounts_of_that_name():
    text = """
        [mastodon.servers]
        "localhost:8080" = "http://127.0.0.1:8080"
        [brands.acme]
        name = "Acme"
        accounts = [{ platform = "mastodon", handle = "acme@localhost:8080" }]
    """
    settings = load_settings(write(text), env={})
    assert settings.mastodon.servers == {"localhost:8080": "http://127.0.0.1:8080"}
    assert settings.brands[0].accounts[0].handle == "acme@localhost:8080"


def test_servers_come_from_the_environment_as_json():
    env = {"LISTENER_MASTODON__SERVERS": '{"a.example": "http://localhost:1"}'}
    assert load_settings(env=env).mastodon.servers == {"a.example": "http://localhost:1"}


def test_the_secrets_file_lies_beside_the_settings_file_unless_told_otherwise():
    here = Path("listener.secrets.toml")
    assert load_settings(env={}).secrets_file == here
    path = write("", "etc/my.toml")
    assert load_settings(path, env={}).secrets_file == Path.cwd() / "etc" / here
    assert load_settings(path, env={"LISTENER_SECRETS_FILE": "s"}).secrets_file == Path("s")
    named = write('secrets_file = "keys/s.toml"', "etc/other.toml")
    assert load_settings(named, env={}).secrets_file == Path.cwd() / "etc/keys/s.toml"


def test_settings_cannot_be_changed():
    settings = load_settings(env={})
    with pytest.raises(AttributeError):
        settings.settle_days = 1


def test_variables_of_others_that_share_the_prefix_do_no_harm():
    env = {"LISTENER_PORT": "tcp://10.0.0.1:80", "LISTENER_SERVICE_HOST": "10.0.0.1"}
    assert isinstance(load_settings(env=env), Settings)


def test_the_database_may_come_from_a_file_that_a_variable_names():
    path = write("postgres://anna:hunter2@db/posts\n", "secret")
    settings = load_settings(env={"DATABASE_URL_FILE": str(path)})
    assert settings.database_url == "postgresql+psycopg://anna:hunter2@db/posts"


def test_our_own_variable_for_the_database_comes_first():
    env = {"DATABASE_URL": "postgres://db/theirs", "LISTENER_DATABASE_URL": "ours.db"}
    assert load_settings(env=env).database_url.endswith("/ours.db")
    assert load_settings(None, {"database_url": "flag.db"}, env).database_url.endswith("/flag.db")


def test_settings_show_no_password():
    settings = load_settings(env={"DATABASE_URL": "postgres://anna:hunter2@db/posts"})
    assert settings.database_url == "postgresql+psycopg://anna:hunter2@db/posts"
    assert settings.database_shown == "postgresql+psycopg://anna:***@db/posts"
    assert "hunter2" not in repr(settings) + str(settings)


def test_a_missing_file_is_a_mistake_of_the_operator():
    with pytest.raises(ConfigError, match=r"settings file none\.toml: no such file"):
        load_settings(Path("none.toml"), env={})


def test_importing_settings_does_not_import_pydantic():
    import subprocess

    code = "import listener.settings, sys; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
