"""The website service: its pages, their texts and scripts, and the rules that it gives the browser."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .running import RunningService
from .website_page import BROWSER, MISSING, PAGES, SERVICES, STATIC, PageReader, assets

SCRIPTS = sorted(STATIC.glob("*.js"))
LANGUAGES = ("en", "ko")
PATHS = [f"{page}?lang={lang}" for page in (*PAGES, MISSING) for lang in LANGUAGES]


@pytest.fixture(scope="module")
def words(start_service: Callable[..., RunningService]) -> RunningService:
    return start_service("words", SERVICE_NAME="words", BASE_PATH="/api/words")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_that_the_browser_checks_for_a_newer_one(website: RunningService, path: str) -> None:
    answer = website.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    # A story's page names the address that it was asked for under: a shared cache may not keep it.
    assert answer.headers["cache-control"] == ("no-cache" if path == "/" else "private, no-cache")
    # A weak one: it is that of the compressed and the plain page.
    assert answer.headers["etag"].startswith('W/"')
    again = website.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "accept-language" in again.headers["vary"].lower()
    assert website.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_policy_allows_own_files_alone_and_nothing_inline(website: RunningService) -> None:
    policy = dict(part.split(" ", 1) for part in website.client.get("/").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    own = {policy[name] for name in ("script-src", "style-src", "img-src", "font-src", "connect-src")}
    assert own == {"'self'"}


@pytest.mark.parametrize("path", PATHS)
def test_a_page_keeps_the_policy(website: RunningService, path: str) -> None:
    """Inline code would need unsafe-inline, and other hosts would have to be allowed. JSON is no code."""
    text = website.client.get(path, headers=BROWSER).text
    page = PageReader(text)
    assert "<style" not in text
    inline = [attributes for tag, attributes in page.elements if tag == "script" and "src" not in attributes]
    assert [attributes["type"] for attributes in inline] == ["application/json"]
    assert page.attributes("style") == []
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    # Of whole addresses a page has its own alone, in the one place that needs one.
    own = f'content="{page.meta("og:image")}"'
    assert (own in text) is path.startswith("/stories/")
    assert "://" not in text.replace(own, "")


@pytest.mark.parametrize("path", PATHS)
def test_every_file_of_a_page_is_there_and_is_kept_for_a_year(
    website: RunningService, read: Callable[[str], PageReader], path: str
) -> None:
    paths = assets(read(path))
    assert len(paths) > 8
    for file in paths:
        answer = website.client.get(file)
        assert answer.status_code == 200, file
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", [*PAGES, MISSING])
def test_a_page_names_every_module_that_its_script_imports(read: Callable[[str], PageReader], path: str) -> None:
    """The browser can then fetch them all at once."""
    page = read(path)
    [entry] = [attributes["src"] or "" for _, attributes in page.elements if attributes.get("type") == "module"]
    waiting = [Path(entry).name]
    imported: set[str] = set()
    while waiting:
        found = set(re.findall(r'from "\./([^"]+)"', (STATIC / waiting.pop()).read_text())) - imported
        imported |= found
        waiting += found
    preloaded = [(a["href"] or "").rpartition("/")[2] for _, a in page.elements if a.get("rel") == "modulepreload"]
    assert sorted(imported) == preloaded


def test_every_script_is_used_by_a_page(read: Callable[[str], PageReader]) -> None:
    used = {Path(path).name for page in (*PAGES, MISSING) for path in assets(read(page))}
    assert {file.name for file in SCRIPTS} <= used


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_put_stories_into_the_page_as_text_alone(script: Path) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write\b|DOMParser|\beval\b|new Function|srcdoc"
    assert not re.search(forbidden, script.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_ask_their_own_origin_alone(script: Path) -> None:
    assert "://" not in script.read_text()


def test_the_theme_is_known_before_anything_is_drawn(page: PageReader) -> None:
    """A script that waits, or comes after the style sheet, would let the other theme flash."""
    heads = [attributes for tag, attributes in page.elements if tag in ("script", "link")]
    assert (heads[0]["src"] or "").endswith("/theme.js")
    assert heads[0].keys() == {"src"}


@pytest.mark.parametrize("path", PATHS)
def test_what_can_be_used_can_be_named_by_a_screen_reader(read: Callable[[str], PageReader], path: str) -> None:
    page = read(path)
    labelled = {attributes["for"] for tag, attributes in page.elements if tag == "label"}
    fields = [attributes for tag, attributes in page.elements if tag in ("textarea", "input", "select")]
    assert all(field["id"] in labelled for field in fields)
    assert page.attributes("alt") == [""] * len(page.attributes("src", "img"))
    identifiers = page.attributes("id")
    assert len(identifiers) == len(set(identifiers))
    for name in ("aria-labelledby", "aria-describedby", "popovertarget", "for"):
        assert set(" ".join(page.attributes(name)).split()) <= set(identifiers)


def test_scripts_look_for_elements_that_are_in_a_page(read: Callable[[str], PageReader]) -> None:
    lookup = r'(?:byId|getElementById)\("([^"]+)"\)'
    wanted = {name for script in SCRIPTS for name in re.findall(lookup, script.read_text())}
    assert len(wanted) > 5
    assert wanted <= {name for page in PAGES for name in read(page).attributes("id")}


def texts_of(text: str) -> dict[str, Any]:
    """What a page tells its script."""
    script = re.search(r'<script type="application/json" id="texts">(.*?)</script>', text)
    assert script
    texts: dict[str, Any] = json.loads(script[1])
    return texts


def test_scripts_say_what_there_is_to_say_and_all_of_it(website: RunningService) -> None:
    brackets = r"\((?:[^()]|\([^()]*\))*\)"
    calls = [call for script in SCRIPTS for call in re.findall(rf"\bsay\((?:[^()]|{brackets})*\)", script.read_text())]
    said = {key for call in calls for key in re.findall(r'"(\w+)"', call)}
    assert {"fill_rest", "help_filled", "copy_self", "no_connection"} <= said
    assert said == texts_of(website.client.get("/").text).keys() - {"lang", "examples", "kinds"}


def test_no_page_has_texts_that_it_does_not_use(app_module: Callable[[str, str], ModuleType]) -> None:
    folder = SERVICES / "website" / "app"
    used = {key for file in folder.glob("html/*.html") for key in re.findall(r"\$(\w+)", file.read_text())}
    used |= {key for file in folder.glob("*.py") for key in re.findall(r'(?:page|values)\["(\w+)"\]', file.read_text())}
    assert app_module("website", "texts").load()["en"].page.keys() <= used


def test_every_form_but_the_first_of_each_kind_has_a_name_of_its_own(
    app_module: Callable[[str, str], ModuleType],
) -> None:
    """What a blank without a form stands for is called like its kind."""
    for texts in app_module("website", "texts").load().values():
        for kind in texts.kinds.values():
            first, *others = [form.name for form in kind.forms.values()]
            assert first == ""
            assert all(name.startswith(kind.name) and name != kind.name for name in others)
            assert len(others) == len(set(others))


def test_both_languages_say_the_same_things(app_module: Callable[[str, str], ModuleType]) -> None:
    english, korean = app_module("website", "texts").load().values()
    assert english.page.keys() == korean.page.keys()
    assert english.script.keys() == korean.script.keys()
    assert english.kinds.keys() == korean.kinds.keys()
    for key, text in english.script.items():
        # "{noun}" is an example of a blank, which each language writes in its own way.
        names = [sorted(re.findall(r"\{(?!noun\})[a-z]+\}", said)) for said in (text, korean.script[key])]
        assert names[0] == names[1], key


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-GB,en;q=0.9,ko;q=0.8", "en"),
        ("fr,ko;q=0.2", "ko"),
        ("en;q=0.1, KO;q=0.5", "ko"),
        ("ko;q=0", "en"),
        ("ko;q=x", "en"),
        ("ko;q=nan", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        (",;q=,-", "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_likes_best(
    website: RunningService, header: str, expected: str
) -> None:
    answer = website.client.get("/", headers={"Accept-Language": header})
    assert answer.headers["content-language"] == expected
    assert f'<html lang="{expected}"' in answer.text
    assert "accept-language" in answer.headers["vary"].lower()


@pytest.mark.parametrize("path", PAGES)
def test_the_language_in_the_address_wins_and_stays_in_its_links(website: RunningService, path: str) -> None:
    korean = website.client.get(f"{path}?lang=ko", headers={"Accept-Language": "en"}).text
    assert '<html lang="ko" data-home="/?lang=ko" data-stories="/stories/ID?lang=ko">' in korean
    english = website.client.get(f"{path}?lang=xx", headers={"Accept-Language": "en"}).text
    assert '<html lang="en" data-home="/" data-stories="/stories/ID">' in english


@pytest.mark.parametrize("path", PATHS)
def test_each_page_names_itself_in_the_other_language(read: Callable[[str], PageReader], path: str) -> None:
    links = [attributes for tag, attributes in read(path).elements if tag == "link" and "hreflang" in attributes]
    assert [(link["hreflang"], link["href"]) for link in links] == [
        ("en", "?lang=en"),
        ("ko", "?lang=ko"),
        ("x-default", "?"),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_view_is_there_without_a_script(
    website: RunningService, app_module: Callable[[str, str], ModuleType], lang: str
) -> None:
    text = website.client.get(f"/?lang={lang}").text
    texts = app_module("website", "texts").load()[lang]
    example = html.escape(texts.examples[0])
    assert f">{example}</textarea>" in text
    preview = re.search(r'<p class="telling" id="stage" dir="auto">(.*?)</p>', text)
    assert preview
    names = {f.blank: f.name or kind.name for kind in texts.kinds.values() for f in kind.forms.values()}
    assert re.sub("<[^>]*>", "", preview[1]) == re.sub(r"\{[^}]+\}", lambda blank: names[blank[0]], example)
    assert html.escape(texts.page["noscript"]) in text


def test_texts_cannot_end_what_they_stand_in(app_module: Callable[[str, str], ModuleType]) -> None:
    texts = app_module("website", "texts")
    page = app_module("website", "page")
    english = texts.load()["en"]
    hostile = dict.fromkeys(english.page | english.script, "</script></textarea><b>$x&")
    evil = texts.Texts(("</textarea>{noun}<b>",), hostile, hostile, english.kinds)
    paths = page.Paths(home="/", stories="/stories/ID", static="/static/x", picture="/static/x/share-en.png")
    for name in page.NAMES:
        rendered = page.render(name, "en", evil, paths, []).decode()
        assert "<b>" not in rendered
        assert rendered.count("</script>") == sum(tag == "script" for tag, _ in PageReader(rendered).elements)
        assert "$x" in rendered


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_blank_that_the_page_offers_is_one_for_the_words_service(
    read: Callable[[str], PageReader], words: RunningService, lang: str
) -> None:
    blanks = read(f"/?lang={lang}").attributes("data-blank")
    assert len(blanks) > 8
    template = " ".join(blanks)
    filled = words.client.post("/api/words/fill", json={"template": template, "lang": lang}).json()
    assert len(filled["slots"]) == len(blanks)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_knows_the_blanks_that_the_words_service_knows(
    app_module: Callable[[str, str], ModuleType], lang: str
) -> None:
    """The script marks blanks while one writes; a table of its own saves it from asking at each key."""
    source = (STATIC / "template.js").read_text()
    grammar = app_module("words", "grammar").LANGUAGES[lang]
    # The forms' order counts for the first one alone: it is what a blank without a form means.
    table = re.search(rf"FORMS = {{.*?{lang}: {{ (.*?) }},", source, re.DOTALL)
    assert table
    forms = {kind: names.split() for kind, names in re.findall(r'(\w+): "([^"]+)"', table[1])}
    assert {kind: set(names) for kind, names in forms.items()} == {k: set(v) for k, v in grammar.forms.items()}
    assert {kind: names[0] for kind, names in forms.items()} == dict(grammar.default)
    table = re.search(rf"OWN_NAMES = {{.*?{lang}: {{(.*?)}},", source, re.DOTALL)
    assert table
    own = dict(re.findall(r'(\w+): "([^"]+)"', table[1]))
    assert own == dict(grammar.own_kind_names) | dict(grammar.own_form_names)


def test_the_sentence_may_be_as_long_as_the_services_take_it(
    page: PageReader, app_module: Callable[[str, str], ModuleType]
) -> None:
    [length] = page.attributes("maxlength")
    assert int(length) == app_module("save", "limits").TEMPLATE_MAX_CHARS
    assert int(length) == app_module("words", "limits").TEMPLATE_MAX_CHARS
    assert f"BLANKS_MAX = {app_module('words', 'limits').BLANKS_MAX};" in (STATIC / "template.js").read_text()


def test_ids_of_stories_are_those_that_the_save_service_makes(app_module: Callable[[str, str], ModuleType]) -> None:
    secret = app_module("save", "secret")
    pattern = app_module("website", "routes")._STORY_ID.pattern
    assert pattern == f"[a-z2-7]{{{secret.ID_CHARS}}}"
    assert pattern == app_module("save", "story")._ID
