"""The OpenAPI 3.1 document of a service, made from the operations of its routes.

The schemas are msgspec's own, of the same types that requests are checked with.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec.json import schema_components

from .operation import API, Answer, Operation
from .problems import PROBLEM_MEDIA_TYPE, ProblemDocument

Document = dict[str, Any]

_SCHEMAS: Final = "#/components/schemas/{name}"
_HEADERS: Final[Mapping[str, tuple[str, Document]]] = {
    "X-Request-Id": ("The request's id: the caller's own, the load balancer's, or a new one.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before the next attempt.", {"type": "integer", "minimum": 0}),
    "Accept": ("The media types that are taken.", {"type": "string"}),
    "Allow": ("The methods that the path has.", {"type": "string"}),
    "WWW-Authenticate": ("How to say who one is.", {"type": "string"}),
}
_PROBLEM_HEADERS: Final = {
    401: "WWW-Authenticate",
    405: "Allow",
    409: "Retry-After",
    415: "Accept",
    503: "Retry-After",
}

_OF_EVERY_OPERATION: Final = {
    405: "the path does not have this method",
    413: "the body is too large, even where none is read",
    500: "an unexpected error, which has been logged",
    503: "the service is overloaded or took too long",
}
_OF_A_BODY: Final = {
    400: "the body is not JSON",
    408: "the body did not come in time",
    413: "the body is too large",
    415: "the body is not declared to be JSON",
    422: "the request does not fit the schema",
}
_OF_PARAMETERS: Final = {422: "the request does not fit the schema"}
_OF_A_PATH: Final = {404: "there is nothing at this path"}
_OF_BEARER: Final = {401: "the token is missing"}


def document(api: API, operations: Iterable[tuple[str, str, Operation]]) -> Document:
    """The document, for operations given as path, method and operation."""
    described = list(operations)
    schemas = _Schemas(described)
    paths: dict[str, Document] = {}
    for path, method, operation in described:
        # Starlette writes a parameter's convertor behind its name: `{id:int}`.
        paths.setdefault(re.sub(r"{(\w+):\w+}", r"{\1}", path), {})[method.lower()] = _operation(operation, schemas)
    components: Document = {
        "schemas": schemas.components,
        "headers": {name: _header(*header) for name, header in _HEADERS.items()},
    }
    if any(operation.security for _, _, operation in described):
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.1",
        "info": {"title": api.title, "description": api.description, "version": api.version},
        # Wherever the document came from: a service does not know its own address.
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components,
    }


class _Schemas:
    """The schemas of all types that the operations name."""

    def __init__(self, operations: list[tuple[str, str, Operation]]) -> None:
        bodies: list[Any] = [ProblemDocument]
        for _, _, operation in operations:
            bodies += [answer.content for answer in operation.answers.values() if answer.content is not None]
            bodies += [operation.body] if operation.body is not None else []
        references, self.components = schema_components(bodies, ref_template=_SCHEMAS)
        # A type may be one that has no hash, such as `list[Story]`.
        self._references = list(zip(bodies, references, strict=True))

    def of(self, kind: Any) -> Document:
        """The schema of a body's type, by reference if it is a struct."""
        return next(reference for known, reference in self._references if known == kind)

    def fields(self, struct: type[msgspec.Struct]) -> Iterable[tuple[str, Document, bool]]:
        """Name, schema and whether it must be there, for each field of a struct of parameters."""
        _, found = schema_components([struct], ref_template=_SCHEMAS)
        schema = found.pop(struct.__name__)
        self.components.update(found)
        for name, of_field in schema["properties"].items():
            yield name, _without_null(of_field), name in schema.get("required", [])


def _without_null(schema: Document) -> Document:
    """A parameter is there or not; it cannot be null, whatever its field says when it is not."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        schema = {key: value for key, value in schema.items() if key != "anyOf"} | kinds[0]
    return {key: value for key, value in schema.items() if (key, value) != ("default", None)}


def _operation(operation: Operation, schemas: _Schemas) -> Document:
    found: Document = {"operationId": operation.id, "summary": operation.summary}
    if operation.description:
        found["description"] = operation.description
    sources: tuple[tuple[Literal["path", "query", "header"], type[msgspec.Struct] | None], ...] = (
        ("path", operation.path),
        ("query", operation.query),
        ("header", operation.headers),
    )
    parameters = [
        _parameter(name.title() if place == "header" else name, place, schema, required)
        for place, struct in sources
        if struct is not None
        for name, schema, required in schemas.fields(struct)
    ]
    if parameters:
        found["parameters"] = parameters
    if operation.body is not None:
        content = {"application/json": {"schema": schemas.of(operation.body)}}
        found["requestBody"] = {"required": True, "content": content}
    if operation.security:
        found["security"] = [{operation.security: []}]
    answers = {status: _answer(answer, schemas) for status, answer in operation.answers.items()}
    answers |= {status: _problem(status, detail, schemas) for status, detail in problems(operation).items()}
    found["responses"] = {str(status): answers[status] for status in sorted(answers)}
    return found


def problems(operation: Operation) -> Mapping[int, str]:
    """All error answers of an operation: its own, and those that follow from what it takes."""
    found = dict(_OF_EVERY_OPERATION)
    if operation.body is not None:
        found |= _OF_A_BODY
    if operation.query is not None or operation.headers is not None:
        found |= _OF_PARAMETERS
    if operation.path is not None:
        found |= _OF_A_PATH
    if operation.security:
        found |= _OF_BEARER
    return found | dict(operation.problems)


def _parameter(name: str, place: str, schema: Document, required: bool) -> Document:
    description = schema.pop("description", "")
    # A path without one of its parameters is another path.
    parameter: Document = {"name": name, "in": place, "required": required or place == "path", "schema": schema}
    return parameter | ({"description": description} if description else {})


def _answer(answer: Answer, schemas: _Schemas) -> Document:
    headers = _references("X-Request-Id")
    if answer.headers is not None:
        for name, schema, required in schemas.fields(answer.headers):
            headers[name.title()] = _header(schema.pop("description", ""), schema, required)
    found: Document = {"description": answer.description, "headers": headers}
    if answer.content is not None:
        found["content"] = {"application/json": {"schema": schemas.of(answer.content)}}
    if answer.links:
        found["links"] = {
            operation: {"operationId": operation, "parameters": dict(parameters)}
            for operation, parameters in answer.links.items()
        }
    return found


def _problem(status: int, description: str, schemas: _Schemas) -> Document:
    more = _PROBLEM_HEADERS.get(status)
    return {
        "description": description[:1].upper() + description[1:],
        "headers": _references("X-Request-Id", *([more] if more else [])),
        "content": {PROBLEM_MEDIA_TYPE: {"schema": schemas.of(ProblemDocument)}},
    }


def _references(*names: str) -> Document:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _header(description: str, schema: Document, required: bool = True) -> Document:
    return {"description": description, "required": required, "schema": schema}
