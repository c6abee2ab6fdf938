"""What is asked for twice at the load balancer, which AWS tells apart and MiniStack does not.

The same request again, as a client sends it that has lost the answer, is answered as at the first time; another one for
a place that is taken is refused.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import alb

Handler = Callable[[Mapping[str, Any]], Any]


def load_balancer(create: Handler) -> Handler:
    """What creates a load balancer, or answers with the one that this request has made."""
    return _once(create, "LoadBalancer", alb._lbs, alb._lb_xml, {"Name": "LoadBalancerName"})


def target_group(create: Handler) -> Handler:
    """The same for a target group."""
    return _once(create, "TargetGroup", alb._tgs, alb._tg_xml, {"Name": "TargetGroupName"})


def listener(create: Handler) -> Handler:
    """The same for a listener. A load balancer has one at a port."""
    place = {"LoadBalancerArn": "LoadBalancerArn", "Port": "Port"}
    return _once(create, "Listener", alb._listeners, alb._listener_xml, place, taken="DuplicateListener")


def rule(create: Handler) -> Handler:
    """The same for a rule. A listener has one of a priority."""
    place = {"ListenerArn": "ListenerArn", "Priority": "Priority"}
    return _once(create, "Rule", alb._rules, alb._rule_xml, place, taken="PriorityInUse")


def _once(
    create: Handler,
    kind: str,
    there: Any,
    xml: Callable[[Any], str],
    place: Mapping[str, str],
    *,
    taken: str = "",
) -> Handler:
    """`place`: the parameters that say which place is asked for => what they are called in what is there. With `taken`
    a place of another is refused by that code; without, by MiniStack itself."""
    # By ARN, and no longer than this process: a client tries again within seconds.
    made_by: dict[str, dict[str, Any]] = {}

    def found(params: Mapping[str, Any]) -> tuple[str, Any] | None:
        wanted = {key: alb._p(params, parameter) for parameter, key in place.items()}
        is_there = (
            (arn, one) for arn, one in there.items() if all(str(one[key]) == value for key, value in wanted.items())
        )
        return next(is_there, None)

    def created(params: Mapping[str, Any]) -> Any:
        if one := found(params):
            if made_by.get(one[0]) == dict(params):
                return alb._xml(200, f"Create{kind}", f"<{kind}s>{xml(one[1])}</{kind}s>")
            if taken:
                return alb._error(taken, f"There is already a {kind.lower()} at this place.")
        answer = create(params)
        if made := found(params):
            made_by[made[0]] = dict(params)
        return answer

    return created
