"""The load balancer's part: its own name, the paths by which it checks tasks, and how they answer now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.project.schema.service import Service
from orchestrator.verify import check
from orchestrator.verify.asking import Missing, Unread, ask
from orchestrator.verify.check import NOT_YET, Check
from orchestrator.verify.running.services import AT_ONCE, Running

GROUP = "health"
# A target in one of these is coming or going, which is no trouble.
_PASSING = frozenset({"initial", "draining"})


def find(aws: Aws) -> Mapping[str, Any] | Unread | Missing:
    """The environment's load balancer, as AWS describes it."""

    def call() -> Mapping[str, Any]:
        told: Mapping[str, Any] = aws.client("elbv2").describe_load_balancers(Names=[aws.environment.prefix])[
            "LoadBalancers"
        ][0]
        return told

    return ask("load balancers", call, "LoadBalancerNotFound")


def checks(aws: Aws, running: Sequence[Running], services: Sequence[Service]) -> list[Check]:
    """Per port of each web service: the health check's path, and the targets' health."""
    by_name = {each.name: each for each in running}
    wanted = [
        (by_name[service.name], route.port, route.health)
        for service in services if service.name in by_name for route in service.routes
    ]  # fmt: skip
    if not wanted:
        return [check.skipped(GROUP, "target groups", NOT_YET)]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return [found for each in pool.map(lambda item: _of_port(aws, *item), wanted) for found in each]


def _of_port(aws: Aws, each: Running, port: int, path: str) -> list[Check]:
    name, group = f"{each.name}:{port}", each.target_groups.get(port)
    up = f"python3 orchestrate.py up {aws.environment.name}"
    if group is None:
        return [
            check.wrong(
                GROUP, f"path of {name}", f"{each.name} has no target group for its port {port}", up, blocks=False
            )
        ]
    client = aws.client("elbv2")
    told = ask(
        "target groups",
        lambda: client.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0],
        "TargetGroupNotFound",
    )
    if isinstance(told, Unread):
        return [check.skipped(GROUP, f"path of {name}", told.why)]
    if isinstance(told, Missing):
        return [check.wrong(GROUP, f"path of {name}", f"there is no target group {group}", up, blocks=False)]
    health = ask(
        "target health", lambda: client.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    )
    return [judge_path(name, str(told.get("HealthCheckPath", "")), path, up), _of_targets(name, health, each, up)]


def judge_path(name: str, found: str, wanted: str, up: str) -> Check:
    """Whether the load balancer checks the path that the manifest names. Decides only."""
    if found == wanted:
        return check.ok(GROUP, f"path of {name}", found)
    why = f"the load balancer checks {found}, and the manifest says {wanted}"
    return check.wrong(GROUP, f"path of {name}", why, f"{up} sets it", blocks=False)


def _of_targets(name: str, health: Any, each: Running, up: str) -> Check:
    if isinstance(health, Unread | Missing):
        return check.skipped(
            GROUP, f"targets of {name}", health.why if isinstance(health, Unread) else "no target group"
        )
    return judge_targets(name, health, int(each.service.get("desiredCount", 0)), up)


def judge_targets(name: str, health: Sequence[Mapping[str, Any]], desired: int, up: str) -> Check:
    """Whether the targets answer their health checks now. Decides only. A deploy may be what corrects them."""
    title = f"targets of {name}"
    states = [(str(item["Target"]["Id"]), item["TargetHealth"]) for item in health]
    bad = [(target, state) for target, state in states if state["State"] not in ("healthy", *_PASSING)]
    logs = f"python3 orchestrate.py logs {name.partition(':')[0]}"
    if bad:
        target, state = bad[0]
        why = str(state.get("Description") or state.get("Reason") or "no reason is given")
        code = f" ({state['Reason']})" if state.get("Reason") and state.get("Description") else ""
        return check.wrong(
            GROUP, title,
            f"{len(bad)} of {len(states)} targets are not healthy: {target} is {state['State']}: {why}{code}",
            f"see what it says: {logs} {up.rpartition(' ')[2]}", blocks=False,
        )  # fmt: skip
    well = sum(state["State"] == "healthy" for _, state in states)
    if not desired:
        return check.skipped(GROUP, title, "the service has no tasks")
    if not states:
        return check.wrong(GROUP, title, f"no target is registered, and {desired} tasks are wanted", up, blocks=False)
    return check.ok(
        GROUP, title, f"{well} healthy" + (f", {len(states) - well} coming or going" if well < len(states) else "")
    )
