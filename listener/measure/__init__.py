"""Pure measures: frames in, frames and frozen figures out.

No clock, no network and no database: the moment of measuring is an argument.
The rules are those of `docs/measures.md`; their version travels with every figure.
"""

MEASURES_VERSION = "1.4"
