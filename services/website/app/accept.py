"""Reads Accept, Accept-Encoding and Accept-Language, which list names with weights."""

import math
from collections.abc import Iterator


def weights(header: str) -> Iterator[tuple[str, float]]:
    """Each name in lower case without its parameters, and its weight; one that is no number is 0."""
    for part in header.lower().split(","):
        name, *parameters = part.replace(" ", "").split(";")
        written = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        yield name, _number(written)


def prefers_html(accept: str) -> bool:
    """Whether an Accept header asks for HTML by name, and for JSON less. Programs that take anything get JSON."""
    given = dict(weights(accept))
    html = given.get("text/html", 0.0)
    json = max(given.get(name, 0.0) for name in ("application/json", "application/problem+json"))
    return html > json and html >= given.get("*/*", 0.0)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
