from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 30, 6, 5, tzinfo=UTC)


def test_whoever_unsubscribes_is_kept_with_the_first_time_until_it_is_withdrawn(store):
    assert store.load_unsubscribed() == {}
    assert store.save_unsubscribed("a", at=NOW)
    assert not store.save_unsubscribed("a", at=NOW + timedelta(days=1))
    assert store.save_unsubscribed("b", at=NOW)
    assert store.load_unsubscribed() == {"a": NOW, "b": NOW}
    assert store.withdraw_unsubscribed("a")
    assert not store.withdraw_unsubscribed("a")
    assert store.load_unsubscribed() == {"b": NOW}
