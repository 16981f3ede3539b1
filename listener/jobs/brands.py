"""Which brands there are: those of the settings, else those named at an import."""

from listener.posts import Account, Brand, fold_handle
from listener.settings import Settings
from listener.store.store import Store


def find_brands(settings: Settings, store: Store) -> tuple[Brand, ...]:
    """Return the settings' brands, and those of the store that are not among them.

    A brand of the settings wins over one of the same key, or with one of its
    accounts, that an import has named.
    """
    named = {brand.key for brand in settings.brands}
    claimed = {account_key(account) for brand in settings.brands for account in brand.accounts}
    others = [
        brand
        for brand in store.load_brands()
        if brand.key not in named
        and claimed.isdisjoint(account_key(account) for account in brand.accounts)
    ]
    return (*settings.brands, *others)


def account_key(account: Account) -> tuple[str, str]:
    """Return what makes an account the same as another one."""
    return account.platform, fold_handle(account.handle)
