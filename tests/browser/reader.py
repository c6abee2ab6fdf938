"""Opens pages that are files, in a real browser that must have nothing to complain about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from playwright.sync_api import Browser, Page

SIZES = {"desktop": (1280, 860), "phone": (360, 780)}
T = TypeVar("T")


class Reader(Generic[T]):
    """Opens what `render` makes a file of; `complaints` is what the browser said, `requests` what it wanted besides."""

    def __init__(self, browser: Browser, folder: Path, render: Callable[[T], str]) -> None:
        self.browser = browser
        self.folder = folder
        self.render = render
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def open(self, shown: T, size: str = "desktop", *, dark: bool = False, script: bool = True) -> Page:
        """Its page in a window of this size."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self.requests.append(request.url))
        file = self.folder / f"{len(list(self.folder.iterdir()))}.html"
        file.write_text(self.render(shown), encoding="utf-8")
        page.goto(file.as_uri())
        self.requests = [url for url in self.requests if url != file.as_uri() and not url.startswith("data:")]
        return page


@contextmanager
def reading(browser: Browser, folder: Path, render: Callable[[T], str]) -> Iterator[Reader[T]]:
    """A reader whose browser had nothing to complain about in the end."""
    reader = Reader(browser, folder, render)
    yield reader
    for context in browser.contexts:
        context.close()
    assert reader.complaints == []
    assert reader.requests == []
