"""What an endpoint takes and gives: the description that its document is made from."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]] | Callable[[Request], Response]
"""A coroutine function, or a plain one: that is the faster of the two, and for answers that nothing has to be awaited
for, not even while they are sent (no streams, no files)."""


@dataclass(frozen=True)
class API:
    """What a service's document is about."""

    title: str
    description: str
    version: str
    """The contract's version, not the program's: it changes when clients must."""


@dataclass(frozen=True)
class Answer:
    """One answer that is a success."""

    description: str
    content: Any = None
    """The type of the JSON body; None for no body."""
    headers: type[msgspec.Struct] | None = None
    """Header fields besides those of every answer, as a struct's fields: `rename="kebab"` gives
    them their names, and those with a default need not be there."""
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Operations that take something out of this answer: `{"getStory": {"id": "$response.body#/id"}}`."""


@dataclass(frozen=True)
class Operation:
    """An endpoint and its contract.

    The structs are the ones that the endpoint reads with: `read_query`, `read_path`,
    `read_headers` and `read_json`. Their fields say the limits (`Annotated[int, Meta(ge=1,
    description="...")]`), so what is checked and what is documented cannot differ.
    """

    endpoint: Endpoint
    id: str
    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    query: type[msgspec.Struct] | None = None
    path: type[msgspec.Struct] | None = None
    headers: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    problems: Mapping[int, str] = field(default_factory=dict)
    """Error answers of its own. Those that follow from the above, and those that every operation
    has, need not be named."""
    security: Literal["bearer"] | None = None
