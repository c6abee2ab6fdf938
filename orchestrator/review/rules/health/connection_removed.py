"""Connections between resources that are removed while both ends stay: routes, subscriptions, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.examples.examples import Beside, Fires, Silent, same
from orchestrator.review.rules.facts.clouds.additions import rows_for
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import is_set
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.reasons import because_clause
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rows import UPDATED, Reads, Removed, Row, protects
from orchestrator.review.rules.kit.rule import Rule

_PLACES = {"aws_route": ("route_table_id", "destination_cidr_block"), "aws_route_table_association": ("subnet_id",)}


def _made_again(change: Change) -> bool:
    """True if the plan makes another in the same place: the destination's route, the subnet's table."""
    resource = change.resource
    names = _PLACES.get(resource.type)
    if names is None:
        return False
    return (resource.type, *(str(at(resource.before, name)) for name in names)) in _made(change.plan)


@per_plan
def _made(plan: Plan) -> frozenset[tuple[object, ...]]:
    return frozenset(
        (item.type, *(at(item.after, name) for name in names))
        for item in plan.resources
        if item.action is Action.CREATE
        and (names := _PLACES.get(item.type))
        and all(isinstance(at(item.after, name), str) for name in names)
    )


def _joins(types: str, says: str, *joins: str) -> Row:
    return Removed(
        types,
        f"{says} It is removed{{because}}.",
        severity=Severity.MEDIUM,
        joins=joins,
        unless=_made_again,
    )


def _connected(types: str, path: str, says: str, advice: str) -> Row:
    return protects(types, path, says, advice, Severity.MEDIUM, as_long_as=is_set, actions=UPDATED)


def _dead_letters(types: str, path: str) -> Row:
    says = "Messages that keep failing are no longer moved to a dead-letter queue: they are lost, or block the others."
    return _connected(types, path, says, "Keep the dead-letter queue.")


_NO_TARGET = "The load balancer no longer sends anything to this target."
_LISTENER = "aws_lb_listener"
_SUBSCRIBER = "aws_sns_topic_subscription"
_ROWS: tuple[Row, ...] = (
    _joins("aws_cloudwatch_event_target", "Events of the rule no longer reach this target.", "rule", "arn"),
    _joins(
        "aws_sns_topic_subscription",
        "Messages of the topic no longer reach this subscriber.",
        "topic_arn",
        "endpoint",
    ),
    _joins("aws_s3_bucket_notification", "Nothing is notified of new objects in the bucket any more.", "bucket"),
    _joins(
        "aws_cloudwatch_log_subscription_filter",
        "Log events are no longer forwarded.",
        "log_group_name",
        "destination_arn",
    ),
    _joins(
        "aws_route",
        "Traffic to this destination takes another route, or is dropped.",
        "route_table_id",
        "nat_gateway_id",
        "gateway_id",
        "vpc_peering_connection_id",
        "transit_gateway_id",
    ),
    _joins(
        "aws_route_table_association",
        "The subnet falls back to the network's main route table.",
        "route_table_id",
        "subnet_id",
    ),
    _joins("aws_lb_target_group_attachment", _NO_TARGET, "target_group_arn", "target_id"),
    _joins(
        "aws_autoscaling_attachment",
        "The load balancer no longer sends anything to this group's instances.",
        "autoscaling_group_name",
        "lb_target_group_arn",
    ),
    _joins(
        "aws_dynamodb_kinesis_streaming_destination",
        "Changes of the table are no longer streamed.",
        "table_name",
        "stream_arn",
    ),
    _connected(
        "aws_ecs_service",
        "load_balancer",
        "The service's tasks are removed from the load balancer and can no longer be reached through it.",
        "Keep the load_balancer block as long as the target group is in use.",
    ),
    _connected(
        "aws_db_instance",
        "replicate_source_db",
        "The replica is promoted to a standalone database: it no longer follows its source, and cannot be attached to "
        "it again.",
        "Make sure that this is the intended failover.",
    ),
    _dead_letters("aws_sqs_queue aws_sns_topic_subscription", "redrive_policy"),
    _dead_letters("aws_lambda_function", "dead_letter_config.target_arn"),
    Reads(_LISTENER, "default_action"),
    Reads(_SUBSCRIBER),
)


def _looks(resource: Resource, plan: Plan) -> Iterator[Finding]:
    return _by_mail(resource, plan) if resource.type == _SUBSCRIBER else _listener(resource, plan)


def _by_mail(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A subscription that only works again after somebody has followed a link in a mail."""
    again = resource.action is Action.REPLACE or (resource.action is Action.DELETE and new_address(resource, plan))
    if not again or at(resource.before, "protocol") not in ("email", "email-json") or plan.destroys_all:
        return
    yield Finding(
        "connection-removed",
        Severity.MEDIUM,
        resource.address,
        f"The e-mail subscription is destroyed and created again{because_clause(resource, plan)}: no message of the "
        "topic arrives until its receiver confirms it by the link in a new mail, which is valid for two days.",
        "Tell the receiver beforehand, and send a message to the topic after the apply to see that it arrives.",
        ("endpoint",),
    )


def _listener(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A listener that answers by itself what it forwarded."""
    if resource.action is not Action.UPDATE or hidden(at(resource.after, "default_action")):
        return
    before, after = _kinds(resource.before), _kinds(resource.after)
    if "forward" in before and "fixed-response" in after and "forward" not in after:
        yield Finding(
            "connection-removed",
            Severity.MEDIUM,
            resource.address,
            "Requests that match no rule of the listener are no longer forwarded: they get a fixed response.",
            "Make sure that the rules forward everything that is still wanted.",
            ("default_action",),
        )


def _kinds(values: Mapping[str, object] | None) -> list[object]:
    return [item.get("type") for item in blocks(values, "default_action")]


_SUBSCRIPTION = {"topic_arn": "arn:aws:sns:orders", "endpoint": "arn:aws:sqs:orders", "protocol": "sqs"}
_MAIL = {"topic_arn": "arn:aws:sns:orders", "endpoint": "alerts@example.com", "protocol": "email"}

RULE = Rule(
    "connection-removed",
    Severity.MEDIUM,
    "A connection between two resources is removed",
    "Both keep running, and what passed between them no longer arrives.",
    looks=_looks,
    watches=(*_ROWS, *rows_for("connection-removed")),
    examples=(
        Fires(
            "aws_sns_topic_subscription",
            _SUBSCRIPTION,
            None,
            beside=(same("aws_sns_topic.orders", {"arn": "arn:aws:sns:orders"}),),
        ),
        Fires("aws_ecs_service", {"load_balancer": [{"container_name": "app"}]}, {"load_balancer": []}),
        Fires(
            _LISTENER,
            {"default_action": [{"type": "forward"}]},
            {"default_action": [{"type": "fixed-response"}]},
        ),
        Silent(
            "aws_sns_topic_subscription",
            _SUBSCRIPTION,
            None,
            beside=(
                Beside("aws_sns_topic.orders", {"arn": "arn:aws:sns:orders"}, None),
                same("aws_iam_role.stays", {"name": "stays"}),
            ),
        ),
        Fires(
            "aws_sns_topic_subscription",
            _MAIL,
            _MAIL | {"topic_arn": "arn:aws:sns:alerts"},
            replaced="topic_arn",
            both_ways=True,
        ),
        Silent(
            "aws_sns_topic_subscription",
            _SUBSCRIPTION,
            _SUBSCRIPTION | {"topic_arn": "arn:aws:sns:alerts"},
            replaced="topic_arn",
        ),
        Silent("aws_ecs_service", None, {"load_balancer": []}),
    ),
)
