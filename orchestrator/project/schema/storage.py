"""Storage of a service's own: tables, buckets and queues, and who else may use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from orchestrator.project.schema.rules import VARIABLE_NAME, about, matching, wrong
from orchestrator.project.schema.types import NO_OTHER_KEYS, Flag, Name, Text, Whole, Words

ATTRIBUTE = r"[A-Za-z0-9_.-]{1,255}"
# What a program does with items, where a manifest does not say less.
READ = ("GetItem", "BatchGetItem", "Query")
WRITE = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem")
AttributeType = Literal["text", "number", "binary"]


def _one_or_two(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if not 1 <= len(value) <= 2:
        wrong("{label} has not one or two attributes", "write {PARTITION: text} or {PARTITION: text, SORT: text}")
    return value


KeyAttributes = Annotated[
    Mapping[Annotated[Text, *matching(ATTRIBUTE, "an attribute's name", "user_id")], AttributeType],
    AfterValidator(_one_or_two),
]


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index."""

    __pydantic_config__ = NO_OTHER_KEYS

    key: Annotated[KeyAttributes, about("partition attribute and, if wanted, sort attribute", example="{shard: text}")]
    attributes: Annotated[Words | None, about("attributes that it holds beside the keys; without it all")] = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A DynamoDB table."""

    __pydantic_config__ = NO_OTHER_KEYS

    key: Annotated[KeyAttributes, about("partition attribute and, if wanted, sort attribute", example="{id: text}")]
    indexes: Annotated[Mapping[Name, Index], about("global secondary indexes by name")] = field(default_factory=dict)
    expires: Annotated[
        Text | None,
        *matching(ATTRIBUTE, "an attribute's name", "expires_at"),
        about("attribute with the time (Unix, seconds) at which an item is deleted"),
    ] = None
    read: Annotated[Words | None, about(f"DynamoDB actions of `read-only` access, if not {', '.join(READ)}")] = None
    write: Annotated[Words | None, about(f"DynamoDB actions that `read-write` adds, if not {', '.join(WRITE)}")] = None
    counted_by: Annotated[Name | None, about("index by which `down` counts what would be lost")] = None


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """An S3 bucket."""

    __pydantic_config__ = NO_OTHER_KEYS

    versions: Annotated[Flag, about("earlier versions of an object are kept")] = True
    expire_days: Annotated[Whole | None, about("days after which an object is deleted", low=1, high=36500)] = None


@dataclass(frozen=True, kw_only=True)
class Queue:
    """An SQS queue and its dead-letter queue."""

    __pydantic_config__ = NO_OTHER_KEYS

    visibility: Annotated[
        Whole, about("seconds that a message that is being worked on is hidden from others", low=1, high=43200)
    ] = 120
    attempts: Annotated[
        Whole, about("how often a message is tried before it becomes a dead letter", low=1, high=1000)
    ] = 5
    keep_days: Annotated[Whole, about("days that a message waits at most", low=1, high=13)] = 4
    fifo: Annotated[Flag, about("messages in their order, each once")] = False


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A table, bucket or queue of this service, or of another (`of`), and what this service may do with it."""

    __pydantic_config__ = NO_OTHER_KEYS

    table: Annotated[Table | None, about("a DynamoDB table")] = None
    bucket: Annotated[Bucket | None, about("an S3 bucket")] = None
    queue: Annotated[Queue | None, about("an SQS queue with its dead-letter queue")] = None
    of: Annotated[Text | None, about("the service whose storage of that name it is")] = None
    access: Annotated[
        Literal["read-only", "read-write", "send", "receive"],
        about("`read-only` or `read-write` for tables and buckets, `send` or `receive` for queues"),
    ]
    variable: Annotated[
        Text | None,
        *matching(VARIABLE_NAME, "a variable's name", "UPLOADS_BUCKET"),
        about(
            "variable that holds the table's or bucket's name, or the queue's URL; without it NAME_TABLE, NAME_BUCKET "
            "or NAME_QUEUE"
        ),
    ] = None

    def variable_name(self, name: str) -> str:
        """The variable that names it to the service; `name` is the name of the item."""
        kind = next((kind for kind in ("table", "bucket", "queue") if getattr(self, kind) is not None), None)
        # Of another service's it is not known here what it is, but for what one does with it.
        kind = kind or ("queue" if self.access in ("send", "receive") else "name")
        return self.variable or f"{name.upper().replace('-', '_')}_{kind.upper()}"


# The table of the sample application, as it was before manifests could describe storage.
STORIES = Storage(
    table=Table(
        key={"id": "text"},
        indexes={"latest": Index(key={"shard": "text", "created_at": "text"})},
        expires="expires_at",
        read=("GetItem", "Query"),
        write=("PutItem", "UpdateItem"),
        counted_by="latest",
    ),
    access="read-write",
    variable="STORIES_TABLE",
)
