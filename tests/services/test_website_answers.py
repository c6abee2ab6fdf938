"""How the website answers: its files, their compression and age, and what there is where nothing is."""

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from .running import RunningService
from .website_page import BROWSER, MISSING, PAGES, SERVICES, STATIC, PageReader, assets, static_folder


def test_answers_are_compressed_for_those_who_take_it(website: RunningService) -> None:
    packed = website.client.get("/", headers={"Accept-Encoding": "gzip"})
    plain = website.client.get("/", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert {packed.headers["vary"], plain.headers["vary"]} == {"Accept-Encoding, Accept-Language"}
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


def test_a_static_file_may_do_nothing_by_itself(website: RunningService, page: PageReader) -> None:
    for path in assets(page):
        policy = website.client.get(path).headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_the_font_is_sent_as_it_is(website: RunningService, page: PageReader) -> None:
    answer = website.client.get(f"{static_folder(page)}/fraunces-600.woff2", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in answer.headers
    assert answer.content == (STATIC / "fraunces-600.woff2").read_bytes()


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
def test_accept_encoding_is_read_with_its_weights(
    app_module: Callable[[str, str], ModuleType], header: str, expected: bool
) -> None:
    assert app_module("website", "routes").accepts_gzip(header) is expected


def test_a_page_of_another_version_gets_files_that_nobody_keeps(website: RunningService, page: PageReader) -> None:
    """While one version replaces another, a page of one may ask a task of the other."""
    path = page.attributes("src")[0]
    other = re.sub(r"/static/[0-9a-f]{16}/", "/static/0123456789abcdef/", path)
    assert other != path
    answer = website.client.get(other)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ["nothing.js", "../page.html", "..%2fpage.py", "%2e%2e/__main__.py", "", "layout.html", "fraunces-OFL.txt"],
)
def test_other_files_are_a_404_problem(website: RunningService, page: PageReader, name: str) -> None:
    answer = website.client.get(f"{static_folder(page)}/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [MISSING, "/x", "/x/", "/stories", "/stories/", "/stories/x", "/stories/MZXW6YTBOI3DCMRTGQ2T", "/static/x"],
)
def test_an_address_where_nothing_is_has_a_page_for_browsers_and_a_problem_for_programs(
    website: RunningService, path: str
) -> None:
    page = website.client.get(path, headers=BROWSER | {"Accept-Language": "ko"})
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-language"] == "ko"
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers
    assert '<html lang="ko"' in page.text
    assert 'href="/"' in page.text
    for accept in ("*/*", "application/json", "text/html;q=0.5, application/json", "text/html, application/json", ""):
        problem = website.client.get(path, headers={"Accept": accept})
        assert problem.status_code == 404, accept
        assert problem.headers["content-type"] == "application/problem+json", accept
        assert problem.json()["status"] == 404
    assert {page.headers["vary"], problem.headers["vary"]} == {"Accept, Accept-Encoding, Accept-Language", "Accept"}
    head = website.client.head(path, headers=BROWSER)
    assert (head.status_code, head.headers["content-type"], head.content) == (404, "text/html; charset=utf-8", b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_is_sent_to_no_address_is_a_problem(website: RunningService, method: str) -> None:
    answer = website.client.request(method, MISSING, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_address_of_nothing_does_not_get_into_its_page(website: RunningService) -> None:
    text = website.client.get("/<b>zebra?lang=en&x=<b>zebra", headers=BROWSER).text
    assert "Nothing here" in text
    assert "zebra" not in text


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (BROWSER["Accept"], True),
        ("text/html", True),
        ("TEXT/HTML; charset=utf-8", True),
        ("text/html;q=0.5", True),
        ("text/html, */*", True),
        ("text/html;level=1;q=0.4, application/json;q=0.3", True),
        ("text/html;q=0.4, application/problem+json;q=0.5", False),
        ("text/html, application/json", False),
        ("text/html;q=0.1, */*", False),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
        ("text/html;q=nan", False),
        ("text/*", False),
        ("*/*", False),
        (",;q=,-", False),
        ("", False),
    ],
)
def test_who_asks_for_html_before_json_gets_pages(
    app_module: Callable[[str, str], ModuleType], header: str, expected: bool
) -> None:
    assert app_module("website", "accept").prefers_html(header) is expected


def test_a_changed_file_changes_the_addresses(
    app_module: Callable[[str, str], ModuleType],
    tmp_path: Path,
    start_service: Callable[..., RunningService],
    page: PageReader,
) -> None:
    shutil.copytree(SERVICES / "website", tmp_path / "website")
    (tmp_path / "website" / "app" / "static" / "style.css").write_text("body { margin: 1px }")
    changed = PageReader(start_service(tmp_path / "website").client.get("/?lang=en").text)
    assert set(assets(changed)).isdisjoint(assets(page))
    assert app_module("website", "assets").load().version in assets(page)[0]


def test_compression_gives_the_same_bytes_every_time(app_module: Callable[[str, str], ModuleType]) -> None:
    compress = app_module("website", "assets").compress
    assert gzip.decompress(compress(b"story")) == b"story"
    assert compress(b"story")[4:8] == b"\0\0\0\0"


def test_a_copied_folder_serves_its_pages_below_its_own_path(start_service: Callable[..., RunningService]) -> None:
    copied = start_service("website", BASE_PATH="/second")
    for path in ("/second", f"/second{PAGES[1]}", "/second/nothing"):
        page = PageReader(copied.client.get(path, headers=BROWSER).text)
        assert all(file.startswith("/second/static/") for file in assets(page))
        assert all(copied.client.get(file).status_code == 200 for file in assets(page))
        assert page.attributes("data-home") == ["/second"]
        assert page.attributes("data-stories") == ["/second/stories/ID"]
    for path in ("/", "/secondary", MISSING):
        answer = copied.client.get(path, headers=BROWSER)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
