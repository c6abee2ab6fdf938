"""Which language a reader gets: the one in the address, else the one that the browser asks for."""

from .texts import LANGUAGES, Language


def explicit(lang: str | None) -> Language | None:
    """The language that `?lang=` names, if the page speaks it."""
    return next((language for language in LANGUAGES if language == lang), None)


def negotiate(accept_language: str) -> Language:
    """The language that an Accept-Language header likes best; the first of LANGUAGES if none of them.

    Of a range only the first part counts ("ko-KR" is Korean), and a weight that is no number is 0.
    """
    best: Language = LANGUAGES[0]
    best_weight = 0.0
    for part in accept_language.lower().split(","):
        name, _, parameter = part.replace(" ", "").partition(";q=")
        language = explicit(name.partition("-")[0])
        weight = _weight(parameter)
        if language and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0
