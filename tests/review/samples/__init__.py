"""Reviews for the renderers' tests, built of the model's objects: what each kind of plan looks like."""

from __future__ import annotations

from tests.review.samples.dangerous import dangerous, everything
from tests.review.samples.extreme import HOSTILE, hostile, large
from tests.review.samples.ordinary import FIRST, deploy, first, nothing
from tests.review.samples.parts import resource

__all__ = [
    "FIRST",
    "HOSTILE",
    "ORDINARY",
    "dangerous",
    "deploy",
    "everything",
    "first",
    "hostile",
    "large",
    "nothing",
    "resource",
]

ORDINARY = {
    "deploy": deploy,
    "dangerous": dangerous,
    "first": first,
    "nothing": nothing,
    "everything": everything,
}
