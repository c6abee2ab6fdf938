"""What an environment's tables, buckets and queues hold: counted before it is destroyed with them.

What cannot be read is listed all the same, with why. On AWS counting would read, and cost, whole tables and buckets: it
counts no further than `COUNTED`, and takes AWS's numbers of larger tables, which are up to six hours old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from orchestrator.aws import causes, session
from orchestrator.aws.causes import Kind
from orchestrator.aws.session import Aws

COUNTED = 10_000
_PAGE = 1000
# What a queue holds, by its name's end; those of a worker's own are messages.
_QUEUES = {"-dead-letters": "dead letters", "-not-started": "runs that were not started"}
_MESSAGES = {
    "waiting": "ApproximateNumberOfMessages",
    "in_work": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


@dataclass(frozen=True)
class Stored:
    """A table, bucket or queue: what it holds, and how many by kind (empty where that is not known, and `unknown` says
    why). With no `name` it stands for all of its kind, which could not be listed. `about`: how exact the numbers are.
    """

    kind: str
    name: str
    holds: str
    counts: Mapping[str, int] = field(default_factory=dict)
    about: str = ""
    unknown: str = ""

    @property
    def words(self) -> str:
        """One phrase for a person who is about to lose it."""
        if not self.name:
            return f"what its {self.kind}s hold (which there are is not known: {self.unknown})"
        if self.unknown:
            return f"the {self.holds} in {self.name} (how many is not known: {self.unknown})"
        first, *more = self.counts.items()
        # Of one kind the number is enough: what it counts is said before it.
        numbers = [str(first[1]) if not more else _counted(*first), *(_counted(*each) for each in more if each[1])]
        return f"the {self.holds} in {self.name} ({' '.join(filter(None, [self.about, ', '.join(numbers)]))})"

    def json(self) -> dict[str, Any]:
        """For programs."""
        texts = ("name", "holds", "about", "unknown")
        return asdict(self) | {text: getattr(self, text) or None for text in texts}


def of(aws: Aws) -> list[Stored]:
    """What the environment's tables, buckets and queues hold."""
    return [
        *_each(aws, "table", tables, _table),
        *_each(aws, "bucket", _buckets, _bucket),
        *_each(aws, "queue", _queues, _queue),
    ]


def held(aws: Aws, kind: str, name: str) -> Stored:
    """What one of them holds, asked by its name: whoever plans may not list those of the whole account."""
    from botocore.exceptions import ClientError

    try:
        return _COUNTS[kind](aws, name, {})
    except ClientError as error:
        return Stored(kind, name, _holds(kind, name, {}), unknown=session.explain(error))


def tables(aws: Aws) -> dict[str, dict[str, str]]:
    """The environment's tables, each with its tags, by name."""
    client = aws.client("dynamodb")
    names = [name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]]

    def tags(name: str) -> dict[str, str]:
        arn = client.describe_table(TableName=name)["Table"]["TableArn"]
        told = client.list_tags_of_resource(ResourceArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in told}

    return _own(aws, names, tags)


def _each(
    aws: Aws,
    kind: str,
    listed: Callable[[Aws], Mapping[str, dict[str, str]]],
    count: Callable[[Aws, str, Mapping[str, str]], Stored],
) -> Iterator[Stored]:
    from botocore.exceptions import ClientError

    try:
        found = listed(aws)
    except ClientError as error:
        yield Stored(kind, "", "", unknown=session.explain(error))
        return
    for name, tags in sorted(found.items()):
        try:
            yield count(aws, name, tags)
        except ClientError as error:
            yield Stored(kind, name, _holds(kind, name, tags), unknown=session.explain(error))


def _own(aws: Aws, names: list[str], tags: Callable[[str], dict[str, str]]) -> dict[str, dict[str, str]]:
    """Those of the names that are the environment's, with their tags.

    Names alone do not tell: what begins with `storyizer-blue-` may be of an environment called `blue-two`. Where tags
    cannot be read it is taken for this one's.
    """
    from botocore.exceptions import ClientError

    own = {}
    for name in names:
        if name.startswith(f"{aws.environment.prefix}-"):
            try:
                found = tags(name)
            except ClientError:
                found = {}
            if found.get("Environment", aws.environment.name) == aws.environment.name:
                own[name] = found
    return own


def _holds(kind: str, name: str, tags: Mapping[str, str]) -> str:
    if kind == "queue":
        plain = name.removesuffix(".fifo")
        return next((holds for end, holds in _QUEUES.items() if plain.endswith(end)), "messages")
    return tags.get("Holds") or {"table": "items", "bucket": "objects"}[kind]


def _counted(what: str, number: int) -> str:
    words = what.replace("_", " ")
    return f"{number} {words.removesuffix('s') if number == 1 else words}"


def _table(aws: Aws, name: str, tags: Mapping[str, str]) -> Stored:
    """`CountedBy` is the index of what counts."""
    from botocore.exceptions import ClientError

    client, index = aws.client("dynamodb"), tags.get("CountedBy")
    holds = _holds("table", name, tags)
    try:
        items, is_more = _scanned(aws, name, index)
    except ClientError as error:
        if causes.of(error).kind is not Kind.DENIED:
            raise
        items, is_more = 0, True
    if not is_more:
        return Stored("table", name, holds, {"items": items})
    table = client.describe_table(TableName=name)["Table"]
    indexes = {item["IndexName"]: item for item in table.get("GlobalSecondaryIndexes", [])}
    # AWS counts every six hours.
    return Stored(
        "table", name, holds, {"items": max(items, int(indexes.get(index, table)["ItemCount"]))}, about="about"
    )


def _scanned(aws: Aws, name: str, index: str | None) -> tuple[int, bool]:
    """How many items there are, counted no further than `COUNTED` on AWS, and whether there are more."""
    items = 0
    pages = aws.client("dynamodb").get_paginator("scan").paginate(
        TableName=name, Select="COUNT", PaginationConfig={"PageSize": _PAGE}, **({"IndexName": index} if index else {})
    )  # fmt: skip
    for page in pages:
        items += page["Count"]
        if "LastEvaluatedKey" in page and items >= COUNTED and not aws.environment.place.goes_as_a_whole:
            return items, True
    return items, False


def _buckets(aws: Aws) -> dict[str, dict[str, str]]:
    from botocore.exceptions import ClientError

    client = aws.client("s3")

    def tags(name: str) -> dict[str, str]:
        try:
            return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=name)["TagSet"]}
        except ClientError as error:
            if session.is_code(error, "NoSuchTagSet"):
                return {}
            raise

    return _own(aws, [bucket["Name"] for bucket in client.list_buckets()["Buckets"]], tags)


def _bucket(aws: Aws, name: str, tags: Mapping[str, str]) -> Stored:
    objects, former, is_more = 0, 0, False
    pages = aws.client("s3").get_paginator("list_object_versions").paginate(
        Bucket=name, PaginationConfig={"PageSize": _PAGE}
    )  # fmt: skip
    for page in pages:
        latest = [bool(version["IsLatest"]) for version in page.get("Versions", [])]
        objects, former = objects + latest.count(True), former + latest.count(False)
        is_whole = aws.environment.place.goes_as_a_whole
        is_more = bool(page["IsTruncated"]) and not is_whole and objects + former >= COUNTED
        if is_more:
            break
    counts = {"objects": objects, "former_versions": former}
    return Stored("bucket", name, _holds("bucket", name, tags), counts, about="more than" if is_more else "")


def _queues(aws: Aws) -> dict[str, dict[str, str]]:
    client = aws.client("sqs")
    pages = client.get_paginator("list_queues").paginate(QueueNamePrefix=f"{aws.environment.prefix}-")
    urls = {url.rpartition("/")[2]: url for page in pages for url in page.get("QueueUrls", [])}

    def tags(name: str) -> dict[str, str]:
        found: dict[str, str] = client.list_queue_tags(QueueUrl=urls[name]).get("Tags", {})
        return found

    return _own(aws, list(urls), tags)


def _queue(aws: Aws, name: str, tags: Mapping[str, str]) -> Stored:
    client = aws.client("sqs")
    found = client.get_queue_attributes(
        QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"], AttributeNames=list(_MESSAGES.values())
    )["Attributes"]
    counts = {what: int(found.get(attribute, 0)) for what, attribute in _MESSAGES.items()}
    about = "" if aws.environment.place.goes_as_a_whole else "about"
    return Stored("queue", name, _holds("queue", name, tags), counts, about)


_COUNTS: Mapping[str, Callable[[Aws, str, Mapping[str, str]], Stored]] = {
    "table": _table,
    "bucket": _bucket,
    "queue": _queue,
}
