"""The website's files, and a reader of its pages."""

from html.parser import HTMLParser
from pathlib import Path

SERVICES = Path(__file__).parents[2] / "services"
STATIC = SERVICES / "website" / "app" / "static"
PAGES = ("/", "/stories/mzxw6ytboi3dcmrtgq2t")
MISSING = "/nothing/here"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
"""What browsers say when somebody follows a link."""


class PageReader(HTMLParser):
    """Collects the page's elements, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def attributes(self, name: str, tag: str | None = None) -> list[str]:
        """What all elements, or those of one kind, have as this attribute."""
        found = (attributes for element, attributes in self.elements if tag in (None, element))
        return [attributes[name] or "" for attributes in found if name in attributes]

    def meta(self, name: str) -> str | None:
        """What a page says of itself to those who show a link to it."""
        told = (attributes for tag, attributes in self.elements if tag == "meta")
        return next((each["content"] for each in told if name in (each.get("property"), each.get("name"))), None)


def assets(page: PageReader) -> list[str]:
    """The paths of the static files that a page names."""
    return [path for path in page.attributes("src") + page.attributes("href", "link") if "/static/" in path]


def static_folder(page: PageReader) -> str:
    """The folder of static files that a page takes its own from."""
    return page.attributes("src", "script")[0].rpartition("/")[0]
