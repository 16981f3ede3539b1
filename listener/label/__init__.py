"""Text into labels, with the words that led to them.

`load_phrases` reads the phrase files, `label_posts` decides, `label_evidence`
quotes, `label_promises` reads what is promised. Everything runs over columns; no post
depends on another one but through `previous`.
"""

from listener.label.evidence import iter_evidence, label_evidence
from listener.label.labels import label_posts
from listener.label.phrase_files import load_phrases
from listener.label.phrases import LABELLER, Phrases
from listener.label.promises import label_promises
from listener.label.register import add_registers

__all__ = [
    "LABELLER",
    "Phrases",
    "add_registers",
    "iter_evidence",
    "label_evidence",
    "label_posts",
    "label_promises",
    "load_phrases",
]
