"""What the browser's tests stand on: the services behind one address, and a visitor who listens for complaints."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request
from playwright.sync_api import Error as PlaywrightError

from tests.services.running import ANSWER_SECONDS, RunningService

DESKTOP = (1280, 860)
PHONE = (390, 844)
PLAIN_HOST = "storyizer.test"
"""This machine, by a name that is not its own: browsers trust 127.0.0.1 with more than other plain HTTP addresses."""
START_SECONDS = 60
PATIENCE_SECONDS = 30
"""How long is waited for what a browser does."""
LOADS_MAX = 5
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
# Firefox tells who drives it what scripts say, and not what it says itself.
TELL_OF_THE_POLICY = """addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
    console.error(`Content Security Policy: ${violatedDirective}`), true)"""

in_both = pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
"""A test that is run in Firefox as well."""
in_both_and_dark = pytest.mark.parametrize(
    ("browser", "dark"),
    [("chromium", False), ("chromium", True), ("firefox", False), ("firefox_dark", True)],
    ids=["chromium light", "chromium dark", "firefox light", "firefox dark"],
    indirect=["browser"],
)
"""The same, in light colours and, if `dark`, in dark ones."""

# One origin and path rules, as the load balancer has them.
CONFIGURATION = """
global
    nbthread 1
defaults
    mode http
    retries 0
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend clients
    bind fd@{socket}
    use_backend words if {{ path /api/words }} || {{ path_beg /api/words/ }}
    use_backend save if {{ path /api/stories }} || {{ path_beg /api/stories/ }}
    default_backend website
backend website
    server task 127.0.0.1:{website}
backend words
    server task 127.0.0.1:{words}
backend save
    server task 127.0.0.1:{save}
"""


class Site:
    """The three services behind one address."""

    def __init__(
        self, haproxy: str, folder: Path, *, website: RunningService, words: RunningService, save: RunningService
    ) -> None:
        self.save = save
        configuration = folder / "haproxy.cfg"
        # Listening already: a port that was only looked for could be somebody else's by the time that it is taken.
        with (folder / "log").open("wb") as log, socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
            configuration.write_text(
                CONFIGURATION.format(
                    socket=listener.fileno(), website=website.port, words=words.port, save=save.port
                )
            )  # fmt: skip
            self._process = subprocess.Popen(
                [haproxy, "-db", "-f", configuration], stdout=log, stderr=log, pass_fds=[listener.fileno()]
            )
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=ANSWER_SECONDS)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                assert self.client.get("/").status_code == 200
                return
            except httpx.TransportError:
                assert self._process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)

    def keep(self, template: str, text: str, lang: str = "en") -> dict[str, Any]:
        """Saves a story without a browser."""
        answer = self.client.post("/api/stories", json={"template": template, "text": text, "lang": lang})
        assert answer.status_code == 201, answer.text
        story: dict[str, Any] = answer.json()
        return story

    def stories(self) -> list[dict[str, Any]]:
        """The newest stories."""
        found: list[dict[str, Any]] = self.client.get("/api/stories?limit=50").json()["stories"]
        return found

    def close(self) -> None:
        """Ends the balancer; the services are ended by who started them."""
        self.client.close()
        self._process.terminate()
        self._process.wait(timeout=START_SECONDS)


class Visitor:
    """Opens pages in a browser, each as somebody new, and notes every complaint.

    A complaint is an error or a warning in the console (a violation of the content security policy is one), an
    exception that a script did not catch, and a request to anywhere else than the site.
    """

    def __init__(self, browser: Browser, site: Site) -> None:
        self.site = site
        self.complaints: list[str] = []
        self.engine = browser.browser_type.name
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._faults_expected = False
        self._network_changed = False

    def expect_faults(self) -> None:
        """Chromium writes each failed request into the console: those are no complaints from here on."""
        self._faults_expected = True

    def open(
        self,
        path: str,
        *,
        site: Site | None = None,
        origin: str | None = None,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
        motion: bool = False,
        ready: bool = True,
        **options: Any,
    ) -> Page:
        """The page at this path, in a browser of its own; `ready`: once its stories are there."""
        base = origin or (site or self.site).url
        context = self._browser.new_context(
            base_url=base,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="no-preference" if motion else "reduce",
            **{"locale": "en-GB"} | options,
        )
        self._contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        if self.engine == "firefox":
            context.add_init_script(TELL_OF_THE_POLICY)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("request", lambda request: self._asked(request, base))
        page.on("requestfailed", self._failed)
        for attempt in range(LOADS_MAX):
            self._network_changed = False
            try:
                page.goto(path)
                if ready:
                    page.wait_for_selector("#stories[aria-busy=false], article[aria-busy=false]", state="attached")
                break
            except PlaywrightError:
                if not self._network_changed or attempt == LOADS_MAX - 1:
                    raise
        return page

    def leave(self) -> None:
        """Closes every page."""
        for context in self._contexts:
            context.close()

    def _failed(self, request: Request) -> None:
        # A container that starts or ends anywhere on the machine brings or takes a network interface, and Chromium then
        # gives up what it is just fetching. That is no fault of the page: it is loaded again.
        self._network_changed |= request.failure == f"net::{NETWORK_CHANGED}"

    def _heard(self, message: ConsoleMessage) -> None:
        fault = message.text.startswith("Failed to load resource")
        excused = NETWORK_CHANGED in message.text or (fault and self._faults_expected)
        if message.type in ("error", "warning") and not excused:
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request: Request, base: str) -> None:
        if not request.url.startswith(f"{base}/"):
            self.complaints.append(f"outside request: {request.url}")


def until(page: Page, holds: Callable[[], object]) -> None:
    """Waits for what the browser tells of by itself: a request that is held, a complaint."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        page.wait_for_timeout(20)


def allow_clipboard(page: Page) -> None:
    """Lets scripts use the clipboard. Firefox lets those that a person has started."""
    if engine(page) == "chromium":
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])


def engine(page: Page) -> str:
    """`chromium` or `firefox`."""
    browser = page.context.browser
    assert browser is not None
    return browser.browser_type.name


def sentence(page: Page) -> Locator:
    """The field to write in."""
    return page.locator("textarea")


def tiles(page: Page) -> list[str]:
    """The words in the story."""
    return page.locator("#stage .tile:not(.empty)").all_text_contents()


def told(page: Page) -> str:
    """The story's text."""
    return page.locator("#stage").text_content() or ""


def fill(page: Page) -> str:
    """Has the blanks filled; returns the story."""
    with page.expect_response("**/api/words/fill") as answer:
        page.locator("#fill").click()
    assert answer.value.ok, answer.value.text()
    page.wait_for_selector("#fill[aria-busy=false]")
    return told(page)


def save(page: Page) -> str:
    """Has the story saved; returns the path of its page."""
    page.locator("#save").click()
    link = page.locator("#message a")
    link.wait_for()
    return link.get_attribute("href") or ""
