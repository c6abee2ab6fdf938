"""Random numbers that are the same for the same seed, whatever the version of Python."""

import random
from typing import Final

from .limits import SEED_MAX

_64_BITS: Final = 2**64 - 1


class Draws:
    """SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).

    Its state is one number, so starting it costs nothing: Python's own generator takes longer to be
    seeded than the whole answer takes.
    """

    __slots__ = ("_state",)

    def __init__(self, seed: int | None) -> None:
        self._state = random.randint(0, SEED_MAX) if seed is None else seed

    def below(self, limit: int) -> int:
        """An integer from 0 to `limit` - 1. The bias is less than `limit` / 2**64."""
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _64_BITS
        state = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & _64_BITS
        state = ((state ^ state >> 27) * 0x94D049BB133111EB) & _64_BITS
        return (state ^ state >> 31) * limit >> 64

    def different(self, count: int, limit: int) -> list[int]:
        """`count` different integers below `limit`, in random order; one that comes again is drawn anew."""
        found: dict[int, None] = {}
        while len(found) < count:
            found[self.below(limit)] = None
        return list(found)
