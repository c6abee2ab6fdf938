"""How paths become listener rules. Plain Python: whoever reads rules at AWS needs no manifest, and not its packages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

ROOT_PATH = "/"
# Of each length up to the first a thousand paths have room, of each longer one twelve: few paths are so long.
_SHORT, _LONGEST = 47, 126
_ROOM, _LITTLE_ROOM = 1000, 12


def places(path: str) -> range:
    """The priorities that a path prefix can have: longer prefixes come first, those of one length share them."""
    if len(path) > _SHORT:
        first = _ROOM + _LITTLE_ROOM * (_LONGEST - len(path))
        return range(first, first + _LITTLE_ROOM)
    first = _ROOM * (_SHORT + 2 - len(path))
    return range(first, first + _ROOM)


def listener_priority(path: str) -> int:
    """The priority that a path prefix has if no other one has it: the same whatever other services exist."""
    own = places(path)
    return own[int(hashlib.sha256(path.encode()).hexdigest()[:6], 16) % len(own)]


def priorities(paths: Iterable[str], standing: Mapping[str, int]) -> dict[str, int]:
    """Path => priority of its listener rule; "/" has no rule, it is the listener's default action.

    `standing` are those of the last release. What is deployed keeps its priority, and what is new takes none that a
    rule has which is deployed or about to go: all of them are changed at the same time, and AWS lets no two rules have
    one. Only if there are none left does a new one take that of one about to go. A length has room for
    `len(places(path))` paths.
    """
    wanted = sorted({*paths} - {ROOT_PATH})
    found = {path: standing[path] for path in wanted if standing.get(path) in places(path)}
    for path in wanted:
        if path not in found:
            free = [number for number in _by_preference(path) if number not in found.values()]
            found[path] = next((number for number in free if number not in standing.values()), free[0])
    return dict(sorted(found.items()))


def _by_preference(path: str) -> Iterator[int]:
    own, first = places(path), listener_priority(path)
    yield from range(first, own.stop)
    yield from range(own.start, first)
