"""The service's routes, and how it reads a request."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit import JSON, Settings, invalid, resource

from . import lexicon
from .limits import COUNT_DEFAULT, COUNT_MAX, KINDS


def routes(settings: Settings) -> list[Route]:
    """`GET {BASE_PATH}?kind=noun&count=3`."""
    words = lexicon.load()

    async def get_words(request: Request) -> Response:
        kind, count = parse_query(request.query_params)
        return JSON({"kind": kind, "words": lexicon.pick(words[kind], count)})

    return [resource(settings.path(), GET=get_words)]


def parse_query(query: Mapping[str, str]) -> tuple[str, int]:
    """The kind and the count that a query asks for. Raises Problem 422."""
    kind = query.get("kind")
    if kind not in KINDS:
        raise invalid("kind", f"must be one of {', '.join(KINDS)}")
    count = query.get("count", str(COUNT_DEFAULT))
    # Plain ASCII digits only: int() would also take " 3", "1_0" and digits of other scripts.
    if not (count.isascii() and count.isdigit() and len(count) <= 3 and 1 <= int(count) <= COUNT_MAX):
        raise invalid("count", f"must be an integer between 1 and {COUNT_MAX}")
    return kind, int(count)
