"""The table as PynamoDB sees it. The table itself is made by Terraform."""

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from .limits import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, THREADS


class LatestIndex(GlobalSecondaryIndex["Item"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
    """All listed stories by time, spread over SHARDS. `created_at` holds a story's position."""

    class Meta:
        index_name = "latest"
        projection = AllProjection()

    shard = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class Item(Model):
    """One item of the table: a story, what is left of a deleted one, or the table's secret.

    All are one model, because each model class has a client and connections of its own. `Meta` is
    completed by `bind`.
    """

    class Meta:
        table_name: str
        region: str
        connect_timeout_seconds = CONNECT_TIMEOUT_SECONDS
        read_timeout_seconds = READ_TIMEOUT_SECONDS
        # Repeated is in attempts.py: botocore counts attempts, but a request has a time.
        max_retry_attempts = 0
        max_pool_connections = THREADS

    id = UnicodeAttribute(hash_key=True)
    # Without a shard the item is not in the index `latest`.
    shard = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    template = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    lang = UnicodeAttribute(null=True)
    """Stories from before there were languages have none: they are English."""
    body_hash = UnicodeAttribute(null=True)
    deleted = BooleanAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    """Seconds since 1970: DynamoDB removes the item after that (the table's TTL attribute), though
    it may take days. Until then it is there, and must be taken for gone."""
    secret = BinaryAttribute(null=True, legacy_encoding=False)

    latest = LatestIndex()

    @classmethod
    def put(cls, item_id: str, condition: Condition, **values: str | int | None) -> None:
        """Writes an item if `condition` holds; None is no attribute. Raises PutError.

        `save` does the same, but to make an instance of eleven attributes and serialise it takes as
        long as a twentieth of the whole call.
        """
        attributes = {
            name: {"S": value} if isinstance(value, str) else {"N": str(value)}
            for name, value in values.items()
            if value is not None
        }
        cls._get_connection().put_item(item_id, attributes=attributes, condition=condition)


def bind(table_name: str, region: str) -> type[Item]:
    """Points the model to a table. Where DynamoDB is (AWS_ENDPOINT_URL) and who asks it are
    botocore's to find in the environment."""
    Item.Meta.table_name = table_name
    Item.Meta.region = region
    return Item
