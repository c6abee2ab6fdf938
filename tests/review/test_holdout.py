"""The plans that were written without knowing the rules: what was right on them stays right."""

from __future__ import annotations

import pytest

from tests.review.holdout import run

# Of these it is said that they are not known, and nothing else.
NOT_KNOWN = {
    "azure/cosmos-container-replaced (harmless)", "others/alicloud-database-open (harmless)",
    "others/digitalocean-firewall-gone (harmless)",
}  # fmt: skip


@pytest.mark.parametrize("plan", [plan for name in run.names() for plan in run.expected(name)], ids=lambda it: it.name)
def test_a_plan_has_a_right_verdict_and_what_matters_is_told(plan: run.Expected) -> None:
    found = run.reviewed(plan)
    assert found.missed == ()
    if plan.name.endswith("(harmless)"):
        assert found.unasked == ()
    if plan.name in NOT_KNOWN:
        assert (found.verdict, plan.verdicts) == ("careful", ("safe",))
    else:
        assert found.right
