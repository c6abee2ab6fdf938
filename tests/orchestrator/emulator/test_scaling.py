"""Application Auto Scaling in the emulated AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orchestrator.console import Stage
from orchestrator.emulator import emulator
from orchestrator.emulator.server.scaling import rules
from tests.orchestrator.emulator.conftest import CLUSTER, eventually

pytestmark = pytest.mark.usefixtures("container_engine")

DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
TARGET = {**DIMENSION, "ResourceId": f"service/{CLUSTER}/web"}
CPU = {
    "TargetValue": 60.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}
STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
}


def policy(**wanted: Any) -> dict[str, Any]:
    return {**TARGET, "PolicyName": "p", **wanted}


def tracking(**wanted: Any) -> dict[str, Any]:
    return policy(PolicyType=rules.TRACKING, TargetTrackingScalingPolicyConfiguration={**CPU, **wanted})


@pytest.mark.parametrize(
    ("data", "known", "says"),
    [
        ({**TARGET, "MinCapacity": 1, "MaxCapacity": 1}, None, ""),
        ({**TARGET, "MinCapacity": 0, "MaxCapacity": 0}, None, ""),
        ({**TARGET, "MaxCapacity": 5}, {"MinCapacity": 2, "MaxCapacity": 4}, ""),
        ({**TARGET, "MinCapacity": 5}, {"MinCapacity": 2, "MaxCapacity": 4}, "Maximum capacity cannot be less"),
        ({**TARGET, "MinCapacity": 3, "MaxCapacity": 2}, None, "Maximum capacity cannot be less"),
        ({**TARGET, "MinCapacity": -1, "MaxCapacity": 2}, None, "less than 0"),
        ({**TARGET, "MinCapacity": 1}, None, "a minimum and a maximum"),
        ({"MinCapacity": 1, "MaxCapacity": 2}, None, "serviceNamespace"),
    ],
)
def test_which_targets_are_refused(data: dict[str, Any], known: dict[str, Any] | None, says: str) -> None:
    why = rules.target(data, known)
    assert says in why
    assert bool(why) is bool(says)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (tracking(), ""),
        (policy(PolicyType=rules.STEPS, StepScalingPolicyConfiguration=STEPS), ""),
        (policy(StepScalingPolicyConfiguration=STEPS), ""),
        (policy(PolicyType="SimpleScaling"), "Unsupported policy type"),
        (policy(PolicyType=rules.TRACKING), "belongs to a policy of type TargetTrackingScaling"),
        (policy(PolicyType=rules.STEPS, StepScalingPolicyConfiguration=STEPS,
                TargetTrackingScalingPolicyConfiguration=CPU), "and only that"),
        (tracking(TargetValue=0), "above 0"),
        (tracking(CustomizedMetricSpecification={"Metrics": []}), "predefined or a customized"),
        (tracking(PredefinedMetricSpecification={"PredefinedMetricType": rules.BY_REQUESTS}), "resource label"),
        (policy(StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity"}), "at least one step"),
    ],
)  # fmt: skip
def test_which_policies_are_refused(data: dict[str, Any], says: str) -> None:
    why = rules.policy(data, [])
    assert says in why
    assert bool(why) is bool(says)


def test_two_policies_do_not_track_the_same_metric() -> None:
    assert "Only one TargetTrackingScaling policy" in rules.policy(tracking(TargetValue=50.0), [tracking()])
    memory = {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}
    assert rules.policy(tracking(PredefinedMetricSpecification=memory), [tracking()]) == ""


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"Schedule": "cron(0 8 ? * MON-FRI *)", "ScalableTargetAction": {"MinCapacity": 4}}, ""),
        ({"ScalableTargetAction": {"MinCapacity": 4}}, "schedule"),
        ({"Schedule": "0 8 * * *", "ScalableTargetAction": {"MinCapacity": 4}}, "Invalid Schedule Expression"),
        ({"Schedule": "rate(1 day)", "Timezone": "Nowhere", "ScalableTargetAction": {"MinCapacity": 4}}, "timezone"),
        ({"Schedule": "rate(1 day)"}, "needs a minimum or a maximum"),
        ({"Schedule": "rate(1 day)", "ScalableTargetAction": {"MinCapacity": 4, "MaxCapacity": 3}}, "cannot be less"),
    ],
)
def test_which_scheduled_actions_are_refused(wanted: dict[str, Any], says: str) -> None:
    why = rules.action({**TARGET, "ScheduledActionName": "a", **wanted}, None)
    assert says in why
    assert bool(why) is bool(says)


def test_a_number_of_tasks_is_moved_into_the_limits() -> None:
    assert [rules.within(count, 2, 4) for count in (0, 2, 3, 4, 9)] == [2, 2, 3, 4, 4]


@pytest.fixture(scope="module")
def service(aws: Callable[[str], Any], tasks: Any) -> Callable[[], tuple[int, int]]:
    """Desired and running count of a service with one task."""
    definition = tasks.register("web", [{"name": "x", "script": "import time; time.sleep(600)", "stopTimeout": 1}])
    tasks.ecs.create_service(
        cluster=CLUSTER, serviceName="web", taskDefinition=definition, desiredCount=1, launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [tasks.subnet]}},
    )  # fmt: skip

    def counts() -> tuple[int, int]:
        described = tasks.ecs.describe_services(cluster=CLUSTER, services=["web"])["services"][0]
        return described["desiredCount"], described["runningCount"]

    return counts


def test_registering_a_target_moves_its_service_into_the_limits(
    aws: Callable[[str], Any], service: Callable[[], tuple[int, int]]
) -> None:
    scaling = aws("application-autoscaling")
    arn = scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=4, Tags={"a": "b"})["ScalableTargetARN"]
    assert eventually(lambda: service() == (2, 2))
    assert scaling.register_scalable_target(**TARGET, MinCapacity=1)["ScalableTargetARN"] == arn
    assert service()[0] == 2
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[TARGET["ResourceId"]])[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"], target["ScalableTargetARN"]) == (1, 4, arn)
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=["other"])["ScalableTargets"] == []
    scaling.tag_resource(ResourceARN=arn, Tags={"c": "d"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"c": "d"}


@pytest.mark.usefixtures("service")
def test_what_was_registered_is_there_again_after_a_stop_and_goes_with_its_target(
    aws: Callable[[str], Any], stage: Stage
) -> None:
    scaling = aws("application-autoscaling")
    scaling.put_scaling_policy(**tracking())
    scaling.put_scaling_policy(**policy(PolicyName="steps", StepScalingPolicyConfiguration=STEPS))
    scaling.put_scheduled_action(
        **TARGET, ScheduledActionName="day", Schedule="cron(0 8 ? * MON-FRI *)", Timezone="Europe/Berlin",
        ScalableTargetAction={"MinCapacity": 2},
    )  # fmt: skip
    assert emulator.stop(stage)
    emulator.start(stage)
    named = scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["p"])["ScalingPolicies"]
    assert [one["TargetTrackingScalingPolicyConfiguration"] for one in named] == [CPU]
    actions = scaling.describe_scheduled_actions(**TARGET)["ScheduledActions"]
    assert [(one["ScheduledActionName"], one["Timezone"]) for one in actions] == [("day", "Europe/Berlin")]
    scaling.delete_scaling_policy(**TARGET, PolicyName="steps")
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert scaling.describe_scheduled_actions(**TARGET)["ScheduledActions"] == []
    with pytest.raises(scaling.exceptions.ObjectNotFoundException):
        scaling.deregister_scalable_target(**TARGET)


def test_a_target_that_is_no_service_is_refused(aws: Callable[[str], Any]) -> None:
    scaling = aws("application-autoscaling")
    with pytest.raises(ClientError, match="ECS service doesn't exist: service/test/none"):
        scaling.register_scalable_target(**DIMENSION, ResourceId="service/test/none", MinCapacity=1, MaxCapacity=2)
    with pytest.raises(scaling.exceptions.ObjectNotFoundException, match="No scalable target registered"):
        scaling.put_scaling_policy(**tracking())
