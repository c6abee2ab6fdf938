"""The website service: the page, its static files, and the rules that it gives the browser."""

import gzip
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
STATIC = SERVICES / "website" / "app" / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))


class PageReader(HTMLParser):
    """Collects the page's elements, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


@pytest.fixture(scope="module")
def website(start_service):
    return start_service("website", SERVICE_NAME="website", BASE_PATH="/")


@pytest.fixture(scope="module")
def page(website):
    return PageReader(website.client.get("/").text)


def assets(page: PageReader) -> list[str]:
    return [path for path in page.attributes("src") + page.attributes("href") if not path.startswith("#")]


def test_the_page_is_html_that_the_browser_checks_for_a_newer_one(website):
    answer = website.client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = website.client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert website.client.get("/", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_policy_allows_own_files_alone_and_nothing_inline(website):
    policy = dict(part.split(" ", 1) for part in website.client.get("/").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}


def test_the_page_keeps_the_policy(website, page):
    """Inline code would need unsafe-inline, and other hosts would have to be allowed."""
    text = website.client.get("/").text
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert page.attributes("style") == []
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    assert "://" not in text


def test_every_file_of_the_page_is_there_and_is_kept_for_a_year(website, page):
    paths = assets(page)
    assert len(paths) == 4
    for path in paths:
        answer = website.client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_import_of_a_script_is_there(website, page, script):
    folder = page.attributes("src")[0].rpartition("/")[0]
    answer = website.client.get(f"{folder}/{script.name}")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    for name in re.findall(r'from "\./([^"]+)"', answer.text):
        assert website.client.get(f"{folder}/{name}").status_code == 200


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_put_stories_into_the_page_as_text_alone(script):
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc"
    assert not re.search(forbidden, script.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_ask_their_own_origin_alone(script):
    assert "://" not in script.read_text()


def test_the_apis_are_asked_for_by_path():
    text = (STATIC / "api.js").read_text()
    assert "/api/words?" in text
    assert "/api/stories" in text


def test_what_can_be_used_can_be_named_by_a_screen_reader(website, page):
    labelled = {attributes["for"] for tag, attributes in page.elements if tag == "label"}
    fields = [attributes for tag, attributes in page.elements if tag in ("textarea", "input", "select")]
    assert fields and all(field["id"] in labelled for field in fields)
    assert [attributes["alt"] for tag, attributes in page.elements if tag == "img"] == [""]
    assert ("html", {"lang": "en"}) in page.elements
    assert page.attributes("role").count("status") == 2
    identifiers = page.attributes("id")
    assert len(identifiers) == len(set(identifiers))
    for name in ("aria-labelledby", "aria-describedby"):
        assert set(page.attributes(name)) <= set(identifiers)


def test_scripts_look_for_elements_that_are_in_the_page(page):
    lookup = r'(?:byId|getElementById)\("([^"]+)"\)'
    wanted = {name for script in SCRIPTS for name in re.findall(lookup, script.read_text())}
    assert len(wanted) > 5
    assert wanted <= set(page.attributes("id"))


def test_the_sentence_may_be_as_long_as_the_save_service_takes_it(page, app_module):
    [length] = page.attributes("maxlength")
    assert int(length) == app_module("save", "limits").TEMPLATE_MAX_CHARS


def test_the_words_that_the_page_knows_are_those_that_the_words_service_has(page, app_module):
    assert tuple(page.attributes("data-kind")) == app_module("words", "limits").KINDS


def test_answers_are_compressed_for_those_who_take_it(website):
    packed = website.client.get("/", headers={"Accept-Encoding": "gzip"})
    plain = website.client.get("/", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert {packed.headers["vary"], plain.headers["vary"]} == {"Accept-Encoding"}
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


def test_the_whole_page_is_small_over_the_wire(website, page):
    folder = page.attributes("src")[0].rpartition("/")[0]
    paths = ["/"] + [f"{folder}/{file.name}" for file in STATIC.iterdir()]
    sizes = [
        int(website.client.get(path, headers={"Accept-Encoding": "gzip"}).headers["content-length"]) for path in paths
    ]
    assert sum(sizes) < 20_000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("br, gzip;q=0.8", True),
        ("GZIP", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("", False),
    ],
)
def test_accept_encoding_is_read_with_its_weights(app_module, header, expected):
    assert app_module("website", "routes").accepts_gzip(header) is expected


def test_a_page_of_another_version_gets_files_that_nobody_keeps(website, page):
    """While one version replaces another, a page of one may ask a task of the other."""
    path = page.attributes("src")[0]
    other = re.sub(r"/static/[0-9a-f]{16}/", "/static/0123456789abcdef/", path)
    assert other != path
    answer = website.client.get(other)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["nothing.js", "../page.html", "..%2fpage.html", "%2e%2e/__main__.py", "", "page.html"]
)
def test_other_files_are_a_404_problem(website, page, name):
    folder = page.attributes("src")[0].rpartition("/")[0]
    answer = website.client.get(f"{folder}/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_changed_file_changes_the_addresses(app_module, tmp_path, start_service, page):
    shutil.copytree(SERVICES / "website", tmp_path / "website")
    (tmp_path / "website" / "app" / "static" / "style.css").write_text("body { margin: 1px }")
    changed = PageReader(start_service(tmp_path / "website").client.get("/").text)
    assert set(assets(changed)).isdisjoint(assets(page))
    assert app_module("website", "assets").load().version in assets(page)[0]


def test_compression_gives_the_same_bytes_every_time(app_module):
    compress = app_module("website", "assets").compress
    assert gzip.decompress(compress(b"story")) == b"story"
    assert compress(b"story")[4:8] == b"\0\0\0\0"


def test_a_copied_folder_serves_its_page_below_its_own_path(start_service):
    copied = start_service("website", BASE_PATH="/second")
    page = PageReader(copied.client.get("/second").text)
    assert all(path.startswith("/second/static/") for path in assets(page))
    assert all(copied.client.get(path).status_code == 200 for path in assets(page))
    assert copied.client.get("/").status_code == 404
