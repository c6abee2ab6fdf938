"""What joins one thing to another, and goes while both stay: routes, subscriptions, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.review.model import Action, Finding, Plan, Resource, Severity
from orchestrator.review.rules.aliases import with_aliases
from orchestrator.review.rules.kit.attributes import at, blocks, hidden
from orchestrator.review.rules.kit.destroyed import any_destroyed
from orchestrator.review.rules.kit.per_plan import per_plan
from orchestrator.review.rules.kit.reasons import because
from orchestrator.review.rules.kit.renames import new_address
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.review.rules.switches import Switch, is_set, switched_off


@dataclass(frozen=True, slots=True)
class Connection:
    """`says` is what it means that it goes. Nothing is told if one of the things that it `joins` goes too."""

    says: str
    joins: tuple[str, ...]


_CONNECTIONS: Mapping[str, Connection] = {
    "aws_cloudwatch_event_target": Connection("Events of the rule no longer reach this target.", ("rule", "arn")),
    "aws_sns_topic_subscription": Connection(
        "Messages of the topic no longer reach this subscriber; one by e-mail must be confirmed again.",
        ("topic_arn", "endpoint"),
    ),
    "aws_s3_bucket_notification": Connection("Nobody is told of new objects in the bucket any more.", ("bucket",)),
    "aws_cloudwatch_log_subscription_filter": Connection(
        "Log events are no longer passed on.", ("log_group_name", "destination_arn")
    ),
    "aws_route": Connection(
        "What goes to this destination takes another route, or is dropped.",
        ("route_table_id", "nat_gateway_id", "gateway_id", "vpc_peering_connection_id", "transit_gateway_id"),
    ),
    "aws_route_table_association": Connection(
        "The subnet falls back to the network's main route table.", ("route_table_id", "subnet_id")
    ),
    "aws_lb_target_group_attachment": Connection(
        "The load balancer sends nothing to this target any more.", ("target_group_arn", "target_id")
    ),
    "aws_autoscaling_attachment": Connection(
        "The load balancer sends nothing to this group's servers any more.",
        ("autoscaling_group_name", "lb_target_group_arn"),
    ),
    "aws_alb_target_group_attachment": Connection(
        "The load balancer sends nothing to this target any more.", ("target_group_arn", "target_id")
    ),
    "aws_dynamodb_kinesis_streaming_destination": Connection(
        "Changes of the table are no longer streamed.", ("table_name", "stream_arn")
    ),
}
_DEAD_LETTERS = {
    "aws_sqs_queue": "redrive_policy",
    "aws_lambda_function": "dead_letter_config.target_arn",
    "aws_sns_topic_subscription": "redrive_policy",
}


def _removed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    yield from _let_go(resource)
    letters = _DEAD_LETTERS.get(resource.type)
    if letters and resource.action is Action.UPDATE:
        yield from switched_off(
            "connection-removed",
            resource,
            [
                Switch(
                    letters,
                    "What fails again and again is no longer put aside for somebody to look at: it is lost, or blocks "
                    "the rest.",
                    "Keep the dead-letter queue.",
                    Severity.MEDIUM,
                    protects=is_set,
                )
            ],
        )
    one = _CONNECTIONS.get(resource.type)
    if one is None or resource.action is not Action.DELETE or resource.deposed or plan.destroys_all:
        return
    if new_address(resource, plan) or _made_again(resource, plan):
        return
    if any_destroyed(resource, plan, *one.joins):
        return
    yield Finding(
        "connection-removed",
        Severity.MEDIUM,
        resource.address,
        f"{one.says} It is removed{because(resource, plan)}.",
        "Restore the block, unless this is what is wanted.",
    )


_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "aws_ecs_service": (
        Switch(
            "load_balancer",
            "The service's tasks are taken out of the load balancer: nobody reaches them through it any more.",
            "Keep the load_balancer block as long as the target group is in use.",
            Severity.MEDIUM,
            protects=is_set,
        ),
    ),
    "aws_db_instance": (
        Switch(
            "replicate_source_db",
            "The replica becomes a database of its own: it no longer follows its source, and cannot be joined to it "
            "again.",
            "Make sure that this is the fail-over that is meant.",
            Severity.MEDIUM,
            protects=is_set,
        ),
    ),
}
_LISTENERS = with_aliases({"aws_lb_listener": "default_action"})


def _let_go(resource: Resource) -> Iterator[Finding]:
    """What a service, a copy or a listener was joined to."""
    if resource.action is Action.UPDATE:
        yield from switched_off("connection-removed", resource, _SWITCHES.get(resource.type, ()))
    name = _LISTENERS.get(resource.type, "")
    if not name or resource.action is not Action.UPDATE or hidden(at(resource.after, name)):
        return
    before, after = ([item.get("type") for item in blocks(side, name)] for side in (resource.before, resource.after))
    if "forward" in before and "fixed-response" in after and "forward" not in after:
        yield Finding(
            "connection-removed",
            Severity.MEDIUM,
            resource.address,
            "What no rule of the listener matches is no longer passed on: it is answered with a fixed response.",
            "Make sure that the rules pass on all that is still wanted.",
            (name,),
        )


_PLACES = {"aws_route": ("route_table_id", "destination_cidr_block"), "aws_route_table_association": ("subnet_id",)}


def _made_again(resource: Resource, plan: Plan) -> bool:
    """True if the plan makes another in the same place: the destination's route, the subnet's table."""
    names = _PLACES.get(resource.type)
    if names is None:
        return False
    return (resource.type, *(str(at(resource.before, name)) for name in names)) in _made(plan)


@per_plan
def _made(plan: Plan) -> frozenset[tuple[object, ...]]:
    return frozenset(
        (item.type, *(at(item.after, name) for name in names))
        for item in plan.resources
        if item.action is Action.CREATE
        and (names := _PLACES.get(item.type))
        and all(isinstance(at(item.after, name), str) for name in names)
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "connection-removed",
        Severity.MEDIUM,
        "What joins two things goes, and they stay",
        "Both go on running, and what passed between them no longer arrives.",
        _removed,
        frozenset({*_CONNECTIONS, *_DEAD_LETTERS, *_SWITCHES, *_LISTENERS}),
    ),
)
