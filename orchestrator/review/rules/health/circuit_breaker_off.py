"""Failed deployments that are no longer stopped or rolled back."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.examples.examples import Fires, Silent
from orchestrator.review.rules.kit.attributes import at, switch
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.rows import protects
from orchestrator.review.rules.kit.rule import Rule

_ENABLE = "deployment_circuit_breaker.enable"


def _breaker_goes(change: Change) -> bool:
    """Without a breaker there is no rollback either: one fact."""
    before, after = (switch(at(side, _ENABLE)) for side in (change.resource.before, change.resource.after))
    return before is True and after is not True


def _breaker(enable: bool, rollback: bool) -> dict[str, object]:
    return {"deployment_circuit_breaker": [{"enable": enable, "rollback": rollback}]}


RULE = Rule(
    "circuit-breaker-off",
    Severity.HIGH,
    "Failed deployments are no longer stopped or rolled back",
    "The circuit breaker is what restores the previous version automatically.",
    watches=(
        protects(
            "aws_ecs_service",
            _ENABLE,
            "A deployment whose tasks fail to start is no longer stopped: ECS keeps starting them.",
            "Leave deployment_circuit_breaker with enable and rollback on.",
        ),
        protects(
            "aws_ecs_service",
            "deployment_circuit_breaker.rollback",
            "A failed deployment is stopped but not rolled back: the service is left between two versions.",
            "Leave rollback on.",
            Severity.MEDIUM,
            unless=_breaker_goes,
        ),
        protects(
            "aws_codedeploy_deployment_group",
            "auto_rollback_configuration.enabled",
            "A failed deployment is no longer rolled back automatically.",
            "Leave auto_rollback_configuration on.",
        ),
        protects(
            "aws_ecs_service",
            "alarms.enable",
            "Alarms no longer stop a deployment.",
            "Leave the deployment's alarms on.",
            Severity.MEDIUM,
        ),
    ),
    examples=(
        Fires("aws_ecs_service", _breaker(True, True), _breaker(False, False)),
        Fires("aws_ecs_service", _breaker(True, True), _breaker(True, False), Severity.MEDIUM),
        Silent("aws_ecs_service", None, _breaker(False, False)),
    ),
)
