"""The table as PynamoDB sees it. The table itself is made by Terraform."""

import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from .limits import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, RETRIES, THREADS, UNLISTED_SECONDS
from .story import Story


class LatestIndex(GlobalSecondaryIndex["Item"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
    """All stories by time, spread over SHARDS. `created_at` holds a story's position."""

    class Meta:
        index_name = "latest"
        projection = AllProjection()

    shard = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class Item(Model):
    """One item of the table. `Meta` is completed by `bind`."""

    class Meta:
        table_name: str
        region: str
        connect_timeout_seconds = CONNECT_TIMEOUT_SECONDS
        read_timeout_seconds = READ_TIMEOUT_SECONDS
        max_retry_attempts = RETRIES
        max_pool_connections = THREADS

    id = UnicodeAttribute(hash_key=True)
    # Without a shard the item is not in the index `latest`.
    shard = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    template = UnicodeAttribute()
    text = UnicodeAttribute()
    body_hash = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)
    """Seconds since 1970: DynamoDB removes the item after that (the table's TTL attribute)."""

    latest = LatestIndex()

    @classmethod
    def of(cls, story: Story) -> "Item":
        """The item that keeps a story."""
        return cls(
            id=story.id,
            shard=story.shard if story.listed else None,
            created_at=story.position,
            template=story.template,
            text=story.text,
            body_hash=story.body_hash,
            expires_at=None if story.listed else int(time.time()) + UNLISTED_SECONDS,
        )

    def story(self) -> Story:
        """The story that the item keeps."""
        created_at = self.created_at.partition("#")[0]
        return Story(self.id, self.template, self.text, created_at, listed=self.shard is not None)


def bind(table_name: str, region: str) -> type[Item]:
    """Points the model to a table. Where DynamoDB is (AWS_ENDPOINT_URL) and who asks it are
    botocore's to find in the environment."""
    Item.Meta.table_name = table_name
    Item.Meta.region = region
    return Item
