"""CloudWatch's alarms: metric math and other members that MiniStack drops, and whole answers in the query protocol.

Terraform's provider speaks that protocol; MiniStack's answers in it name a quarter of an alarm's members.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Answer]

# Members of an alarm that MiniStack does not take over from a request.
DROPPED = (
    "Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "InsufficientDataActions",
    "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod",
)  # fmt: skip
# What an alarm of metric math has in each of its metrics instead.
OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")
LISTS = ("AlarmActions", "OKActions", "InsufficientDataActions", "Dimensions", "Metrics", "Tags")
TYPES: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(
        ("Period", "EvaluationPeriods", "DatapointsToAlarm", "MaxRecords", "ActionsSuppressorWaitPeriod",
         "ActionsSuppressorExtensionPeriod"),
        int,
    ),
    "Threshold": float,
    **dict.fromkeys(("ActionsEnabled", "ReturnData"), lambda text: text == "true"),
}  # fmt: skip
MOMENTS = ("StateUpdatedTimestamp", "AlarmConfigurationUpdatedTimestamp", "StateTransitionedTimestamp")


def from_query(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a request in the query protocol, `Metrics.member.1.Id=...`, as JSON has them."""
    tree: dict[str, Any] = {}
    for name, given in parameters.items():
        *path, last = name.split(".")
        text = given[0] if isinstance(given, list) else given
        if text == "" and last in LISTS:
            continue
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[last] = TYPES.get(last, str)(text)
    members: dict[str, Any] = _lists(tree)
    return members


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"}:
        return [_lists(each) for _, each in sorted(value["member"].items(), key=lambda item: int(item[0]))]
    return {name: _lists(each) for name, each in value.items()}


def xml(value: Any, name: str = "") -> str:
    """A value as the query protocol answers it; what is None is left out."""
    if isinstance(value, dict):
        inner = "".join(xml(each, member) for member, each in value.items() if each is not None)
    elif isinstance(value, list):
        inner = "".join(xml(each, "member") for each in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    elif name in MOMENTS:
        inner = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>" if name else inner


def completed(alarm: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """An alarm's record with all that the request said, and without what MiniStack made up."""
    made = {**alarm, **{name: request[name] for name in DROPPED if name in request}}
    without = OF_ONE_METRIC if request.get("Metrics") else ("Statistic",) if request.get("ExtendedStatistic") else ()
    return {name: value for name, value in made.items() if name not in without}


def kept(store: str) -> Callable[[Handler], Handler]:
    """PutMetricAlarm or PutCompositeAlarm, whose alarm is then in that store of MiniStack's module."""
    from ministack.services import cloudwatch

    def around(put: Handler) -> Handler:
        def answered(
            parameters: Mapping[str, Any], data: Mapping[str, Any], cbor: bool, is_json: bool = False
        ) -> Answer:
            answer = put(parameters, data, cbor, is_json)
            if answer[0] == 200:
                request = data if cbor or is_json else from_query(parameters)
                alarms = getattr(cloudwatch, store)
                alarms[request["AlarmName"]] = completed(alarms[request["AlarmName"]], request)
            return answer

        return answered

    return around


def whole(describe: Handler) -> Handler:
    """DescribeAlarms, with all members in the query protocol as well."""
    from ministack.services import cloudwatch

    def answered(parameters: Mapping[str, Any], data: Mapping[str, Any], cbor: bool, is_json: bool = False) -> Answer:
        if not (cbor or is_json):
            status, _, body = describe(parameters, from_query(parameters), False, True)
            if status == 200:
                inner = xml({"DescribeAlarmsResult": json.loads(body)})
                answer: Answer = cloudwatch._xml(200, "DescribeAlarmsResponse", inner)
                return answer
        return describe(parameters, data, cbor, is_json)

    return answered
