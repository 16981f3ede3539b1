"""Turn the figures of a week into a page, a text, and files that prove them."""
