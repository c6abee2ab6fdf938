"""What the clouds' modules add to the rules, by the rule's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orchestrator.review.rules.facts.clouds import (
    alibaba,
    cloudflare,
    digitalocean,
    hetzner,
    openstack,
    oracle,
    yandex,
)
from orchestrator.review.rules.facts.clouds.forges import github, gitlab
from orchestrator.review.rules.facts.clouds.kubernetes import rows as kubernetes
from orchestrator.review.rules.facts.clouds.vault import rows as vault
from orchestrator.review.rules.kit.rows import Row

ROWS: Final[tuple[Mapping[str, tuple[Row, ...]], ...]] = tuple(
    cloud.ROWS
    for cloud in (
        kubernetes,
        github,
        gitlab,
        vault,
        cloudflare,
        oracle,
        alibaba,
        yandex,
        hetzner,
        digitalocean,
        openstack,
    )
)


def rows_for(rule: str) -> tuple[Row, ...]:
    """The rows of all clouds for a rule."""
    return tuple(row for rows in ROWS for row in rows.get(rule, ()))
