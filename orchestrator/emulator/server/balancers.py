"""Which environment's load balancer answers at which address of this machine.

Each environment of the emulated AWS has an address of its own, for all of 127.0.0.0/8 is this machine: `local` has
127.0.0.1, the others have the addresses after it, in the order of their names.
"""

from __future__ import annotations

import time
from functools import lru_cache

from orchestrator.project import environment

# The emulator listens there from its start, also for environments that come later.
ADDRESSES = tuple(f"127.0.0.{number}" for number in range(1, 6))


def name(address: str) -> str:
    """The name of the load balancer that answers at the address, empty if no environment has it."""
    names = _names(int(time.monotonic()))
    return f"{environment.project()}-{names[address]}" if address in names else ""


@lru_cache(maxsize=1)
def _names(second: int) -> dict[str, str]:
    """Address => environment, read at most once in a second: it is asked for with every request."""
    return dict(zip(ADDRESSES, environment.emulated(), strict=False))


def address(environment_name: str) -> str | None:
    """The address of an environment's load balancer, None if there are more environments than addresses."""
    return dict(zip(environment.emulated(), ADDRESSES, strict=False)).get(environment_name)
