"""What a request may ask for."""

from typing import Final

KINDS: Final = ("noun", "verb", "adjective")
"""The kinds of words, and the names of their data files."""

COUNT_DEFAULT: Final = 1
COUNT_MAX: Final = 100
"""Words in one answer. Each kind has more words than this, so that none is repeated."""
