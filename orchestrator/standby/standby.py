"""The standby: tasks of the version that serves, which keep serving while a new one is deployed and proven.

A deploy changes the service itself, as its plan says. Before that, for every service that the plan moves, a second ECS
service is started from the task definition that runs, and rules before Terraform's lead the same requests to it. So the
old version serves whatever becomes of the new one, also if this program or its machine dies; when the new one is proven
the rules go and requests reach it at once. Terraform knows nothing of all this: its plan stays clean throughout.

It costs the moved services' tasks once more for the time of the deploy. What is there is told by names alone, so that
the next run finds what an interrupted one has left.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.aws import session as aws_errors
from orchestrator.console import Stage
from orchestrator.project.environment import project
from orchestrator.proof import probe, rollout
from orchestrator.standby import listener_rules as rules
from orchestrator.standby.listener_rules import Rule
from orchestrator.system import interrupt
from orchestrator.target import Target

if TYPE_CHECKING:
    from orchestrator.project.manifest import Service

# No service's name has an underscore.
SUFFIX = "_standby"
# A version that served a moment ago is up within this, or it is not what holds anything.
START_SECONDS = 180.0
LOCAL_START_SECONDS = 60.0
# Deregistration, the drain and the kill: terraform/environment/timing.tf.
END_SECONDS = 180.0
POLL_SECONDS = 2.0
LOCAL_POLL_SECONDS = 0.3


def is_standby(service: str) -> bool:
    """True for the name of a standby's ECS service."""
    return service.endswith(SUFFIX)


class Standby:
    """The standbys of one environment."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._cluster = target.environment.prefix
        self._ecs, self._elb = target.aws.client("ecs"), target.aws.client("elbv2")
        self._poll_seconds = LOCAL_POLL_SECONDS if target.containers is not None else POLL_SECONDS

    # ------------------------------------------------------------------------------------------- what there is

    def existing(self) -> list[str]:
        """The names of the services that have a standby, serving or not."""
        from botocore.exceptions import ClientError

        names: list[str] = []
        try:
            for page in self._ecs.get_paginator("list_services").paginate(cluster=self._cluster):
                names += [arn.rpartition("/")[2] for arn in page["serviceArns"]]
        except ClientError as error:
            if not aws_errors.is_code(error, "ClusterNotFoundException"):
                raise
        active = rollout.services(self._target, [name for name in names if is_standby(name)])
        return sorted(name.removesuffix(SUFFIX) for name in active)

    def serving(self) -> list[str]:
        """The names of the services whose requests go to their standby now."""
        groups = self._groups(self.existing())
        told = [rule for found in self._listeners().values() for rule in found]
        return sorted(name for name, own in groups.items() if any(rules.is_override(rule, own) for rule in told))

    def paths(self, names: Iterable[str]) -> dict[str, set[str]]:
        """Per service that runs, the paths by which requests reach it."""
        told = [rule for found in self._listeners().values() for rule in found]
        return {
            name: set().union(*(rules.paths_of(told, group) for group in _target_groups(service)))
            for name, service in rollout.services(self._target, names).items()
        }

    # ------------------------------------------------------------------------------------------------- holding

    def hold(self, services: Sequence[Service], stage: Stage) -> list[str]:
        """Let standbys take the requests of these services; the names of those that do.

        A service that has no task, or whose version does not come up a second time, is not held: it has nothing to
        lose. A standby that serves already, from a run that was interrupted, goes on.
        """
        already = set(self.serving()) & {service.name for service in services}
        running = rollout.services(self._target, [service.name for service in services])
        wanted = [
            service
            for service in services
            if service.name not in already and running.get(service.name, {}).get("desiredCount", 0) > 0
            and running[service.name].get("runningCount", 0) > 0 and _target_groups(running[service.name])
        ]  # fmt: skip
        held = sorted(already)
        if wanted:
            token = secrets.token_urlsafe(24)
            stage.note(f"starting {', '.join(service.name for service in wanted)} once more")
            try:
                groups = {item.name: self._start(running[item.name], token) for item in wanted}
                held += [item.name for item in wanted if self._comes_up(item, stage)]
            except BaseException:
                self._drop([item.name for item in wanted], stage)
                raise
            self._take_over({own: group for name in held for own, group in groups.get(name, {}).items()})
            self._drop([item.name for item in wanted if item.name not in held], stage)
            interrupt.sleep(self._target.spreading_seconds, "the standby's start")
        return sorted(held)

    def _start(self, service: Mapping[str, Any], token: str) -> dict[str, str]:
        """Start a service's standby; its target groups, each by the one of the service that it stands in for."""
        name = str(service["serviceName"])
        groups = {}
        for own, port in _target_groups(service).items():
            groups[own] = self._make_group(
                self._group_name(name, port if len(service["loadBalancers"]) > 1 else None), name, own
            )
            for listener, told in self._listeners().items():
                if any(own in rules.groups_of(rule) for rule in told):
                    self._make(listener, rules.anchor(groups[own], token, rules.priorities(told)))
        running = rollout.services(self._target, [name + SUFFIX]).get(name + SUFFIX)
        definition = rollout.Observation(service).definition
        if running is not None and rollout.Observation(running).definition == definition:
            return groups
        if running is not None:
            self._end_services([name])
        optional = {
            key: service[key] for key in ("capacityProviderStrategy", "networkConfiguration") if service.get(key)
        }
        if "capacityProviderStrategy" not in optional and service.get("launchType"):
            optional["launchType"] = service["launchType"]
        connect = rollout.Observation(service).primary.get("serviceConnectConfiguration") or {}
        if connect.get("enabled"):
            # It calls others by their names; nobody calls it by one.
            optional["serviceConnectConfiguration"] = {key: connect[key] for key in connect if key != "services"}
        self._ecs.create_service(
            cluster=self._cluster,
            serviceName=name + SUFFIX,
            taskDefinition=definition,
            desiredCount=service["desiredCount"],
            loadBalancers=[
                {**item, "targetGroupArn": groups[item["targetGroupArn"]]} for item in service["loadBalancers"]
            ],
            healthCheckGracePeriodSeconds=service.get("healthCheckGracePeriodSeconds", 0),
            deploymentConfiguration={
                "minimumHealthyPercent": 100, "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": False},
            },
            enableECSManagedTags=True,
            propagateTags="SERVICE",
            tags=[{"key": key, "value": value} for key, value in self._tags(name).items()],
            **optional,
        )  # fmt: skip
        return groups

    def _make_group(self, name: str, service: str, like: str) -> str:
        """A target group of that name with the settings of the service's own; one that is left over is taken."""
        from botocore.exceptions import ClientError

        model = self._elb.describe_target_groups(TargetGroupArns=[like])["TargetGroups"][0]
        copied = (
            "Protocol", "Port", "VpcId", "HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath", "TargetType",
            "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount",
            "UnhealthyThresholdCount", "Matcher",
        )  # fmt: skip
        try:
            made = self._elb.create_target_group(
                Name=name, **{key: model[key] for key in copied if key in model},
                Tags=[{"Key": key, "Value": value} for key, value in self._tags(service).items()],
            )  # fmt: skip
        except ClientError as error:
            if not aws_errors.is_code(error, "DuplicateTargetGroupName"):
                raise
            found = self._elb.describe_target_groups(Names=[name])["TargetGroups"]
            return str(found[0]["TargetGroupArn"])
        group = str(made["TargetGroups"][0]["TargetGroupArn"])
        told = self._elb.describe_target_group_attributes(TargetGroupArn=like)["Attributes"]
        kept = ("deregistration_delay.timeout_seconds", "load_balancing.algorithm.type")
        self._elb.modify_target_group_attributes(
            TargetGroupArn=group, Attributes=[item for item in told if item["Key"] in kept]
        )
        return group

    def _comes_up(self, service: Service, stage: Stage) -> bool:
        """Wait until a service's standby answers on every task. False if it does not, or its tasks end."""
        observer = rollout.Observer(self._target)
        seconds = LOCAL_START_SECONDS if self._target.containers is not None else START_SECONDS
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            seen = observer.observe(service.name + SUFFIX)
            verdict = rollout.judge(seen, rollout.Expected("", definition=seen.definition))
            if verdict.outcome == "failed":
                stage.event(f"what runs of {service.name} does not come up a second time ({verdict.text}): not held")
                return False
            running = [task for task in seen.tasks if task.get("lastStatus") == "RUNNING"]
            if len(running) >= seen.service.get("desiredCount", 0):
                asked = self._as_it_runs(service, seen.service)
                found = probe.complaint(self._target, asked, seen.service, running)
                if found is None:
                    return True
                stage.note(f"{service.name}: {found.text}")
            interrupt.sleep(self._poll_seconds, "the standby's start")
        stage.event(f"what runs of {service.name} is not well a second time within {seconds:.0f} s: not held")
        return False

    def _as_it_runs(self, service: Service, seen: Mapping[str, Any]) -> Service:
        """The service with ports and health paths of the version that runs, which may not be the manifest's."""
        from orchestrator.project.schema.containers import Port

        ports = _target_groups(seen)
        told = self._elb.describe_target_groups(TargetGroupArns=list(ports))["TargetGroups"]
        (port, health), *others = [(ports[item["TargetGroupArn"]], str(item["HealthCheckPath"])) for item in told]
        further = {number: Port(paths=(), health=path) for number, path in others}
        return replace(service, port=port, health=health, ports=further)

    def _take_over(self, standbys: Mapping[str, str]) -> None:
        """Lead the requests for these target groups to the standbys' instead."""
        for listener, told in self._listeners().items():
            for rule in rules.overrides(told, standbys):
                self._make(listener, rule)

    # ------------------------------------------------------------------------------------------------- proving

    def open_proof(self, services: Sequence[Service]) -> dict[str, str]:
        """Rules by which a request with the header that is returned reaches the services themselves, not a standby."""
        self._delete_rules(lambda rule: rules.PROOF_HEADER.lower() in rules.header_names(rule))
        running = rollout.services(self._target, [service.name for service in services])
        ways = []
        for service in services:
            groups = {port: group for group, port in _target_groups(running.get(service.name, {})).items()}
            # Where a port is missing the proof has to fail: without a rule it would see the standby.
            ways += [(route.paths, groups.get(route.port, min(groups.values()))) for route in service.routes if groups]
        token = secrets.token_urlsafe(24)
        for listener, told in self._listeners().items():
            if any(rules.groups_of(rule) for rule in told):
                for rule in rules.proofs(ways, token, rules.priorities(told)):
                    self._make(listener, rule)
        interrupt.sleep(self._target.spreading_seconds, "the proof")
        return {rules.PROOF_HEADER: token}

    # ------------------------------------------------------------------------------------------------- leaving

    def hand_back(self) -> None:
        """Let requests reach the services themselves again, at once."""
        standbys = set().union(*self._groups(self.existing()).values())
        self._delete_rules(lambda rule: rules.is_override(rule, standbys))
        self._delete_rules(lambda rule: rules.PROOF_HEADER.lower() in rules.header_names(rule))

    def remove(self, stage: Stage) -> None:
        """Remove every standby, once no request reaches one any more, with what it needs."""
        names = self.existing()
        # A request that a node of the load balancer has just sent is answered first.
        interrupt.sleep(self._target.spreading_seconds, "the standby's end")
        self._drop(names, stage)

    def _drop(self, names: Sequence[str], stage: Stage) -> None:
        if not names:
            return
        stage.note(f"draining and removing {', '.join(names)}")
        groups = set().union(*self._groups(names).values())
        self._end_services(names)
        self._delete_rules(lambda rule: bool(rules.groups_of(rule) & groups))
        for group in sorted(groups):
            self._delete_group(group)

    def _end_services(self, names: Sequence[str]) -> None:
        from botocore.exceptions import ClientError

        def end(name: str) -> None:
            try:
                self._ecs.delete_service(cluster=self._cluster, service=name + SUFFIX, force=True)
            except ClientError as error:
                if not aws_errors.is_code(error, "ServiceNotFoundException", "ServiceNotActiveException"):
                    raise

        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(end, names))
        until = time.monotonic() + END_SECONDS
        for name in names:
            while time.monotonic() < until and self._status(name) not in ("INACTIVE", ""):
                time.sleep(self._poll_seconds)

    def _status(self, name: str) -> str:
        told = self._ecs.describe_services(cluster=self._cluster, services=[name + SUFFIX])["services"]
        return str(told[0].get("status", "")) if told else ""

    def _delete_group(self, group: str) -> None:
        from botocore.exceptions import ClientError

        try:
            self._elb.delete_target_group(TargetGroupArn=group)
        except ClientError as error:
            if not aws_errors.is_code(error, "TargetGroupNotFound"):
                raise

    # ---------------------------------------------------------------------------------------------- AWS's side

    def _listeners(self) -> dict[str, list[Mapping[str, Any]]]:
        """The load balancer's listeners with their rules."""
        from botocore.exceptions import ClientError

        try:
            found = self._elb.describe_load_balancers(Names=[self._cluster])["LoadBalancers"]
        except ClientError as error:
            if aws_errors.is_code(error, "LoadBalancerNotFound"):
                return {}
            raise
        told: dict[str, list[Mapping[str, Any]]] = {}
        for balancer in found:
            for listener in self._elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
                arn = listener["ListenerArn"]
                pages = self._elb.get_paginator("describe_rules").paginate(ListenerArn=arn)
                told[arn] = [rule for page in pages for rule in page["Rules"]]
        return told

    def _groups(self, names: Sequence[str]) -> dict[str, set[str]]:
        """Per service the ARNs of its standby's target groups."""
        pages = self._elb.get_paginator("describe_target_groups").paginate() if names else ()
        told = [
            (str(item["TargetGroupName"]), str(item["TargetGroupArn"]))
            for page in pages
            for item in page["TargetGroups"]
        ]
        found = {}
        for name in names:
            own = self._group_name(name)
            groups = {arn for called, arn in told if called == own or called.startswith(f"{own}-")}
            if groups:
                found[name] = groups
        return found

    def _group_name(self, service: str, port: int | None = None) -> str:
        """32 characters at most, and one for each service (or port of it) of each environment of the account."""
        name = f"standby-{hashlib.sha256(f'{self._cluster}/{service}'.encode()).hexdigest()[:16]}"
        return name if port is None else f"{name}-{port}"

    def _make(self, listener: str, rule: Rule) -> None:
        self._elb.create_rule(
            ListenerArn=listener, Priority=rule.priority, Conditions=list(rule.conditions),
            Actions=[{"Type": "forward", "TargetGroupArn": rule.group}],
            Tags=[{"Key": key, "Value": value} for key, value in self._tags("rule").items()],
        )  # fmt: skip

    def _delete_rules(self, which: Callable[[Mapping[str, Any]], bool]) -> None:
        from botocore.exceptions import ClientError

        for told in self._listeners().values():
            for rule in rules.in_order_of_removal(told):
                if which(rule):
                    try:
                        self._elb.delete_rule(RuleArn=rule["RuleArn"])
                    except ClientError as error:
                        if not aws_errors.is_code(error, "RuleNotFound"):
                            raise

    def _tags(self, name: str) -> dict[str, str]:
        """As Terraform tags: what a pipeline may do is told by them."""
        environment = self._target.environment
        return {
            "Name": f"{environment.prefix}-{name}-standby", "Project": project(), "Environment": environment.name,
            "ManagedBy": "orchestrate.py",
        }  # fmt: skip


def _target_groups(service: Mapping[str, Any]) -> dict[str, int]:
    """The service's target groups, each with the port of the container that it leads to."""
    balancers = service.get("loadBalancers", [])
    return {str(item["targetGroupArn"]): int(item["containerPort"]) for item in balancers if item.get("targetGroupArn")}
