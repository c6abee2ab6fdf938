"""The three real services behind one address, and a real Chromium that visits them.

`pytest tests/browser/test_screens.py --screens docs/screens` draws the documentation's pictures again.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from orchestrator.console import Console
from orchestrator.machine import apt
from tests.browser.site import Site, Visitor
from tests.services.conftest import (  # noqa: F401 - fixtures
    create_table,
    dynamodb_endpoint,
    start_save,
    start_service,
)
from tests.services.running import RunningService


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--screens FOLDER`: where the pictures of the page go; without it they are drawn and thrown away."""
    parser.addoption(
        "--screens", type=Path, default=None, metavar="FOLDER", help="draw the page's pictures into FOLDER"
    )


@pytest.fixture(scope="session")
def chromium_program(program: Callable[..., str]) -> str:
    """The path of Chromium, on a machine that can draw Korean."""
    path = program("chromium")
    lister = program("fc-list", "fontconfig")
    fonts = subprocess.run([lister, ":lang=ko"], capture_output=True, text=True, check=True).stdout
    if "Nanum" not in fonts:
        apt.install(("fonts-nanum",), Console().say, "a test needs it")
    return path


# Playwright's synchronous interface keeps an event loop running in this thread as long as it is open. Closed
# after each module, it is in nobody's way.
@pytest.fixture(scope="module")
def chromium(chromium_program: str) -> Iterator[Browser]:
    """A running Chromium."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    # A name that is not this machine's own: browsers trust 127.0.0.1 with more than other plain HTTP addresses.
    arguments.append("--host-resolver-rules=MAP storyizer.test 127.0.0.1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_site(
    program: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
    start_service: Callable[..., RunningService],  # noqa: F811
    start_save: Callable[..., RunningService],  # noqa: F811
    create_table: Callable[[str], str],  # noqa: F811
    dynamodb_endpoint: str,  # noqa: F811
) -> Iterator[Callable[[str], Site]]:
    """Starts the services with a table of this name, behind one address."""
    haproxy = program("haproxy")
    website = start_service("website", SERVICE_NAME="website", BASE_PATH="/")
    words = start_service("words", SERVICE_NAME="words", BASE_PATH="/api/words")
    sites: list[Site] = []

    def open_(table: str) -> Site:
        save = start_save(dynamodb_endpoint, create_table(table))
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
def visitor(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """Opens pages, and fails the test at its end if one of them complained about anything."""
    guest = Visitor(chromium, site)
    yield guest
    guest.leave()
    assert guest.complaints == []


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """The page to write on, in English."""
    return visitor.open("/?lang=en")
