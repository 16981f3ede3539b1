"""Collect from Mastodon and X: sources first, then the conversations that are due.

`collection.collect` is the way in. `plans` says what there is to read, `due` which
conversations are to be asked again; both only compute. `source_runs` and
`visit_runs` read, and save page by page; `purse` watches the money.
"""
