"""Text into labels, with the words that led to them.

`load_phrases` reads the phrase files, `label_posts` decides, `label_evidence`
quotes. Everything runs over columns; no post depends on another one but
through `previous`.
"""
