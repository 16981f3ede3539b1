from datetime import timedelta

from tests.builders import START, make_brand, make_post, moment


def test_a_brands_first_post_is_its_own_or_names_it(store):
    store.save_posts(
        [
            make_post("@acme help", at=5),
            make_post("hello", author="Acme", at=9),
            make_post("@beta_x help", at=7, mentions=("beta_x",)),
            make_post("news", author="beta@social.example", at=3),
            make_post("@betaAx and @acmes", at=1),
        ],
        seen_at=START,
    )
    beta = make_brand("beta", handles=("Beta_X", "beta@social.example"))
    gamma = make_brand("gamma")
    found = store.load_first_posts([make_brand("acme"), beta, gamma])
    assert found == {"acme": moment(5), "beta": moment(3)}


def test_an_account_of_the_same_name_on_another_platform_is_somebody_else(store):
    store.save_posts([make_post("hello", author="acme@social.example")], seen_at=START)
    assert store.load_first_posts([make_brand("acme")]) == {}


def test_private_posts_are_not_looked_at(store):
    store.save_posts(
        [
            make_post("@acme hush", visibility="direct"),
            make_post("@acme help", at=START + timedelta(days=1)),
        ],
        seen_at=START,
    )
    assert store.load_first_posts([make_brand()]) == {"acme": START + timedelta(days=1)}
