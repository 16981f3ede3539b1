"""Hand reports to their readers: by mail; and tell a watcher that all is well."""
