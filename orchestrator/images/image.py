"""An image, the same record all the way: from the registry into a plan, a bundle and a release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# The digest of no image: a plan must name one for a service that has never been built.
PLACEHOLDER = f"sha256:{'0' * 64}"


@dataclass(frozen=True)
class Image:
    """A service's image. `uri` is REPOSITORY@DIGEST, `tag` stands for its content, `why` says why it is another.

    `missing` says that the registry lacks the image of this tag and nothing was built: `uri` is then the deployed
    image's, or one with the placeholder's digest. `built` and `pushed` say what this run had to do for it.
    """

    service: str
    tag: str
    uri: str
    why: str = ""
    missing: bool = False
    built: bool = False
    pushed: bool = False

    @property
    def digest(self) -> str:
        """The part of `uri` that tells what is in the image; "" if it has none."""
        return self.uri.rpartition("@")[2] if "@" in self.uri else ""


def uris(images: Iterable[Image]) -> dict[str, str]:
    """Per service the image's address by digest: what Terraform is fed."""
    return {image.service: image.uri for image in images}
