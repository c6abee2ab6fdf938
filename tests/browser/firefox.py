"""Debian's Firefox, driven as it is: by WebDriver BiDi, the standard that every browser shall speak."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Playwright

from tests.browser.site import PLAIN_HOST, START_SECONDS

_RELAY = Path(__file__).with_name("bidi_relay.py")
# What one points with, as Firefox counts it (PointerCapabilities in its LookAndFeel.h).
_COARSE, _FINE, _HOVERS = 1, 2, 4


def launch_firefox(
    playwright: Playwright,
    program: str,
    environment: dict[str, str | float | bool],
    *,
    dark: bool = False,
    finger: bool = False,
) -> Browser:
    """A running Firefox, on a system in dark colours if `dark`, where one points with a finger alone if `finger`.

    It has no command for any of that yet, but preferences: it keeps to them until it ends.
    """
    pointer = _COARSE if finger else _FINE | _HOVERS
    return playwright.firefox.launch(
        # Any other channel would want a Firefox that Playwright has changed.
        channel="moz-firefox",
        executable_path=_RELAY,
        timeout=1000 * START_SECONDS,
        env=environment | {"FIREFOX": program, "FIREFOX_COLOURS": "dark" if dark else "light"},
        firefox_user_prefs={
            "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
            "network.dns.localDomains": PLAIN_HOST,
            "ui.allPointerCapabilities": pointer,
            "ui.prefersReducedMotion": 1,
            "ui.primaryPointerCapabilities": pointer,
        },
    )
