"""What security groups, network ACLs and endpoint policies let through. Decides only."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable

from orchestrator.review.iam import document
from orchestrator.review.iam.document import Part, Statement
from orchestrator.review.iam.patterns import covers, overlap
from orchestrator.verify.network.model import UNKNOWN, Entry, Rule

HTTPS = 443
_ALL, _TCP = "-1", ("tcp", "6")
# Answers come to these ports of a task (Linux), or of a NAT gateway.
# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
OF_TASKS, OF_NAT = (32768, 60999), (1024, 65535)
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway
_LAYERS = tuple(f"arn:{partition}:s3:::prod-*-starport-layer-bucket/*" for partition in ("aws", "aws-us-gov"))
_NEEDED = {"s3": ("s3:getobject", _LAYERS)}


def within(wanted: str, ranges: Collection[str]) -> bool:
    """True if every address of the range is in one of the others; two halves are a whole."""
    if UNKNOWN in (wanted, *ranges):
        return True
    whole = ipaddress.ip_network(wanted, strict=False)
    known = [ipaddress.ip_network(text, strict=False) for text in ranges]
    same = [item for item in known if isinstance(item, ipaddress.IPv4Network)]
    return any(whole.subnet_of(item) for item in ipaddress.collapse_addresses(same))  # type: ignore[arg-type]


def https_rules(rules: Iterable[Rule]) -> list[Rule]:
    """The rules that let HTTPS through, wherever it comes from or goes to."""
    return [
        rule for rule in rules
        if rule.protocol == _ALL or (rule.protocol in _TCP and rule.first <= HTTPS <= rule.last)
    ]  # fmt: skip


def admits(
    rules: Iterable[Rule], *, cidr: str = "", groups: Collection[str] = (), prefix_lists: Collection[str] = ()
) -> bool:
    """True if HTTPS passes with that range, one of those security groups or prefix lists at the other end."""
    fitting = https_rules(rules)
    named = {name for rule in fitting for name in rule.groups}
    lists = {name for rule in fitting for name in rule.prefix_lists}
    if (groups and named & {UNKNOWN, *groups}) or (prefix_lists and lists & {UNKNOWN, *prefix_lists}):
        return True
    return bool(cidr) and within(cidr, {text for rule in fitting for text in rule.cidrs})


def passes(entries: Iterable[Entry], *, egress: bool, cidr: str, ports: tuple[int, int] = (HTTPS, HTTPS)) -> bool:
    """True if a network ACL lets TCP to all of these ports through, with that range at the other end.

    An entry that fits a part of the range alone does not decide: which part AWS's addresses are in is not known.
    """
    first, last = ports
    for entry in sorted(entries, key=lambda entry: entry.number):
        whole = entry.protocol == _ALL or (entry.protocol in _TCP and entry.first <= first and last <= entry.last)
        if entry.egress == egress and whole and within(cidr, [entry.cidr]):
            return entry.allow
    return False


def policy_allows(policy: str, service: str) -> bool | None:
    """Whether an endpoint's policy lets calls of the service through; None where it cannot be read.

    Of S3 image layers are judged, which are in a bucket of ECR's own. Otherwise it is enough that some calls get
    through: for whom and for what is not judged.
    """
    if not policy:
        return True
    read = document.parse(policy)
    if read is None or not read.complete:
        return None
    action, places = _NEEDED.get(service, (f"{service.partition('.')[0]}:*", ("*",)))
    if any(_denies(item, action, place) for item in read.denies for place in places):
        return False
    return any(
        _touches(item.folded, action) and _touches(item.resources, place) for item in read.allows for place in places
    )


def _denies(statement: Statement, action: str, resource: str) -> bool:
    anybody = not statement.principals.negated and bool({"*", ""} & statement.principals.patterns)
    return (
        anybody
        and not statement.conditions
        and _whole(statement.folded, action)
        and _whole(statement.resources, resource)
    )


def _whole(part: Part, wanted: str) -> bool:
    return not part.negated and any(covers(wide, wanted) for wide in part.patterns)


def _touches(part: Part, wanted: str) -> bool:
    if part.negated:
        return not any(covers(wide, wanted) for wide in part.patterns)
    return any(overlap(pattern, wanted) for pattern in part.patterns)
