"""The service's routes, and how it reads requests."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit import JSON, Problem, Settings, invalid, read_json, resource

from . import cursor
from .limits import PAGE_DEFAULT, PAGE_MAX
from .store import Store
from .story import ID_PATTERN, NewStory, Story


def routes(settings: Settings, store: Store) -> list[Route]:
    """`POST` and `GET {BASE_PATH}`, `GET {BASE_PATH}/{id}`."""

    async def create_story(request: Request) -> Response:
        new = await read_json(request, NewStory)
        new.check()
        story = Story.create(new)
        await store.add(story)
        return JSON(story, 201, {"Location": settings.path(f"/{story.id}")})

    async def list_stories(request: Request) -> Response:
        limit, position = parse_query(request.query_params)
        # One more than asked for tells whether there is a next page.
        found = await store.older_than(position, limit + 1)
        page = found[:limit]
        following = cursor.encode(page[-1].position) if len(found) > limit else None
        return JSON({"stories": page, "next": following})

    async def get_story(request: Request) -> Response:
        story_id = request.path_params["id"]
        story = await store.get(story_id) if ID_PATTERN.fullmatch(story_id) else None
        if story is None:
            raise Problem(404, "there is no story with this id")
        return JSON(story)

    return [
        resource(settings.path(), GET=list_stories, POST=create_story),
        resource(settings.path("/{id}"), GET=get_story),
    ]


def parse_query(query: Mapping[str, str]) -> tuple[int, str | None]:
    """The page's size, and the position that it begins after. Raises Problem 422."""
    limit = query.get("limit", str(PAGE_DEFAULT))
    # Plain ASCII digits only: int() would also take " 3", "1_0" and digits of other scripts.
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 2 and 1 <= int(limit) <= PAGE_MAX):
        raise invalid("limit", f"must be an integer between 1 and {PAGE_MAX}")
    text = query.get("cursor")
    if text is None:
        return int(limit), None
    try:
        return int(limit), cursor.decode(text)
    except cursor.InvalidCursor:
        raise invalid("cursor", "is not a cursor from an earlier answer") from None
