"""References of images, as people tell them apart."""

from __future__ import annotations


def short(image: str | None) -> str:
    """Enough to tell images apart: twelve digits of the digest, or the tag."""
    if image is None:
        return "nothing"
    if "@" in image:
        return image.rpartition("@")[2].rpartition(":")[2][:12]
    name = image.rpartition("/")[2]
    return name.partition(":")[2] or name
