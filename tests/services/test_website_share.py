"""The picture that stands for a story's page where its address is shared."""

import struct
from collections.abc import Callable

import pytest

from .running import RunningService
from .website_page import BROWSER, PageReader

STORY = "/stories/mzxw6ytboi3dcmrtgq2t"
OTHER_STORY = "/stories/aaaaaaaaaaaaaaaaaaaa"
BYTES_MAX = 100_000


def picture(website: RunningService, path: str, **headers: str) -> str | None:
    """The picture that a page names."""
    return PageReader(website.client.get(path, headers=BROWSER | headers).text).meta("og:image")


@pytest.mark.parametrize(
    ("lang", "headline"), [("en", "Leave a blank, get a story."), ("ko", "빈칸을 남기면 이야기가 돼요.")]
)
def test_a_story_s_page_names_a_picture_in_its_language(website: RunningService, lang: str, headline: str) -> None:
    page = PageReader(website.client.get(f"{STORY}?lang={lang}").text)
    address = page.meta("og:image")
    assert address is not None
    assert address.startswith(f"{website.url}/static/")
    assert address.endswith(f"/share-{lang}.png")
    assert page.meta("og:image:alt") == headline
    assert page.meta("twitter:card") == "summary_large_image"
    answer = website.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-encoding" not in answer.headers
    assert len(answer.content) < BYTES_MAX
    assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", answer.content[16:24])
    assert (page.meta("og:image:width"), page.meta("og:image:height")) == (str(width), str(height)) == ("1200", "630")
    head = website.client.head(address)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(answer.content)))


def test_the_picture_tells_nothing_of_a_story(website: RunningService) -> None:
    """Whether there is one, or was: where a link is shown, its picture is kept when the story is long deleted."""
    assert website.client.get(STORY).content == website.client.get(OTHER_STORY).content
    assert picture(website, STORY) == picture(website, OTHER_STORY)


@pytest.mark.parametrize("path", ["/", "/stories/no-such-story", "/nothing"])
def test_other_pages_name_no_picture(website: RunningService, path: str) -> None:
    text = website.client.get(path, headers=BROWSER).text
    assert "og:title" in text
    assert "og:image" not in text


def test_a_picture_that_was_named_before_a_deploy_is_still_there(website: RunningService) -> None:
    """Those who show links come back to it for months."""
    answer = website.client.get("/static/0123456789abcdef/share-en.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Host": "stories.example"}, "http://stories.example/static/"),
        ({"Host": "Stories.Example:8443", "X-Forwarded-Proto": "https"}, "https://stories.example:8443/static/"),
        ({"Host": "stories.example", "X-Forwarded-Proto": "javascript"}, "http://stories.example/static/"),
        ({"Host": "stories.example", "X-Forwarded-Host": "evil.example"}, "http://stories.example/static/"),
        ({"Host": "origin.invalid"}, "http://origin.invalid/static/"),
        ({"Host": 'x"><script src=//evil.example>'}, None),
        ({"Host": "evil.example/x"}, None),
        ({"Host": "evil.example#"}, None),
        ({"Host": "user@evil.example"}, None),
        ({"Host": "evil.example:80:80"}, None),
        ({"Host": "-evil"}, None),
        ({"Host": "e" * 400}, None),
    ],
)
def test_the_picture_s_address_is_where_the_reader_is_or_nowhere(
    website: RunningService, headers: dict[str, str], expected: str | None
) -> None:
    answer = website.client.get(STORY, headers=headers)
    if answer.status_code == 400:  # the server itself refuses some
        assert expected is None
        return
    address = PageReader(answer.text).meta("og:image")
    assert (address is None) if expected is None else (address or "").startswith(expected)
    assert "evil" not in answer.text
    assert answer.headers["cache-control"] == "private, no-cache"
    again = website.client.get(STORY, headers=headers | {"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_page_that_was_kept_under_one_address_is_not_that_of_another(website: RunningService) -> None:
    first = website.client.get(STORY, headers={"Host": "one.example"})
    other = website.client.get(STORY, headers={"Host": "two.example", "If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    assert other.headers["etag"] != first.headers["etag"]
    assert "one.example" not in other.text


def test_however_many_addresses_are_made_up_each_gets_its_own_page(website: RunningService) -> None:
    for number in range(200):
        address = picture(website, STORY, Host=f"n{number}.example")
        assert address is not None
        assert address.startswith(f"http://n{number}.example/")
    again = picture(website, STORY, Host="n0.example")
    assert again is not None
    assert again.startswith("http://n0.example/")


def test_a_copied_folder_names_the_picture_below_its_own_path(start_service: Callable[..., RunningService]) -> None:
    copied = start_service("website", BASE_PATH="/second")
    address = picture(copied, f"/second{STORY}")
    assert address is not None
    assert address.startswith(f"{copied.url}/second/static/")
    assert copied.client.get(address).status_code == 200
