"""What a request to AWS asks for and who asks: the action and the resource by IAM's names."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

_KEY = re.compile(r"Credential=([^/,\s]+)/")


@dataclass
class Call:
    """One request. `principal` is the ARN of who signed it, "" of one that is not signed."""

    host: str
    method: str
    path: str
    service: str = ""
    action: str = ""
    resource: str = ""
    principal: str = ""
    login: bool | None = None
    """Of a request to the image registry: whether it had the login."""
    status: int = 0
    fault: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For the log."""
        return asdict(self)


def access_key(headers: dict[str, str], query: dict[str, list[str]]) -> str:
    """The access key that the request was signed with."""
    found = _KEY.search(headers.get("authorization", ""))
    if found:
        return found[1]
    return (query.get("X-Amz-Credential") or [""])[0].partition("/")[0]


def identify(call: Call, headers: dict[str, str], body: bytes, query: dict[str, list[str]], account: str) -> None:
    """Fill in service, action and resource."""
    import ministack.app
    from ministack.core import iam_actions, router

    path = call.path
    bucket, _, rest = call.host.partition(".s3.")
    if rest:
        path = f"/{bucket}{path}"
    params = ministack.app._routing_params(call.method, path, headers, body, query)
    service = "s3" if rest else router.detect_service(call.method, path, headers, params)
    region = router.extract_region(headers)
    action = iam_actions.extract_iam_action(service, call.method, path, headers, body, params) or ""
    call.service, _, call.action = action.partition(":")
    call.service = call.service or service
    call.resource = iam_actions.extract_resource_arn(service, call.method, path, headers, body, params, region, account)


def refusal(call: Call, headers: dict[str, str], rule: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """An error in the form of the service's protocol."""
    from ministack.core import iam_actions

    code = rule["code"]
    status, shown, body = iam_actions.access_denied_response(
        {"cloudwatch": "monitoring"}.get(call.service, call.service), f"{call.service}:{call.action}", call.principal,
        "1", error_code=code, message=rule.get("message", code), headers=headers,
    )  # fmt: skip
    return rule.get("status", status), shown, body
