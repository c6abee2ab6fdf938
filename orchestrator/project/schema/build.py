"""Where a service's image comes from and how it is run: the keys `build`, `image`, `command` and `user`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema

from orchestrator.project.schema.rules import VARIABLE_NAME, VARIABLE_RULE, WRITTEN, about, kind, matching, wrong

Text = Annotated[str, Strict()]
# Docker's own form of a name, in outline: registry/repository:tag@digest.
IMAGE = r"[A-Za-z0-9\[][A-Za-z0-9._:/\[\]-]*(@sha256:[0-9a-f]{64})?"
USER = r"[1-9][0-9]{0,9}(:[0-9]{1,10})?"
PLACE = r"[^/\x00][^\x00]*"


def _command(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or not value:
        wrong(f"'command' is {kind(value) if value != [] else 'an empty list'}", "write a list: [node, server.js]")
    for word in value:
        if not isinstance(word, str):
            wrong(f"'command' holds {word!r}, which is {kind(word)}, not text", f'quote it: "{word}"')
    return value


def _image(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(IMAGE, value) or re.search(r"//|:$|/$|:/", value):
        fix = "write it as docker pull takes it: registry.example.com/team/shop:1.2, without a scheme"
        wrong(f"'image' is {WRITTEN}, which names no image", fix)
    return value


_Argument = Annotated[str, *matching(VARIABLE_NAME, "the name of a build argument", "NODE_VERSION")]


@dataclass(frozen=True, kw_only=True)
class Build:
    """A Dockerfile with a context of its own, built as `docker build --file DOCKERFILE CONTEXT` builds it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    context: Annotated[
        Text,
        *matching(PLACE, "a path relative to the service's folder", "../.."),
        about(
            "the context's folder, relative to the service's; it may lead out of that, but not out of the checkout. "
            "Its `.dockerignore` says what does not go along",
            example="../..",
        ),
    ] = "."
    dockerfile: Annotated[
        Text,
        *matching(PLACE, "a path relative to the service's folder", "Dockerfile"),
        about("the Dockerfile, relative to the service's folder, in the context or outside of it"),
    ] = "Dockerfile"
    target: Annotated[Text | None, about("the stage to build; without it the last one", example="runtime")] = None
    arguments: Annotated[
        Mapping[_Argument, Annotated[Text, *VARIABLE_RULE]],
        about("build arguments, not for secrets: they stay in the image's history", example='{FLAVOUR: "plain"}'),
    ] = field(default_factory=dict)
    network: Annotated[
        bool,
        Strict(),
        about("whether the build has a network, with this machine's proxy and [registries](images.md#a-network)"),
    ] = False


IMAGE_RULE = (BeforeValidator(_image), WithJsonSchema({"type": "string", "pattern": f"^({IMAGE})$"}))
COMMAND_RULE = (BeforeValidator(_command), Field(json_schema_extra={"minItems": 1}))
USER_RULE = matching(USER, "the numbers of a user and a group, and not root", '"10001:10001"')
