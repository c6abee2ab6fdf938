"""The service's routes, and how it reads requests."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from servicekit import (
    JSON,
    Answer,
    Operation,
    Problem,
    Settings,
    bearer_token,
    invalid,
    read_headers,
    read_json,
    read_path,
    read_query,
    resource,
)

from . import cursor
from .attempts import Clock
from .contract import CreatedHeaders, CreateHeaders, ListQuery, StoryPath
from .limits import RETRY_AFTER_SECONDS
from .secret import random_id
from .store import StillRunning, Store
from .story import CreatedStory, NewStory, Story, StoryPage
from .table import AnotherStory

_UNWRITTEN: Final = "must have more than white space, and no control characters"


def routes(settings: Settings, store: Store) -> list[BaseRoute]:
    """`POST` and `GET {BASE_PATH}`, `GET` and `DELETE {BASE_PATH}/{id}`."""

    async def create_story(request: Request) -> Response:
        clock = Clock()
        key = read_headers(request, CreateHeaders).idempotency_key
        new = await _read_story(request)
        secret = await store.secret()
        story_id = secret.story_id(key) if key else random_id()
        try:
            kept = await store.add(story_id, new, clock)
        except AnotherStory:
            raise invalid("idempotency-key", "was used for another story") from None
        except StillRunning:
            detail = "a request with this Idempotency-Key is still running"
            raise Problem(409, detail, retry_after_seconds=RETRY_AFTER_SECONDS) from None
        headers = {"Location": settings.path(f"/{story_id}")}
        if kept.replayed:
            headers["Idempotency-Replayed"] = "true"
        token = secret.delete_token(story_id)
        story = CreatedStory(story_id, new.template, new.text, new.lang, kept.created_at, new.listed, token)
        return JSON(story, 201, headers)

    async def list_stories(request: Request) -> Response:
        clock = Clock()
        query = read_query(request, ListQuery)
        secret = await store.secret()
        place = None
        if query.cursor is not None:
            try:
                place = cursor.decode(query.cursor, secret)
            except cursor.InvalidCursor:
                raise invalid("cursor", "is not a cursor from an earlier answer") from None
        # One more than asked for tells whether there is a next page.
        found = await store.older_than(place, query.limit + 1, clock)
        page = found[: query.limit]
        following = cursor.encode(page[-1].position, secret) if len(found) > query.limit else None
        return JSON(StoryPage(page, following))

    async def get_story(request: Request) -> Response:
        story = await store.get(read_path(request, StoryPath).id, Clock())
        if story is None:
            raise Problem(404, "there is no story with this id")
        return JSON(story)

    async def delete_story(request: Request) -> Response:
        clock = Clock()
        token = bearer_token(request)
        story_id = read_path(request, StoryPath).id
        secret = await store.secret()
        # The token says all: whether there is a story is not told to those who have none.
        if not secret.is_delete_token(token, story_id):
            raise Problem(403, "this is not the story's delete token")
        await store.delete(story_id, clock)
        return Response(status_code=204)

    of_story = {name: {"id": "$response.body#/id"} for name in ("getStory", "deleteStory")}
    return [
        resource(
            settings.path(),
            GET=Operation(
                list_stories,
                id="listStories",
                summary="Lists stories, newest first",
                description="A walk by cursors meets each story that is there all the time exactly once. A new story "
                "may take a moment to appear, and a deleted one to go.",
                answers={
                    200: Answer(
                        "A page of stories.",
                        StoryPage,
                        links={"listStories": {"cursor": "$response.body#/next"}},
                    )
                },
                query=ListQuery,
            ),
            POST=Operation(
                create_story,
                id="createStory",
                summary="Keeps a story",
                answers={201: Answer("The story is kept.", CreatedStory, headers=CreatedHeaders, links=of_story)},
                headers=CreateHeaders,
                body=NewStory,
                problems={
                    409: "a request with this Idempotency-Key is still running",
                    422: "the request does not fit the schema, or the Idempotency-Key was used for another story",
                },
            ),
        ),
        resource(
            settings.path("/{id}"),
            GET=Operation(
                get_story,
                id="getStory",
                summary="Reads a story",
                answers={200: Answer("The story.", Story)},
                path=StoryPath,
                problems={404: "there is no story with this id"},
            ),
            DELETE=Operation(
                delete_story,
                id="deleteStory",
                summary="Deletes a story",
                description="Can be repeated.",
                answers={204: Answer("The story is gone.")},
                path=StoryPath,
                security="bearer",
                problems={403: "the token is not this story's"},
            ),
        ),
    ]


async def _read_story(request: Request) -> NewStory:
    try:
        return await read_json(request, NewStory)
    except Problem as problem:
        # The only pattern in the body: told in words, it can be understood.
        for error in problem.errors:
            if "matching regex" in error.detail:
                raise invalid(error.field, _UNWRITTEN) from None
        raise
