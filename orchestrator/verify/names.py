"""The environment's name: whether its certificate is for it and can be used, and whether it leads to the balancer."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.aws.session import Aws
from orchestrator.verify import check
from orchestrator.verify.asking import Missing, Unread, ask
from orchestrator.verify.check import NOT_YET, Check

CERTIFICATE, NAME = "certificate", "name"
SOON = datetime.timedelta(days=14)
_HTTPS = 443
# https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
_STATES = {
    "PENDING_VALIDATION": "waits for its validation",
    "INACTIVE": "is no longer in use by its issuer",
    "EXPIRED": "has expired",
    "VALIDATION_TIMED_OUT": "was not validated within 72 hours",
    "REVOKED": "is revoked",
    "FAILED": "could not be issued",
}


@dataclass(frozen=True)
class Resolved:
    """What a name leads to: its addresses, and the names on the way, in small letters without a final dot."""

    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


Resolve = Callable[[str], Resolved]


def resolve(name: str) -> Resolved:
    """What this machine's resolver says of a name; nothing of one that it does not know."""
    try:
        found = socket.getaddrinfo(name, _HTTPS, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except OSError:
        return Resolved()
    return Resolved(
        frozenset(str(item[4][0]) for item in found),
        frozenset(item[3].lower().rstrip(".") for item in found if item[3]),
    )


def covers(names: Iterable[str], domain: str) -> bool:
    """True if a certificate with these names is for the domain: a wildcard stands for one label."""
    wanted = domain.lower().rstrip(".")
    for name in (each.lower().rstrip(".") for each in names):
        if name == wanted or (name.startswith("*.") and wanted.partition(".")[2] == name[2:] and "." in name[2:]):
            return True
    return False


def judge_certificate(told: Mapping[str, Any], domain: str | None, now: datetime.datetime) -> list[Check]:
    """What ACM says of the certificate: whether it can be used, for how long, and whether it is for the domain."""
    arn, status, region = str(told["CertificateArn"]), str(told["Status"]), str(told["CertificateArn"]).split(":")[3]
    ends = told.get("NotAfter")
    found = [_usable(told, arn, status, region, ends, now)]
    if domain is not None:
        names = [str(told.get("DomainName", "")), *map(str, told.get("SubjectAlternativeNames") or ())]
        listed = ", ".join(dict.fromkeys(names))
        found.append(
            check.ok(CERTIFICATE, f"for {domain}", f"it names {listed}")
            if covers(names, domain)
            else check.wrong(
                CERTIFICATE, f"for {domain}", f"{arn} is for {listed}",
                f"aws acm request-certificate --region {region} --domain-name {domain} --validation-method DNS\n"
                "then write its ARN to certificate_arn",
            )
        )  # fmt: skip
    return found


def _usable(
    told: Mapping[str, Any], arn: str, status: str, region: str, ends: datetime.datetime | None, now: datetime.datetime
) -> Check:
    show = f"aws acm describe-certificate --region {region} --certificate-arn {arn}"
    if ends is not None and ends <= now:
        return check.wrong(CERTIFICATE, "usable", f"{arn} has expired on {ends:%Y-%m-%d}", f"renew it: {show}")
    if status != "ISSUED":
        why = f" ({told['FailureReason']})" if told.get("FailureReason") else ""
        step = f"make the DNS records that its validation asks for: {show}" if status == "PENDING_VALIDATION" else show
        return check.wrong(CERTIFICATE, "usable", f"{arn} {_STATES.get(status, f'is {status}')}{why}", step)
    if ends is None:
        return check.ok(CERTIFICATE, "usable", "issued")
    if ends - now < SOON:
        return check.wrong(
            CERTIFICATE, "usable", f"{arn} expires on {ends:%Y-%m-%d}, in {(ends - now).days} days",
            f"see why it is not renewed: {show}", blocks=False,
        )  # fmt: skip
    return check.ok(CERTIFICATE, "usable", f"issued, until {ends:%Y-%m-%d}")


def judge_name(domain: str, balancer: str, of_domain: Resolved, of_balancer: Resolved, *, is_made: bool) -> Check:
    """Whether the domain leads to the load balancer: by its name, or by one of its addresses.

    `is_made`: an apply makes the name. Others move it when they like, so it keeps no deploy from beginning.
    """
    name = f"{domain} to the balancer"
    aliases = {balancer.lower(), f"dualstack.{balancer.lower()}"}
    if of_domain.names & aliases or of_domain.addresses & of_balancer.addresses:
        return check.ok(NAME, name, f"it leads to {balancer}")
    step = f"let {domain} be an alias or CNAME of {balancer}" + (" (an apply makes it: dns_zone_id)" if is_made else "")
    if not of_domain.addresses:
        return check.wrong(NAME, name, f"{domain} is not found", step, blocks=False)
    if not of_balancer.addresses:
        return check.skipped(NAME, name, f"{balancer} is not found from this machine, so there is nothing to compare")
    where = ", ".join(sorted(of_domain.names - {domain.lower()}) or sorted(of_domain.addresses))
    return check.wrong(NAME, name, f"{domain} leads to {where}, not to {balancer}", step, blocks=False)


def certificate(aws: Aws, settings: Mapping[str, Any], now: datetime.datetime) -> list[Check]:
    """The checks of the certificate that the environment's file names."""
    arn, domain = settings.get("certificate_arn"), settings.get("domain_name")
    if not arn:
        why = "no certificate_arn in the environment's file: it is reached by HTTP"
        return [check.skipped(CERTIFICATE, "usable", why)]
    parts = str(arn).split(":")
    region, account = aws.environment.region, aws.environment.account_id
    if len(parts) != 6 or parts[3:5] != [region, account]:
        return [
            check.wrong(
                CERTIFICATE, "usable", f"{arn} is not a certificate of account {account} in {region}",
                "a load balancer takes those of its own region and account alone: "
                f"aws acm list-certificates --region {region}",
            )
        ]  # fmt: skip
    told = ask(
        f"the certificate {arn}",
        lambda: aws.client("acm").describe_certificate(CertificateArn=arn)["Certificate"],
        "ResourceNotFoundException", "ValidationException",
    )  # fmt: skip
    if isinstance(told, Unread):
        return [check.skipped(CERTIFICATE, "usable", told.why)]
    if isinstance(told, Missing):
        step = f"write the ARN of one of these to certificate_arn: aws acm list-certificates --region {region}"
        return [check.wrong(CERTIFICATE, "usable", f"there is no certificate {arn}", step)]
    return judge_certificate(told, str(domain) if domain else None, now)


def leads(settings: Mapping[str, Any], balancer: str | None, look_up: Resolve) -> list[Check]:
    """The check of where the environment's domain name leads; `balancer` is the load balancer's own name."""
    domain = settings.get("domain_name")
    if not domain:
        return [check.skipped(NAME, "to the balancer", "no domain_name in the environment's file")]
    if balancer is None:
        return [check.skipped(NAME, f"{domain} to the balancer", NOT_YET)]
    made = bool(settings.get("dns_zone_id"))
    return [judge_name(str(domain), balancer, look_up(str(domain)), look_up(balancer), is_made=made)]
