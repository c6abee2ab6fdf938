"""An address of this machine for each name: two services may both be reached at port 8000.

It is the gateway of an engine's network that nothing is attached to. Containers of every network reach it, making it
takes no rights beyond the engine's, and it is gone with the network.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

LABEL = "storyizer.name"
# For measurements inside one's own network (RFC 2544): nothing that a container may want to reach is there.
RANGE = IPv4Network("198.19.0.0/16")
PREFIX_LENGTH = 29
TRIES = 64


def candidates(seed: str) -> Iterator[IPv4Network]:
    """Networks to try, beginning somewhere that depends on the seed: other copies begin elsewhere."""
    count = 2 ** (PREFIX_LENGTH - RANGE.prefixlen)
    size = 2 ** (32 - PREFIX_LENGTH)
    first = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big")
    for number in range(TRIES):
        yield IPv4Network((int(RANGE.network_address) + (first + number) % count * size, PREFIX_LENGTH))


class Addresses:
    """The addresses of this emulator's names. `labels`: what its containers have, by which they are removed."""

    def __init__(self, labels: dict[str, str]) -> None:
        self._labels = labels
        self._known: dict[str, str] | None = None
        self._lock = threading.Lock()

    def of(self, client: Any, name: str) -> str:
        """The name's address, made if there is none. Raises an error of the docker package."""
        with self._lock:
            known = self._all(client)
            if name not in known:
                known[name] = self._make(client, name)
            return known[name]

    def keep(self, client: Any, names: set[str]) -> None:
        """Remove the addresses of all other names."""
        with self._lock:
            for name in self._all(client).keys() - names:
                for network in client.networks.list(filters={"label": [*self._selectors(), f"{LABEL}={name}"]}):
                    network.remove()
                del self._all(client)[name]

    def _all(self, client: Any) -> dict[str, str]:
        if self._known is None:
            networks = client.networks.list(filters={"label": [*self._selectors(), LABEL]})
            self._known = {each.attrs["Labels"][LABEL]: _gateway(each.attrs) for each in networks}
        return self._known

    def _selectors(self) -> list[str]:
        return [f"{name}={value}" for name, value in self._labels.items()]

    def _make(self, client: Any, name: str) -> str:
        from docker.errors import APIError
        from docker.types import IPAMConfig, IPAMPool

        seed = f"{'/'.join(self._labels.values())}/{name}"
        last: APIError | None = None
        for network in candidates(seed):
            pool = IPAMPool(subnet=str(network), gateway=str(network[1]))
            try:
                client.networks.create(
                    f"storyizer-{hashlib.sha256(seed.encode()).hexdigest()[:12]}", driver="bridge", internal=True,
                    ipam=IPAMConfig(pool_configs=[pool]), labels={**self._labels, LABEL: name}, check_duplicate=True,
                )  # fmt: skip
            except APIError as error:
                if "overlaps" not in str(error):
                    raise
                last = error
            else:
                return str(network[1])
        raise last if last is not None else RuntimeError(f"no address for {name}")


def _gateway(attributes: dict[str, Any]) -> str:
    return str(attributes["IPAM"]["Config"][0]["Gateway"])
