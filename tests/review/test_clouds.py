"""Changes of other clouds than AWS, each with exactly what a reviewer wants to be told, and its harmless variant."""

from __future__ import annotations

import pytest

from tests.review.clouds import cases


@pytest.mark.parametrize("variant", cases.VARIANTS)
@pytest.mark.parametrize("name", cases.names())
def test_a_change_has_the_verdict_and_the_findings_that_a_reviewer_wants(name: str, variant: str) -> None:
    case = cases.case(name, variant)
    review = case.reviewed()
    assert cases.told(review.findings) == sorted(case.findings), [item.reason for item in review.findings]
    assert str(review.verdict) == case.verdict, review.because
