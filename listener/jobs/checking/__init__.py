"""See before the first run what will work: accounts, tokens, servers, money, places.

`check.check` is the way in. The other modules judge what was seen, each its own part.
"""
