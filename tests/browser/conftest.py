"""The three real services behind one address, and real browsers that visit them: Chromium, and for some tests Firefox.

`pytest tests/browser --screens docs/screens` draws the documentation's pictures again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser import typefaces
from tests.browser.firefox import launch_firefox
from tests.browser.site import PATIENCE_SECONDS, PLAIN_HOST, START_SECONDS, Site, Visitor
from tests.services.conftest import (  # noqa: F401 - fixtures
    create_table,
    dynamodb_endpoint,
    start_save,
    start_service,
)
from tests.services.running import RunningService

expect.set_options(timeout=1000 * PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def chromium_program(program: Callable[..., str]) -> str:
    """The path of Chromium."""
    return program("chromium")


@pytest.fixture(scope="session")
def firefox_program(program: Callable[..., str]) -> str:
    """The path of Firefox, which is Debian's: no build of it for tests."""
    return program("firefox-esr")


@pytest.fixture(scope="session")
def browser_environment(
    program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str | float | bool]:
    """Variables of every browser: on any machine it draws with the same typefaces."""
    configuration = typefaces.configure(program("fc-list", "fontconfig"), tmp_path_factory.mktemp("typefaces"))
    return {**os.environ, "FONTCONFIG_FILE": str(configuration)}


# Playwright's synchronous interface keeps an event loop running in this thread as long as it is open. Closed
# after each module, it is in nobody's way.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(
    playwright: Playwright, chromium_program: str, browser_environment: dict[str, str | float | bool]
) -> Iterator[Browser]:
    """A running Chromium."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    arguments.append(f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1")
    browser = playwright.chromium.launch(
        executable_path=chromium_program, args=arguments, env=browser_environment, timeout=1000 * START_SECONDS
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def start_firefox(
    playwright: Playwright, firefox_program: str, browser_environment: dict[str, str | float | bool]
) -> Iterator[Callable[..., Browser]]:
    """Starts a Firefox; it takes what `launch_firefox` can be told of the system."""
    started: list[Browser] = []

    def start(**system: bool) -> Browser:
        started.append(launch_firefox(playwright, firefox_program, browser_environment, **system))
        return started[-1]

    yield start
    for browser in started:
        browser.close()


@pytest.fixture(scope="module")
def firefox(start_firefox: Callable[..., Browser]) -> Browser:
    """A running Firefox, in light colours and with a mouse."""
    return start_firefox()


@pytest.fixture(scope="module")
def firefox_dark(start_firefox: Callable[..., Browser]) -> Browser:
    """A running Firefox on a system in dark colours."""
    return start_firefox(dark=True)


@pytest.fixture(scope="module")
def firefox_touch(start_firefox: Callable[..., Browser]) -> Browser:
    """A running Firefox that one points at with a finger."""
    return start_firefox(finger=True)


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Browser:
    """What visits pages: Chromium, where a test does not say otherwise (`tests.browser.site.in_both`)."""
    chosen: Browser = request.getfixturevalue(getattr(request, "param", "chromium"))
    return chosen


@pytest.fixture(scope="session")
def open_site(
    program: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
    start_service: Callable[..., RunningService],  # noqa: F811
    start_save: Callable[..., RunningService],  # noqa: F811
    create_table: Callable[[str], str],  # noqa: F811
    dynamodb_endpoint: str,  # noqa: F811
) -> Iterator[Callable[[str], Site]]:
    """Starts the services with a table that is called so and has a number, behind one address."""
    haproxy = program("haproxy")
    website = start_service("website", SERVICE_NAME="website", BASE_PATH="/")
    words = start_service("words", SERVICE_NAME="words", BASE_PATH="/api/words")
    sites: list[Site] = []

    def open_(table: str) -> Site:
        save = start_save(dynamodb_endpoint, create_table(f"{table}-{len(sites)}"))
        sites.append(Site(haproxy, tmp_path_factory.mktemp("site"), website=website, words=words, save=save))
        return sites[-1]

    yield open_
    for site in sites:
        site.close()


@pytest.fixture(scope="session")
def site(open_site: Callable[[str], Site]) -> Site:
    """The services, with stories in them: do not stop them."""
    return open_site("browser")


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visitor]:
    """Opens pages, and fails the test at its end if one of them complained about anything."""
    guest = Visitor(browser, site)
    yield guest
    guest.leave()
    assert guest.complaints == []


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """The page to write on, in English."""
    return visitor.open("/?lang=en")
