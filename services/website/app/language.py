"""Which language a reader gets: the one in the address, else the one that the browser asks for."""

from .accept import weights
from .texts import LANGUAGES, Language


def explicit(lang: str | None) -> Language | None:
    """The language that `?lang=` names, if the page speaks it."""
    return next((language for language in LANGUAGES if language == lang), None)


def negotiate(accept_language: str) -> Language:
    """The language that an Accept-Language header likes best; the first of LANGUAGES if none of them.

    Of a range only the first part counts ("ko-KR" is Korean).
    """
    best: Language = LANGUAGES[0]
    best_weight = 0.0
    for name, weight in weights(accept_language):
        language = explicit(name.partition("-")[0])
        if language and weight > best_weight:
            best, best_weight = language, weight
    return best
