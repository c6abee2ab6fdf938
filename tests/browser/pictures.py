"""Pictures compared by a browser, which can read them."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from playwright.sync_api import Page

# Differences below that are those of smoothed edges.
_APART = 64
_COMPARE = """async ([encoded, apart]) => {
    const [one, other] = await Promise.all(encoded.map(async (picture) => {
        const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
        canvas.drawImage(image, 0, 0);
        return canvas.getImageData(0, 0, image.width, image.height).data;
    }));
    if (one.length !== other.length) throw new Error("they are not of one size");
    let largest = 0;
    let many = 0;
    for (let index = 0; index < one.length; index += 4) {
        const differences = [0, 1, 2].map((colour) => Math.abs(one[index + colour] - other[index + colour]));
        const difference = Math.max(...differences);
        largest = Math.max(largest, difference);
        if (difference > apart) many += 1;
    }
    return [largest, many / (one.length / 4)];
}"""


@dataclass(frozen=True)
class Difference:
    """How two pictures differ."""

    largest: int
    """At any pixel and in any colour, of 255."""
    apart: float
    """The share of pixels that can be told apart."""


def compare(page: Page, one: bytes, other: bytes) -> Difference:
    """Compares two PNG files of one size, in this page."""
    encoded = [base64.b64encode(picture).decode() for picture in (one, other)]
    largest, apart = page.evaluate(_COMPARE, [encoded, _APART])
    return Difference(largest, apart)
