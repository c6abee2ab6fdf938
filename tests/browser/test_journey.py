"""What people do on the page, from the first word to the shared story."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.site import Site, Visitor, fill, in_both, save, sentence, tiles, told, until


@in_both
def test_a_story_is_written_filled_saved_read_again_and_shared(visitor: Visitor, site: Site) -> None:
    page = visitor.open("/?lang=en")
    sentence(page).fill("")
    sentence(page).press_sequentially("I saw a")
    page.get_by_role("button", name="adjective", exact=True).click()
    page.get_by_role("button", name="noun: other forms").click()
    page.get_by_role("button", name="many foxes").click()
    sentence(page).press_sequentially(". They")
    page.get_by_role("button", name="verb: other forms").click()
    page.get_by_role("button", name="yesterday … sang").click()
    sentence(page).press_sequentially("!")
    assert sentence(page).input_value() == "I saw a {adjective} {noun:plural}. They {verb:past}!"

    story = fill(page)
    words = tiles(page)
    assert len(words) == 3
    assert re.fullmatch(r"I saw an? \S.* \S.*\. They \S.*!", story)
    own = save(page)
    expect(page.locator("#stories li").first).to_contain_text(story)
    expect(page.locator("#stories li").first).to_contain_text("yours")
    assert page.locator("#stories li").first.locator(".told").all_text_contents() == words

    page.locator("#message a").click()
    expect(page.locator("#text")).to_have_text(story)
    page.reload()
    expect(page.locator("#text")).to_have_text(story)
    assert story[:20] in page.title()

    # Somebody else, who got the link: without the language of the one who wrote.
    other = visitor.open(own.partition("?")[0])
    expect(other.locator("#text")).to_have_text(story)
    expect(other.get_by_role("button", name="Delete")).to_have_count(0)
    other.get_by_role("link", name="Use this sentence").click()
    expect(sentence(other)).to_have_value("I saw a {adjective} {noun:plural}. They {verb:past}!")
    expect(other).to_have_url(f"{site.url}/")


@in_both
def test_a_korean_story_is_written_filled_saved_and_read_again(visitor: Visitor) -> None:
    page = visitor.open("/", locale="ko-KR")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    sentence(page).fill("")
    page.get_by_role("button", name="형용사", exact=True).click()
    page.get_by_role("button", name="명사", exact=True).click()
    sentence(page).press_sequentially("은/는 어제")
    page.get_by_role("button", name="동사: 다른 형태").click()
    page.get_by_role("button", name="어제 노래했어요").click()
    sentence(page).press_sequentially(".")

    story = fill(page)
    adjective, noun, verb = tiles(page)
    last = (ord(noun[-1]) - 0xAC00) % 28
    assert story == f"{adjective} {noun}{'은' if last else '는'} 어제 {verb}."
    assert verb.endswith("요")
    save(page)
    first = page.locator("#stories li").first
    expect(first).to_contain_text(story)
    assert first.locator(".told").all_text_contents() == [adjective, noun, verb]
    assert first.locator(".told-story").get_attribute("lang") == "ko"
    page.locator("#message a").click()
    expect(page.locator("#text")).to_have_text(story)


def test_every_example_can_be_filled(visitor: Visitor) -> None:
    for lang in ("en", "ko"):
        page = visitor.open(f"/?lang={lang}")
        seen = set()
        while (example := sentence(page).input_value()) not in seen:
            seen.add(example)
            blanks = page.locator("#stage .tile").count()
            story = fill(page)
            assert len(tiles(page)) == blanks >= 2
            assert not re.search(r"[{}]|\S/\S", story), story
            page.locator("#another").click()
        assert len(seen) > 5


@in_both
def test_a_click_on_a_word_changes_that_word_alone(page: Page) -> None:
    fill(page)
    before = tiles(page)
    with page.expect_response("**/api/words/fill"):
        page.locator("#stage .tile").nth(1).click()
    expect(page.locator("#stage .tile").nth(1)).not_to_have_text(before[1])
    after = tiles(page)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True, True]
    expect(page.locator("#stage .tile").nth(1)).to_be_focused()


@in_both
def test_two_words_clicked_at_once_both_change(page: Page) -> None:
    fill(page)
    before = tiles(page)
    held: list[Route] = []
    page.route("**/api/words/fill", lambda route: held.append(route), times=1)
    page.locator("#stage .tile").nth(1).click()
    page.locator("#stage .tile").nth(3).click()
    expect(page.locator("#stage .tile[aria-busy=true]")).to_have_count(2)
    until(page, lambda: held)
    [first] = held
    first.continue_()
    expect(page.locator("#stage .tile").nth(1)).not_to_have_text(before[1])
    expect(page.locator("#stage .tile").nth(3)).not_to_have_text(before[3])
    expect(page.locator("#stage .tile[aria-busy=true]")).to_have_count(0)
    after = tiles(page)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, False, True]
    expect(page.locator("#stage .tile").nth(3)).to_be_focused()


@in_both
def test_an_empty_tile_keeps_the_focus_when_it_is_filled(page: Page) -> None:
    page.locator("#stage .tile").nth(2).press("Enter")
    expect(page.locator("#stage .tile.empty")).to_have_count(0)
    expect(page.locator("#stage .tile").nth(2)).to_be_focused()


def test_the_end_of_a_composition_keeps_the_words_that_were_asked_for_in_it(visitor: Visitor) -> None:
    page = visitor.open("/?lang=ko")
    sentence(page).fill("")
    sentence(page).press_sequentially("{명사} ")
    held: list[Route] = []
    page.route("**/api/words/fill", lambda route: held.append(route))
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "집", "selectionStart": 1, "selectionEnd": 1})
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#fill")).to_have_attribute("aria-busy", "true")
    keyboard.send("Input.insertText", {"text": "집"})
    until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#fill")).to_have_attribute("aria-busy", "false")
    expect(sentence(page)).to_have_value("{명사} 집")
    assert len(tiles(page)) == 1


@in_both
def test_a_double_click_on_save_still_tells_where_the_story_is(page: Page) -> None:
    fill(page)
    page.locator("#save").dblclick()
    expect(page.locator("#message a")).to_be_visible()
    page.locator("#save").click(force=True)
    expect(page.locator("#message a")).to_be_visible()


def test_a_word_that_comes_again_is_asked_for_once_more(page: Page) -> None:
    fill(page)
    before = tiles(page)
    asked = []

    def first_the_same(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "{}"))
        if len(asked) == 1:
            kept = page.evaluate("[...document.querySelectorAll('#stage .tile')].map((tile) => tile.textContent)")
            body = asked[0] | {"keep": [kept[0].lower(), *kept[1:]]}
            route.continue_(post_data=json.dumps(body))
        else:
            route.continue_()

    page.route("**/api/words/fill", first_the_same)
    page.locator("#stage .tile").nth(2).click()
    expect(page.locator("#stage .tile").nth(2)).not_to_have_text(before[2])
    assert [body["keep"].count(None) for body in asked] == [1, 1]


@in_both
def test_words_stay_while_the_sentence_changes_around_them(page: Page) -> None:
    sentence(page).fill("The {noun} has {noun:plural}.")
    fill(page)
    before = tiles(page)
    with page.expect_response("**/api/words/fill"):
        sentence(page).fill("A {noun} never has {noun:plural}.")
    expect(page.locator("#stage")).to_contain_text("never has")
    assert tiles(page) == before
    # A new blank is empty until it is filled, and then the others stay.
    sentence(page).fill("A {noun} never has {noun:plural}, {adjective} or not.")
    expect(page.locator("#stage .tile.empty")).to_have_count(1)
    expect(page.locator("#save")).to_be_disabled()
    assert page.locator("#fill").inner_text() == "Fill the rest"
    fill(page)
    assert tiles(page)[:2] == before
    assert len(tiles(page)) == 3


@in_both
def test_what_is_held_together_with_a_word_is_whole_characters(page: Page) -> None:
    sentence(page).fill("x😀bc{noun}! {verb}1234567😀x")
    assert page.locator("#stage .glue").all_text_contents() == ["😀bcnoun!", "verb1234567😀"]


@in_both
def test_a_selected_word_becomes_a_blank(page: Page) -> None:
    sentence(page).fill("My dog sings.")
    sentence(page).evaluate("field => field.setSelectionRange(3, 6)")
    page.get_by_role("button", name="noun", exact=True).click()
    expect(sentence(page)).to_have_value("My {noun} sings.")
    expect(sentence(page)).to_be_focused()
    page.keyboard.press("ControlOrMeta+z")
    expect(sentence(page)).to_have_value("My dog sings.")
    expect(page.locator("#stage")).to_have_text("My dog sings.")


@in_both
def test_another_idea_does_not_lose_what_was_written(page: Page) -> None:
    sentence(page).fill("My own {noun}.")
    page.locator("#another").click()
    expect(sentence(page)).to_have_value(re.compile("^Once upon a time"))
    expect(page.locator("#stage")).to_have_text(re.compile("^Once upon a time"))
    sentence(page).focus()
    page.keyboard.press("ControlOrMeta+z")
    expect(sentence(page)).to_have_value("My own {noun}.")


@in_both
def test_someone_else_s_sentence_does_not_lose_what_was_written(page: Page, site: Site) -> None:
    site.keep("Reused {noun}.", "Reused fox.")
    page.reload()
    sentence(page).fill("My own {noun}.")
    page.locator("#stories li").first.get_by_role("link", name="Use this sentence").click()
    expect(sentence(page)).to_have_value("Reused {noun}.")
    expect(page.locator("#stage")).to_have_text("Reused noun.")
    page.keyboard.press("ControlOrMeta+z")
    expect(sentence(page)).to_have_value("My own {noun}.")
    expect(page.locator("#stage")).to_have_text("My own noun.")


@in_both
def test_the_first_blank_goes_to_the_end_of_the_sentence(page: Page) -> None:
    page.get_by_role("button", name="noun", exact=True).click()
    expect(sentence(page)).to_have_value(re.compile(r"stood in the way\. {noun}$"))


def test_a_sentence_with_control_characters_can_be_saved(page: Page) -> None:
    sentence(page).fill("From a\vword {noun}\x07.")
    assert fill(page).startswith("From a word ")
    save(page)


def test_what_was_written_before_the_script_came_stays(visitor: Visitor, site: Site) -> None:
    page = visitor.open("/?lang=en")
    sentence(page).fill("An old {noun}.")
    held: list[Route] = []
    page.route("**/write.js", lambda route: held.append(route))
    page.goto(f"{site.url}/?lang=en#new", wait_until="commit")
    page.reload(wait_until="commit")
    sentence(page).fill("A new {noun}.")
    until(page, lambda: held)
    held[-1].continue_()
    expect(page.locator("#stage")).to_have_text("A new noun.")
    expect(sentence(page)).to_have_value("A new {noun}.")


@in_both
def test_what_was_written_stays_in_its_tab(visitor: Visitor, page: Page) -> None:
    sentence(page).fill("My {noun} stays.")
    page.reload()
    expect(sentence(page)).to_have_value("My {noun} stays.")
    expect(page.locator("#stage")).to_have_text("My noun stays.")
    page.get_by_role("link", name="한국어").click()
    expect(sentence(page)).to_have_value(re.compile("{명사}"))
    page.get_by_role("link", name="English").click()
    expect(sentence(page)).to_have_value("My {noun} stays.")
    expect(sentence(visitor.open("/?lang=en"))).to_have_value(re.compile("wanted to"))


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has the focus is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(
            """name => {
                const node = document.activeElement;
                const said = node.getAttribute("aria-label") ?? node.innerText ?? "";
                return said.replace(/^\\+/, "").trim().startsWith(name);
            }""",
            name,
        ):
            return
    raise AssertionError(f"the keyboard does not get to {name!r}")


@in_both
def test_everything_can_be_done_with_the_keyboard(page: Page, site: Site) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the sentence
    expect(sentence(page)).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Keys: a")
    tab_to(page, "noun")
    page.keyboard.press("Enter")
    page.keyboard.type(" can")
    tab_to(page, "verb: other forms")
    page.keyboard.press("Enter")
    tab_to(page, "she …")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    tab_to(page, "plain")
    page.keyboard.press("Enter")
    expect(sentence(page)).to_be_focused()
    assert sentence(page).input_value() == "Keys: a {noun} can {verb}"
    with page.expect_response("**/api/words/fill"):
        page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#stage .tile.empty")).to_have_count(0)
    noun, verb = tiles(page)
    tab_to(page, f"{noun}, noun")
    with page.expect_response("**/api/words/fill"):
        page.keyboard.press("Enter")
    expect(page.locator("#stage .tile").first).not_to_have_text(noun)
    expect(page.locator("#announcer")).to_have_text(tiles(page)[0])
    assert tiles(page)[1] == verb
    story = told(page)
    tab_to(page, "Save story")
    page.keyboard.press("Enter")
    expect(page.locator("#message a")).to_be_visible()
    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#stories")).not_to_contain_text(story)
    expect(page.locator("#shelf-title")).to_be_focused()
    assert story not in [kept["text"] for kept in site.stories()]


@in_both
def test_one_s_own_story_is_deleted_after_a_question(page: Page, site: Site) -> None:
    story = fill(page)
    path = save(page)
    mine = page.locator("#stories li").first
    mine.get_by_role("button", name="Delete").click()
    mine.get_by_role("button", name="Keep it").click()
    expect(mine.get_by_role("button", name="Delete")).to_be_focused()
    page.goto(path)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Yes, delete").click()
    expect(page.locator("#told")).to_contain_text("The story is deleted.")
    assert site.client.get(f"/api/stories/{path.partition('?')[0].rpartition('/')[2]}").status_code == 404
    page.get_by_role("link", name="All stories").click()
    expect(page.locator("#stories[aria-busy=false]")).not_to_contain_text(story)


ALIGNED = [
    ("en", "I saw a {noun}.", "I saw an owl.", ["owl"]),
    ("en", "An {adjective} {noun}: A “{noun}”!", "A tiny fox: An “owl”!", ["tiny", "fox", "owl"]),
    ("en", "{noun} a a {noun}", "Cat a an owl", ["Cat", "owl"]),
    ("en", "{noun}{verb:present} {x} {noun:nothing}", "Catsings {x} {noun:nothing}", ["Catsings"]),
    ("ko", "{명사}은/는 {명사}로 가요.", "책은 집으로 가요.", ["책", "집"]),
    ("ko", "“{명사}”이/가 {noun}와/과 {동사:과거}.", "“여우”가 책과 놀았어요.", ["여우", "책", "놀았어요"]),
    ("ko", "{명사}을(를) 들고 {명사}(으)로 가요.", "책을 들고 바다로 가요.", ["책", "바다"]),
    ("ko", "{명사}은행", "여우은행", ["여우"]),
    # Not the sentence filled in: no word is marked, and the text is shown as it is.
    ("en", "I saw a {noun}.", "You saw an owl.", []),
    ("en", "{noun}!", "!", []),
    ("en", "No blank.", "No blank.", []),
]


@in_both
def test_the_words_of_saved_stories_are_found_though_articles_and_particles_differ(
    visitor: Visitor, open_site: Callable[[str], Site]
) -> None:
    site = open_site("aligned")
    for lang, template, text, _ in ALIGNED:
        site.keep(template, text, lang)
    page = visitor.open("/?lang=en", site=site)
    shown = page.locator(".told-story").all()[::-1]
    assert [story.text_content() for story in shown] == [text for _, _, text, _ in ALIGNED]
    assert [story.locator(".told").all_text_contents() for story in shown] == [words for *_, words in ALIGNED]


def test_older_stories_come_page_by_page(visitor: Visitor, open_site: Callable[[str], Site]) -> None:
    site = open_site("pages")
    for number in range(14):
        site.keep("{noun} number " + str(number), f"Fox number {number}")
    page = visitor.open("/?lang=en", site=site)
    expect(page.locator("#stories li")).to_have_count(12)
    expect(page.locator("#stories li").first).to_contain_text("Fox number 13")
    page.get_by_role("button", name="More stories").click()
    expect(page.locator("#stories li")).to_have_count(14)
    expect(page.locator("#stories li").last).to_contain_text("Fox number 0")
    expect(page.locator("#stories li").nth(12).get_by_role("link", name="Open")).to_be_focused()
    expect(page.get_by_role("button", name="More stories")).to_have_count(0)


def test_the_language_is_a_link_away_and_stays(page: Page) -> None:
    page.get_by_role("link", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    fill(page)
    page.goto(save(page))
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.get_by_role("link", name="모든 이야기").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_a_sentence_in_the_other_language_is_written_on_in_that_language(visitor: Visitor, site: Site) -> None:
    story = site.keep("{명사}은/는 {동사}.", "여우는 노래해요.", "ko")
    page = visitor.open(f"/stories/{story['id']}")
    page.get_by_role("link", name="Use this sentence").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(sentence(page)).to_have_value(story["template"])
    fill(page)
    assert len(tiles(page)) == 2


@in_both
def test_the_chosen_theme_stays_and_needs_no_cookie(page: Page) -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = background()
    toggle = page.get_by_role("button", name="Dark colours")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    dark = background()
    assert dark != light
    page.reload()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert background() == dark
    assert page.context.cookies() == []
    toggle.click()
    assert background() == light
    assert page.evaluate("localStorage.length") == 0  # the system's theme again
