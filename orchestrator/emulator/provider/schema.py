"""A provider's schemas cut down to some resource types, on the bytes of its answer (tfplugin5.proto). Decides only.

`GetProviderSchema.Response` is a few fields, of which three are maps from a type's name to its schema. A map is one
field per entry, so that leaving entries out takes no more than reading lengths; what they hold is never decoded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

# Field numbers of the maps, by the word with which a configuration declares what is in them.
MAPS = {"resource": 2, "data": 3, "ephemeral": 8}
_DIAGNOSTICS = 4
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class NotUnderstood(ValueError):
    """The bytes are no message."""


def reduced(answer: bytes, types: Collection[str]) -> bytes:
    """The answer with the schemas of these types only. All that is not a type's stays. Raises `NotUnderstood`."""
    wanted, maps = {name.encode() for name in types}, MAPS.values()
    return b"".join(
        answer[start:end] for number, start, value, end in _fields(answer)
        if number not in maps or _key(answer[value:end]) in wanted
    )  # fmt: skip


def names(answer: bytes) -> dict[str, frozenset[str]]:
    """The types that the answer has, by the word that declares one. Raises `NotUnderstood`."""
    found: dict[int, set[str]] = {number: set() for number in MAPS.values()}
    for number, _, value, end in _fields(answer):
        if number in found:
            found[number].add(_key(answer[value:end]).decode(errors="replace"))
    return {word: frozenset(found[number]) for word, number in MAPS.items()}


def is_sound(answer: bytes) -> bool:
    """True for an answer that has types and no complaint of the provider's."""
    try:
        numbers = {number for number, *_ in _fields(answer)}
    except NotUnderstood:
        return False
    return MAPS["resource"] in numbers and _DIAGNOSTICS not in numbers


def _key(entry: bytes) -> bytes:
    """The key of a map's entry; empty where it has none, as an empty key is not written."""
    return next((entry[value:end] for number, _, value, end in _fields(entry) if number == 1), b"")


def _fields(message: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Per field its number, where it begins, where its value begins, and where that ends."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        kind, value = tag & 7, at
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _LENGTH:
            length, value = _varint(message, at)
            at = value + length
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise NotUnderstood(f"a field of kind {kind}")
        if at > len(message):
            raise NotUnderstood("it is cut off")
        yield tag >> 3, start, value, at


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise NotUnderstood("a number without an end")
