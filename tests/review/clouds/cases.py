"""Cases of other clouds than AWS: changes as their providers document them, and what a reviewer wants to be told.

Each case is a file `CLOUD/CASE.yaml`:

    about: one sentence
    changes:                    # what the plan does; `before` without `after` is destroyed, and so on
      - address: google_storage_bucket.reports
        before: {...}           # left out for what is created
        after: {...}            # left out for what is destroyed
        unknown: {...}          # optional, as `after_unknown`
        replaced: true          # optional
      # (an address that begins with `data.` is a data source that is read in the apply)
    verdict: dangerous
    findings:                   # exactly these
      - {rule: resource-public, severity: high, address: google_storage_bucket.reports}
    harmless:                   # the same thing done as it should be
      changes: [...]
      verdict: safe             # unless another one is given
      findings: []              # unless there are some, of low severity
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestrator.review.model import Finding, Review
from orchestrator.review.reading.reading import read
from orchestrator.review.review import review
from tests.review.plans import change

FOLDER = Path(__file__).parent
VARIANTS = ("changed", "harmless")


@dataclass(frozen=True)
class Case:
    """A change, or its harmless variant, with what is to be said of it."""

    name: str
    about: str
    changes: tuple[dict[str, Any], ...]
    verdict: str
    findings: tuple[tuple[str, str, str], ...]

    def shown(self) -> dict[str, Any]:
        """The plan as `terraform show -json` would write it."""
        # Through JSON: what the YAML names twice (`&`, `*`) becomes two values.
        return json.loads(json.dumps(self._shown()))  # type: ignore[no-any-return]

    def _shown(self) -> dict[str, Any]:
        return {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "planned_values": {"root_module": {}},
            "resource_changes": [_changed(item) for item in self.changes],
            "configuration": {"root_module": {}},
            "applyable": True,
            "complete": True,
            "errored": False,
        }

    def reviewed(self) -> Review:
        """The plan, reviewed with the built-in policy."""
        return review(read(self.shown()))


def names() -> list[str]:
    """CLOUD/CASE of every case."""
    return sorted(file.relative_to(FOLDER).with_suffix("").as_posix() for file in FOLDER.glob("*/*.yaml"))


@cache
def case(name: str, variant: str) -> Case:
    """A case's change (`changed`), or its harmless variant (`harmless`)."""
    said = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    known = {"about", "changes", "verdict", "findings", "harmless"}
    assert set(said) == known, f"{name}: {set(said) ^ known}"
    part = said if variant == "changed" else {"verdict": "safe", "findings": [], **said["harmless"]}
    wanted = tuple((item["rule"], item["severity"], item["address"]) for item in part["findings"])
    return Case(f"{name} ({variant})", said["about"], tuple(part["changes"]), part["verdict"], wanted)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    """Findings in the form that a case has them."""
    return sorted((item.rule, str(item.severity), item.address) for item in findings)


def _changed(item: dict[str, Any]) -> dict[str, Any]:
    assert set(item) <= {"address", "before", "after", "unknown", "sensitive", "replaced"}, item
    made = change(
        item["address"], item.get("before"), item.get("after"), unknown=item.get("unknown"),
        sensitive=item.get("sensitive"), replaced=bool(item.get("replaced")),
    )  # fmt: skip
    cloud = made["type"].partition("_")[0]
    if item["address"].startswith("data."):
        made |= {"mode": "data", "change": {**made["change"], "actions": ["read"]}}
    return {**made, "provider_name": f"registry.terraform.io/hashicorp/{cloud}"}
