"""Which TLS a named policy allows, so that two can be compared.

Names and meanings: "Security policies for your Application Load Balancer" (AWS documentation) and the documentation of
CloudFront, API Gateway, OpenSearch and Transfer Family. All of them carry their version in their names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENFORCED = re.compile(r"TLS13-1-(\d)|TLS-1-(\d)|(?:FS|Min-TLS)-1-(\d)|TLSv?_?1(?:[._](\d))?(?=$|_)|^1\.(\d)$")
_DATE = re.compile(r"(20\d\d)-(\d\d)$")
# Policies of load balancers without a version in their names.
_FROM_1_0 = re.compile(r"^ELBSecurityPolicy-(?:FS-2018-06|20\d\d-\d\d)$")


@dataclass(frozen=True, slots=True, order=True)
class Strength:
    """What a policy enforces; compares from weak to strong. `least` is the oldest version, 1.2 as 2; SSL 3 as -1."""

    least: int
    offers_1_3: bool
    ciphers: int

    @property
    def version(self) -> str:
        """The oldest version that it lets in."""
        return "SSL 3" if self.least < 0 else f"TLS 1.{self.least}"


def strength(policy: str) -> Strength | None:
    """How strong a policy or version is by its name; None if the name is not known."""
    if policy == "SSLv3":
        return Strength(-1, False, 0)
    if _FROM_1_0.match(policy):
        return Strength(0, False, 2 if "FS" in policy else 1)
    found = _ENFORCED.search(policy)
    if found is None:
        return None
    least = int(next((digit for digit in found.groups() if digit is not None), "0"))
    return Strength(least, least == 3 or "TLS13" in policy or policy.startswith("TLSv1.3"), _ciphers(policy))


def _ciphers(policy: str) -> int:
    """Restricted, usual, extended or old; of CloudFront's the later the stricter."""
    year = re.search(r"_(20\d\d)$", policy)
    if year:
        return int(year[1])
    if re.search(r"-Ext\d?(-|$)", policy):
        return 1 if "Ext2" in policy or "-Ext-" in policy else 2
    if re.search(r"-Res(-|$)", policy) or "PFS" in policy:
        return 4
    # Without forward secrecy among what is offered, or with the ciphers of 2015.
    return 0 if policy.endswith("2015-04") else 1 if re.search(r"-TLS-1-\d-20", policy) else 3


def transfer_year(policy: str) -> tuple[int, int] | None:
    """Transfer Family's policies have a date only: the later the stricter."""
    found = _DATE.search(policy)
    return (int(found[1]), int(found[2])) if found and "Transfer" in policy else None
