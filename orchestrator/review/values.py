"""What stands in a value's place where the value may not be shown or is not known yet."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, Final, NoReturn

AttributePath = tuple[str | int, ...]
"""Where a value is in a resource: `("ingress", 0, "cidr_blocks")`. It goes on inside of a JSON string; there an
element that has a name (a container, an environment variable, a statement's Sid) is told by the name, not by number."""

_KEY = os.urandom(32)


class Unknown:
    """The one value that stands for "known after apply". Compare with `is UNKNOWN`."""

    def __repr__(self) -> str:
        return "(known after apply)"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # a copy (`dataclasses.asdict` makes them) is the same one


UNKNOWN: Final = Unknown()


class Sensitive:
    """Stands for a value that Terraform marks as sensitive. Equal if the values are; never shows anything of them.

    It does not hold the value, only a digest with a key that ends with the process: there is nothing to give away.
    """

    __slots__ = ("_digest",)

    def __init__(self, value: Any) -> None:
        text = json.dumps(value, sort_keys=True, default=repr)
        self._digest = hashlib.blake2b(text.encode(errors="surrogatepass"), key=_KEY, digest_size=16).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    def __repr__(self) -> str:
        return "(sensitive)"

    def __copy__(self) -> Sensitive:
        return self

    def __deepcopy__(self, memo: object) -> Sensitive:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a sensitive value is not written anywhere")


def is_known(value: Any) -> bool:
    """True if neither the value nor anything in it is unknown or sensitive."""
    if value is UNKNOWN or isinstance(value, Sensitive):
        return False
    if isinstance(value, Mapping):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(is_known(item) for item in value)
    return True


def dotted(path: AttributePath) -> str:
    """A path as people write it: `ingress[0].cidr_blocks`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: Any, limit: int = 200) -> str:
    """A value in one line for a person: strings bare, everything else as JSON, cut at `limit` characters."""
    if isinstance(value, str):
        text = value
    elif value is UNKNOWN or isinstance(value, Sensitive):
        text = repr(value)
    else:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
