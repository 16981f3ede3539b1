"""Brands named by flags and by the authors of a file."""

import pytest

from listener.errors import ConfigError
from listener.jobs.brand_flags import make_brands, parse_brands, remember_brands
from listener.posts import Account


def test_a_flag_names_accounts_of_both_platforms():
    (brand,) = parse_brands(["acme-shop=@AcmeHelp, help@acme.example"])
    assert (brand.key, brand.name) == ("acme-shop", "Acme-Shop")
    assert brand.accounts == (
        Account(platform="x", handle="AcmeHelp"),
        Account(platform="mastodon", handle="help@acme.example"),
    )


@pytest.mark.parametrize("text", ["", "acme", "acme=", "=AcmeHelp", "Acme=x", "ac me=x", "acme= ,"])
def test_other_forms_are_refused(text):
    with pytest.raises(ConfigError, match="is not KEY=ACCOUNT"):
        parse_brands([text])


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        parse_brands(["acme", "bolt", "a=x", "b=@X"])
    assert len(caught.value.problems) == 3


def test_flags_are_remembered_and_replaced(store):
    remember_brands(store, parse_brands(["acme=One,Two"]))
    remember_brands(store, parse_brands(["acme=Two"]))
    (brand,) = store.load_brands()
    assert [account.handle for account in brand.accounts] == ["Two"]


def test_an_account_belongs_to_one_brand_only(store):
    store.save_brands(make_brands(["AcmeHelp"]))
    with pytest.raises(ConfigError, match=r"belongs to acmehelp.* --brand acmehelp="):
        remember_brands(store, parse_brands(["acme=@acmehelp"]))
    remember_brands(store, parse_brands(["acmehelp=AcmeHelp,Acme"]))
    assert len(store.load_brands()) == 1


def test_names_that_belong_to_a_brand_make_no_second_one():
    known = parse_brands(["acme=AcmeHelp"])
    assert [brand.key for brand in make_brands(["acmehelp", "Bolt"], known)] == ["bolt"]


def test_names_that_look_alike_get_keys_of_their_own():
    brands = make_brands(["a_b", "a__b", "A_B"])
    assert sorted(brand.key for brand in brands) == ["a-b", "a-b-2"]


def test_nothing_named_is_nothing_kept(store):
    remember_brands(store, ())
    assert make_brands([]) == ()
    assert store.load_brands() == ()
