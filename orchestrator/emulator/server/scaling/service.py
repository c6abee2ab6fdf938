"""Application Auto Scaling in the shape of MiniStack's services: requests, and state that is saved with theirs."""

from __future__ import annotations

import copy
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.concurrency import run_reentrant
from ministack.core.responses import (
    AccountRegionScopedDict,
    AccountScopedDict,
    error_response_json,
    get_account_id,
    get_region,
    json_response,
)

from orchestrator.emulator.server.scaling import rules

Request = Mapping[str, Any]
Answer = tuple[int, dict[str, str], bytes]

PREFIX = "AnyScaleFrontendService."
ROLE = "aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"
SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")

# (namespace, resource, dimension) => target; with the name behind it => policy, scheduled action.
_targets = AccountRegionScopedDict()
_policies = AccountRegionScopedDict()
_actions = AccountRegionScopedDict()
_tags = AccountScopedDict()

_STORES = {"targets": _targets, "policies": _policies, "actions": _actions, "tags": _tags}


class Refused(Exception):
    """The answer is an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def get_state() -> dict[str, Any]:
    """What is saved."""
    return {name: copy.deepcopy(store) for name, store in _STORES.items()}


def load_persisted_state(data: Mapping[str, Any]) -> None:
    """What was saved."""
    for name, store in _STORES.items():
        store.update(data.get(name, {}))


def reset() -> None:
    """Forget everything."""
    for store in _STORES.values():
        store.clear()


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> Answer:
    """One request."""
    action = headers.get("x-amz-target", "").removeprefix(PREFIX)
    # A target may change a service, which starts containers.
    answer: Answer = await run_reentrant(answered, action, json.loads(body or b"{}"), thread_name="scaling")
    return answer


def answered(action: str, data: Request) -> Answer:
    """The answer to an action."""
    answer: Answer
    try:
        if action not in ACTIONS:
            raise Refused("UnknownOperationException", f"Unknown operation: {action}")
        answer = json_response(ACTIONS[action](data))
    except Refused as refused:
        answer = error_response_json(refused.code, str(refused), 400)
    return answer


def _check(why: str) -> None:
    if why:
        raise Refused("ValidationException", why)


def _key(data: Request) -> tuple[str, str, str]:
    return str(data.get("ServiceNamespace")), str(data.get("ResourceId")), str(data.get("ScalableDimension"))


def _named(data: Request) -> str:
    namespace, resource, dimension = _key(data)
    return f"service namespace: {namespace}, resource ID: {resource}, scalable dimension: {dimension}"


def _registered(data: Request) -> None:
    if _key(data) not in _targets:
        raise Refused("ObjectNotFoundException", f"No scalable target registered for {_named(data)}")


def _register(data: Request) -> dict[str, Any]:
    known = _targets.get(_key(data))
    _check(rules.target(data, known))
    low, high = rules.limits(data, known)
    service = _service(data)
    suspended = {**dict.fromkeys(SUSPENDED, False), **((known or {}).get("SuspendedState") or {}),
                 **(data.get("SuspendedState") or {})}  # fmt: skip
    arn = f"arn:aws:application-autoscaling:{get_region()}:{get_account_id()}:scalable-target/{uuid.uuid4().hex}"
    made = {
        **{name: data[name] for name in rules.KEYS},
        "MinCapacity": low, "MaxCapacity": high, "SuspendedState": suspended,
        "RoleARN": data.get("RoleARN") or f"arn:aws:iam::{get_account_id()}:role/{ROLE}",
        "CreationTime": int(time.time()), "ScalableTargetARN": arn,
        **{name: known[name] for name in ("CreationTime", "ScalableTargetARN") if known},
    }  # fmt: skip
    if known is None and data.get("Tags"):
        _tags[arn] = dict(data["Tags"])
    _targets[_key(data)] = made
    if service is not None:
        _move(service, int(low or 0), int(high or 0))
    return {"ScalableTargetARN": made["ScalableTargetARN"]}


def _service(data: Request) -> dict[str, Any] | None:
    """The service that a target of ECS is, None for another kind of target."""
    from ministack.services import ecs

    if data["ServiceNamespace"] != "ecs":
        return None
    kind, _, name = data["ResourceId"].partition("/")
    service: dict[str, Any] | None = ecs._services.get(name)
    if kind != "service" or service is None or service["status"] != "ACTIVE":
        raise Refused("ValidationException", f"ECS service doesn't exist: {data['ResourceId']}")
    return service


def _move(service: Mapping[str, Any], low: int, high: int) -> None:
    from ministack.services import ecs

    count = int(service["desiredCount"])
    if (wanted := rules.within(count, low, high)) != count:
        ecs._update_service(
            {"cluster": service["clusterArn"], "service": service["serviceName"], "desiredCount": wanted}
        )


def _deregister(data: Request) -> dict[str, Any]:
    if _key(data) not in _targets:
        raise Refused("ObjectNotFoundException", f"No scalable target found for {_named(data)}")
    _tags.pop(_targets.pop(_key(data))["ScalableTargetARN"], None)
    for store in (_policies, _actions):
        for key in [key for key in store if key[:3] == _key(data)]:
            del store[key]
    return {}


def _put_policy(data: Request) -> dict[str, Any]:
    key = (*_key(data), data.get("PolicyName"))
    _check(rules.policy(data, [one for other, one in _policies.items() if other[:3] == key[:3] and other != key]))
    _registered(data)
    known = _policies.get(key)
    kind = data.get("PolicyType", rules.STEPS)
    made = {
        **{name: data[name] for name in (*rules.KEYS, "PolicyName")},
        "PolicyType": kind, rules.CONFIGURATIONS[kind]: data[rules.CONFIGURATIONS[kind]], "Alarms": [],
        "PolicyARN": known["PolicyARN"] if known else _arn("scalingPolicy", data, "policyName", data["PolicyName"]),
        "CreationTime": known["CreationTime"] if known else int(time.time()),
    }  # fmt: skip
    _policies[key] = made
    return {"PolicyARN": made["PolicyARN"], "Alarms": []}


def _put_action(data: Request) -> dict[str, Any]:
    key = (*_key(data), data.get("ScheduledActionName"))
    known = _actions.get(key)
    _check(rules.action(data, known))
    _registered(data)
    _actions[key] = {
        "ScheduledActionARN": _arn("scheduledAction", data, "scheduledActionName", data["ScheduledActionName"]),
        "CreationTime": int(time.time()), "Timezone": "UTC", **(known or {}),
        **{name: value for name, value in data.items() if value is not None},
    }  # fmt: skip
    return {}


def _arn(kind: str, data: Request, label: str, name: str) -> str:
    place = f"resource/{data['ServiceNamespace']}/{data['ResourceId']}"
    return f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:{kind}:{uuid.uuid4()}:{place}:{label}/{name}"


def _delete(store: Any, name: str, what: str) -> Callable[[Request], dict[str, Any]]:
    def deleted(data: Request) -> dict[str, Any]:
        if store.pop((*_key(data), data.get(name)), None) is None:
            raise Refused("ObjectNotFoundException", f"No {what} found for {_named(data)}, name: {data.get(name)}")
        return {}

    return deleted


def _describe(store: Any, answer: str, **wanted: str) -> Callable[[Request], dict[str, Any]]:
    """Everything in a store that a request asks for. `wanted`: member of a record => list of them in the request."""

    def described(data: Request) -> dict[str, Any]:
        _check(rules.lacking(data, ("ServiceNamespace",)))
        found = []
        for record in store.values():
            same = all(data.get(name) in (None, record[name]) for name in rules.KEYS)
            if same and all(not data.get(many) or record[one] in data[many] for one, many in wanted.items()):
                found.append(record)
        first, most = int(data.get("NextToken") or 0), int(data.get("MaxResults") or 50)
        more = {"NextToken": str(first + most)} if len(found) > first + most else {}
        return {answer: found[first : first + most], **more}

    return described


def _tagged(data: Request) -> str:
    arn = str(data.get("ResourceARN"))
    if not any(target["ScalableTargetARN"] == arn for target in _targets.values()):
        raise Refused("ResourceNotFoundException", f"No scalable target found for ARN: {arn}")
    return arn


def _tag(data: Request) -> dict[str, Any]:
    arn = _tagged(data)
    _tags[arn] = {**_tags.get(arn, {}), **data.get("Tags", {})}
    return {}


def _untag(data: Request) -> dict[str, Any]:
    arn = _tagged(data)
    _tags[arn] = {name: text for name, text in _tags.get(arn, {}).items() if name not in data.get("TagKeys", [])}
    return {}


ACTIONS: dict[str, Callable[[Request], dict[str, Any]]] = {
    "RegisterScalableTarget": _register,
    "DescribeScalableTargets": _describe(_targets, "ScalableTargets", ResourceId="ResourceIds"),
    "DeregisterScalableTarget": _deregister,
    "PutScalingPolicy": _put_policy,
    "DescribeScalingPolicies": _describe(_policies, "ScalingPolicies", PolicyName="PolicyNames"),
    "DeleteScalingPolicy": _delete(_policies, "PolicyName", "scaling policy"),
    "PutScheduledAction": _put_action,
    "DescribeScheduledActions": _describe(_actions, "ScheduledActions", ScheduledActionName="ScheduledActionNames"),
    "DeleteScheduledAction": _delete(_actions, "ScheduledActionName", "scheduled action"),
    "DescribeScalingActivities": lambda data: {"ScalingActivities": []},
    "ListTagsForResource": lambda data: {"Tags": _tags.get(_tagged(data), {})},
    "TagResource": _tag,
    "UntagResource": _untag,
}
