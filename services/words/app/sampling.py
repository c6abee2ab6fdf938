"""Random numbers that are the same for the same seed, whatever the version of Python."""

import random
from typing import Final

_64_BITS: Final = 2**64 - 1


class Draws:
    """SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).

    Its state is one number, so starting it costs nothing: Python's own generator takes longer to be
    seeded than the whole answer takes. Without a seed the numbers are Python's own, whose generator is there already,
    and which are faster: nobody can ask for the same ones again.
    """

    __slots__ = ("_state",)

    def __init__(self, seed: int | None) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """An integer from 0 to `limit` - 1. The bias is less than `limit` / 2**64, without a seed / 2**53."""
        if self._state is None:
            return int(random.random() * limit)
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _64_BITS
        state = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & _64_BITS
        state = ((state ^ state >> 27) * 0x94D049BB133111EB) & _64_BITS
        return (state ^ state >> 31) * limit >> 64

    def different(self, count: int, limit: int) -> list[int]:
        """`count` different integers below `limit`, in random order; one that comes again is drawn anew."""
        found: dict[int, None] = {}
        if self._state is None:
            draw = random.random
            while len(found) < count:
                found[int(draw() * limit)] = None
        else:
            while len(found) < count:
                found[self.below(limit)] = None
        return list(found)
