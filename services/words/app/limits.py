"""What a request may ask for."""

from typing import Final

COUNT_MAX: Final = 100
"""Words in one answer. Each list has more words than this, so that none is repeated."""

SEED_MAX: Final = 2**53 - 1
"""The largest integer that JavaScript holds exactly."""

TEMPLATE_MAX_CHARS: Final = 1000
"""Unicode code points in a template, as everywhere in this service."""

BLANKS_MAX: Final = 100
"""Blanks in one template. Each list has more words than this."""

WORD_MAX_CHARS: Final = 40
"""No word of the lexicon is longer."""

MAX_BODY_BYTES: Final = 64 * 1024
"""Room for the longest template and a word for each blank, with every character written as a JSON escape."""
