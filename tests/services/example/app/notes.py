"""A small described API: notes in memory, with everything that an operation can have."""

import itertools
import secrets
from typing import Annotated, Literal

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit import (
    JSON,
    Answer,
    Operation,
    Problem,
    Settings,
    bearer_token,
    read_headers,
    read_json,
    read_path,
    read_query,
    resource,
)

NOTES_MAX = 1000

Colour = Annotated[Literal["yellow", "green"], Meta(description="the paper")]
NoteId = Annotated[str, Meta(description="a note's id", pattern="^[0-9]{1,9}$")]


class NewNote(Struct, forbid_unknown_fields=True):
    """What a client sends."""

    text: Annotated[str, Meta(description="what it says", min_length=1, max_length=100, examples=["buy milk"])]
    colour: Colour = "yellow"
    tags: Annotated[list[Annotated[str, Meta(min_length=1, max_length=10)]], Meta(max_length=3)] = []
    weight: Annotated[int, Meta(ge=0, le=10)] | None = None


class Note(Struct):
    """A note that is kept."""

    id: NoteId
    text: str
    colour: Colour
    tags: list[str]
    weight: int | None = None


class CreatedNote(Note, kw_only=True):
    """A new note, with what is needed to delete it."""

    delete_token: str


class Notes(Struct):
    """A list of notes."""

    notes: list[Note]


class Search(Struct, frozen=True):
    """Which notes to list."""

    limit: Annotated[int, Meta(description="at most so many", ge=1, le=50, examples=[3])] = 20
    colour: Colour | None = None
    long: Annotated[bool, Meta(description="long ones only")] = False


class OneNote(Struct):
    """The path of a note."""

    id: NoteId


class CreateHeaders(Struct, rename="kebab"):
    """What may be said about a new note besides it."""

    x_pen: Annotated[str, Meta(description="what it is written with", pattern="^[a-z]{1,10}$")]


class CreatedHeaders(Struct, rename="kebab"):
    """What is said about a new note besides it."""

    location: Annotated[str, Meta(description="where the note is")]


def routes(settings: Settings) -> list[Route]:
    """`/notes` and `/notes/{id}`."""
    notes: dict[str, CreatedNote] = {}
    tokens: dict[str, str] = {}
    numbers = itertools.count(1)

    async def create(request: Request) -> Response:
        read_headers(request, CreateHeaders)
        new = await read_json(request, NewNote)
        if len(notes) >= NOTES_MAX:
            del notes[next(iter(notes))]
        note = CreatedNote(
            str(next(numbers)), new.text, new.colour, new.tags, new.weight, delete_token=secrets.token_hex(8)
        )
        notes[note.id] = note
        # Kept when the note is gone: a repeated delete is answered as the first one was.
        tokens[note.id] = note.delete_token
        return JSON(note, 201, {"Location": settings.path(f"/notes/{note.id}")})

    async def search(request: Request) -> Response:
        wanted = read_query(request, Search)
        found = [note for note in map(public, notes.values()) if wanted.colour in (None, note.colour)]
        return JSON(Notes([note for note in found if len(note.text) > 50 or not wanted.long][-wanted.limit :]))

    async def read(request: Request) -> Response:
        note = public(find(read_path(request, OneNote).id))
        # What the document does not say, for the test that this is found.
        return JSON({"id": note.id} if settings.environment == "broken" else note)

    async def delete(request: Request) -> Response:
        token = bearer_token(request)
        note_id = read_path(request, OneNote).id
        if tokens.get(note_id) != token:
            raise Problem(403, "this is not the note's token")
        notes.pop(note_id, None)
        return Response(status_code=204)

    def find(note_id: str) -> CreatedNote:
        if note_id not in notes:
            raise Problem(404, "there is no note with this id")
        return notes[note_id]

    links = {
        "readNote": {"id": "$response.body#/id"},
        "deleteNote": {"id": "$response.body#/id"},
    }
    return [
        resource(
            settings.path("/notes"),
            POST=Operation(
                create,
                id="createNote",
                summary="Keeps a note",
                answers={201: Answer("the note is kept", CreatedNote, headers=CreatedHeaders, links=links)},
                headers=CreateHeaders,
                body=NewNote,
            ),
            GET=Operation(
                search, id="searchNotes", summary="Lists notes", answers={200: Answer("notes", Notes)}, query=Search
            ),
        ),
        resource(
            settings.path("/notes/{id}"),
            GET=Operation(
                read,
                id="readNote",
                summary="Reads a note",
                answers={200: Answer("the note", Note)},
                path=OneNote,
                problems={404: "there is no note with this id"},
            ),
            DELETE=Operation(
                delete,
                id="deleteNote",
                summary="Deletes a note",
                answers={204: Answer("the note is gone")},
                path=OneNote,
                security="bearer",
                problems={403: "this is not the note's token"},
            ),
        ),
    ]


def public(note: CreatedNote) -> Note:
    """The note without its token."""
    return Note(note.id, note.text, note.colour, note.tags, note.weight)
