"""What the page says while it waits, when there is nothing yet, when something fails, and without a connection."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.site import Site, Visitor, fill, in_both, save, sentence, tiles, told, until

SETTLED_MS = 600  # articles follow a changed sentence after 400
RELOAD_MS = 2_000
RELOADS_MAX = 5


def failing(status: int, headers: dict[str, str] | None = None, detail: str | None = None) -> Callable[[Route], None]:
    """A handler that answers a request with this status instead of the service."""
    problem = {"title": "x", "status": status} | ({"detail": detail} if detail else {})
    return lambda route: route.fulfill(status=status, headers=headers or {}, json=problem)


@in_both
def test_an_empty_shelf_invites_to_the_first_story(visitor: Visitor, open_site: Callable[[str], Site]) -> None:
    page = visitor.open("/?lang=en", site=open_site("empty"))
    expect(page.locator("#shelf-foot")).to_have_text("No stories yet. Yours will be the first!")
    fill(page)
    save(page)
    expect(page.locator("#shelf-foot")).to_be_empty()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Yes, delete").click()
    expect(page.locator("#shelf-foot")).to_have_text("No stories yet. Yours will be the first!")


@in_both
def test_an_empty_sentence_and_one_without_blanks_say_what_to_do(page: Page) -> None:
    sentence(page).fill("")
    expect(page.locator("#stage")).to_have_text("Your story appears here while you write.")
    sentence(page).fill("No blank in here.")
    expect(page.locator("#story-help")).to_have_text("Add a blank to bring it to life.")
    expect(page.locator("#save")).to_be_disabled()
    page.locator("#fill").click()
    expect(page.locator("#fill-message")).to_have_text("Add a blank first, for example {noun}.")
    expect(sentence(page)).to_be_focused()


@in_both
def test_a_sentence_has_a_limit_of_length_and_of_blanks(page: Page) -> None:
    sentence(page).fill("x" * 1000)
    page.get_by_role("button", name="noun", exact=True).click()
    expect(page.locator("#hint")).to_have_text("The sentence is as long as it can be.")
    assert sentence(page).input_value() == "x" * 1000
    sentence(page).fill("{noun} " * 101)
    page.locator("#fill").click()
    expect(page.locator("#fill-message")).to_have_text("A sentence can have at most 100 blanks.")
    sentence(page).fill("{noun} " * 100)
    fill(page)
    assert len(tiles(page)) == 100


@in_both
def test_placeholders_stand_where_stories_will_be(visitor: Visitor, site: Site) -> None:
    site.keep("{noun}!", "Fox!")
    page = visitor.open("about:blank", ready=False)
    held: list[Route] = []
    page.route("**/api/stories?*", lambda route: held.append(route))
    page.goto(f"{site.url}/?lang=en")
    expect(page.locator("#stories .skeleton")).to_have_count(3)
    expect(page.locator("#stories")).to_have_attribute("aria-busy", "true")
    until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#stories .skeleton")).to_have_count(0)
    expect(page.locator("#stories")).to_have_attribute("aria-busy", "false")


@in_both
def test_a_second_click_while_words_are_on_their_way_asks_nothing_more(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/words/fill", lambda route: held.append(route))
    page.locator("#fill").click()
    expect(page.locator("#fill")).to_have_attribute("aria-busy", "true")
    page.locator("#fill").click()
    sentence(page).press("ControlOrMeta+Enter")
    until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#stage .tile.empty")).to_have_count(0)
    assert len(held) == 1


@in_both
def test_an_answer_to_an_older_sentence_is_dropped(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/words/fill", lambda route: held.append(route))
    page.locator("#fill").click()
    expect(page.locator("#fill")).to_have_attribute("aria-busy", "true")
    sentence(page).fill("Only {noun:plural}.")
    until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#fill")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#stage")).to_have_text("Only noun, plural.")


@in_both
def test_what_one_asks_for_is_not_dropped_for_the_sentence_s_own_particles(page: Page) -> None:
    sentence(page).fill("My {noun}.")
    fill(page)
    [before] = tiles(page)
    # However long the click takes: its particles are not due before it.
    page.clock.install(time=0)
    page.clock.pause_at(3600)
    held: list[Route] = []
    page.route("**/api/words/fill", lambda route: held.append(route))
    sentence(page).fill("Your {noun}.")
    with page.expect_request("**/api/words/fill"):
        page.locator("#fill").click()
    page.clock.run_for(SETTLED_MS)
    until(page, lambda: held)
    [shuffle] = held
    shuffle.continue_()
    expect(page.locator("#stage .tile")).not_to_have_text(before)


@in_both
def test_the_fault_of_an_abandoned_request_is_not_shown(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    held: list[Route] = []
    page.route("**/api/words/fill", lambda route: held.append(route))
    page.locator("#fill").click()
    expect(page.locator("#fill")).to_have_attribute("aria-busy", "true")
    sentence(page).fill("Only {noun:plural}.")
    until(page, lambda: held)
    held[0].fulfill(status=500, json={})
    expect(page.locator("#fill")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#fill-message")).to_be_empty()


@in_both
def test_a_word_that_is_gone_is_not_tried_again(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    fill(page)
    page.route("**/api/words/fill", failing(500))
    page.locator("#stage .tile").nth(4).click()
    retry = page.locator("#message").get_by_role("button", name="Try again")
    retry.wait_for()
    # As if it were clicked just when the sentence changes.
    button = retry.element_handle()
    sentence(page).fill("Only {noun:plural}.")
    button.evaluate("button => button.click()")
    page.wait_for_timeout(50)
    expect(page.locator("#message")).to_be_empty()


@in_both
def test_reasons_in_english_are_for_readers_of_english(visitor: Visitor) -> None:
    visitor.expect_faults()
    page = visitor.open("/?lang=ko")
    page.route("**/api/words/fill", failing(422, detail="the template is a joke"))
    page.locator("#fill").click()
    expect(page.locator("#fill-message")).to_have_text("낱말을 가져오지 못했어요. 처리하지 못했어요. 다시 시도")


@pytest.mark.parametrize("body", [None, "export const nothing = 1;"], ids=["404", "another version"])
@pytest.mark.parametrize("path", ["/?lang=en", f"/stories/{'a' * 20}?lang=en"], ids=["write", "story"])
def test_a_page_whose_modules_do_not_fit_together_is_loaded_again(
    visitor: Visitor, site: Site, path: str, body: str | None
) -> None:
    visitor.expect_faults()
    page = visitor.open("about:blank", ready=False)
    # By itself it would go on, and a slow machine would load the page again before it is told to.
    page.clock.install(time=0)
    page.clock.pause_at(3600)
    answer = {"status": 404} if body is None else {"body": body, "content_type": "text/javascript"}
    page.route("**/telling.js", lambda route: route.fulfill(**answer))
    page.goto(f"{site.url}{path}")
    expect(page.locator("html[data-started]")).to_have_count(0)
    page.unroute("**/telling.js")
    page.clock.run_for(RELOAD_MS)
    expect(page.locator("html[data-started]")).to_have_count(1)
    assert page.evaluate("sessionStorage.getItem('storyizer.reloads')") is None
    assert len(visitor.complaints) == (body is not None)
    visitor.complaints.clear()


def test_a_page_that_never_starts_is_loaded_again_a_few_times_only(visitor: Visitor, site: Site) -> None:
    visitor.expect_faults()
    page = visitor.open("about:blank", ready=False)
    # By itself it would go on, and a slow machine would load the page again before it is told to.
    page.clock.install(time=0)
    page.clock.pause_at(3600)
    page.route("**/telling.js", lambda route: route.fulfill(status=404))
    loads: list[str] = []
    page.on("load", lambda page: loads.append(page.url))
    page.goto(f"{site.url}/?lang=en")
    for number in range(RELOADS_MAX):
        with page.expect_event("load"):
            page.clock.run_for(RELOAD_MS * (number + 1))
    page.clock.run_for(RELOAD_MS * (RELOADS_MAX + 1))
    page.wait_for_timeout(200)
    assert len(loads) == 1 + RELOADS_MAX


@in_both
def test_a_fault_that_passes_by_itself_is_not_shown(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    page.route("**/api/words/fill", failing(503, {"Retry-After": "1"}), times=1)
    page.locator("#fill").click()
    expect(page.locator("#stage .tile.empty")).to_have_count(0)
    expect(page.locator("#fill-message")).to_be_empty()


@in_both
@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (lambda route: route.abort(), "No answer came."),
        (failing(500), "No answer came."),
        (failing(503), "There is a lot going on right now."),
        (failing(422), "That did not work."),
        (failing(422, detail="the template is a joke"), "That did not work: the template is a joke."),
    ],
    ids=["no answer", "500", "503", "422", "422 with a reason"],
)
def test_filling_that_fails_says_so_and_can_be_tried_again(
    visitor: Visitor, page: Page, handler: Callable[[Route], object], message: str
) -> None:
    visitor.expect_faults()
    page.route("**/api/words/fill", handler)
    page.locator("#fill").click()
    line = page.locator(".writing #fill-message")
    expect(line).to_have_text(f"The words do not come. {message} Try again")
    expect(page.locator("#message")).to_be_empty()
    assert "wanted to" in told(page)
    page.unroute("**/api/words/fill")
    line.get_by_role("button", name="Try again").click()
    expect(page.locator("#stage .tile.empty")).to_have_count(0)
    expect(line).to_be_empty()
    expect(line).to_be_focused()


@in_both
def test_a_word_that_does_not_come_is_told_below_the_story(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    page.route("**/api/words/fill", failing(500))
    line = page.locator(".board #message")
    for empty in (True, False):
        page.locator("#stage .tile").nth(1).click()
        expect(line).to_have_text("The words do not come. No answer came. Try again")
        expect(page.locator("#fill-message")).to_be_empty()
        page.unroute("**/api/words/fill")
        line.get_by_role("button", name="Try again").click()
        expect(page.locator("#stage .tile.empty")).to_have_count(0)
        expect(line).to_be_empty()
        if empty:
            page.route("**/api/words/fill", failing(500))


@in_both
@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (lambda route: route.abort(), "The shelf does not answer."),
        (failing(500), "The shelf does not answer."),
        (failing(503), "There is a lot going on right now."),
        (failing(422, detail="the text is a joke"), "That did not work: the text is a joke."),
    ],
    ids=["no answer", "500", "503", "422 with a reason"],
)
def test_a_story_that_cannot_be_saved_stays_with_its_words_and_its_sentence(
    visitor: Visitor, page: Page, handler: Callable[[Route], object], message: str
) -> None:
    visitor.expect_faults()
    sentence(page).fill("My {noun} stays.")
    story = fill(page)
    page.route("**/api/stories", handler)
    page.locator("#save").click()
    line = page.locator(".board #message")
    expect(line).to_have_text(f"{message} Your story is kept here. Try again")
    assert told(page) == story
    expect(sentence(page)).to_have_value("My {noun} stays.")
    page.unroute("**/api/stories")
    line.get_by_role("button", name="Try again").click()
    expect(page.locator("#stories li").first).to_contain_text(story)
    expect(line).to_have_text("It is on the shelf now. Open its page")


@in_both
def test_words_that_a_save_needs_and_that_do_not_come_are_no_fault_of_the_shelf(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    sentence(page).fill("My {noun} stays.")
    fill(page)
    page.route("**/api/words/fill", failing(500))
    sentence(page).fill("Your {noun} stays.")
    page.locator("#save").click()
    expect(page.locator("#message")).to_have_text("The words do not come. No answer came. Try again")


@in_both
def test_the_page_works_while_the_save_service_is_down(visitor: Visitor, open_site: Callable[[str], Site]) -> None:
    site = open_site("down")
    site.save.terminate()
    visitor.expect_faults()
    page = visitor.open("/?lang=en", site=site)
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("The stories cannot be shown. There is a lot going on right now.")
    story = fill(page)
    page.locator("#save").click()
    expect(page.locator("#message")).to_contain_text("There is a lot going on right now.")
    assert told(page) == story
    page.goto("/stories/aaaaaaaaaaaaaaaaaaaa?lang=en")
    expect(alert).to_have_text("The story cannot be shown. There is a lot going on right now.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


@in_both
def test_the_shelf_comes_back_on_request(visitor: Visitor, site: Site) -> None:
    site.keep("{noun}?", "A shelf?")
    visitor.expect_faults()
    page = visitor.open("about:blank", ready=False)
    page.route("**/api/stories?*", lambda route: route.abort())
    page.goto(f"{site.url}/?lang=en")
    expect(page.get_by_role("alert")).to_contain_text("The stories cannot be shown.")
    page.unroute("**/api/stories?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#stories")).to_contain_text("A shelf?")
    expect(page.locator("#shelf-title")).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(0)


@in_both
def test_without_a_connection_one_can_write_and_the_rest_comes_back_with_it(visitor: Visitor, page: Page) -> None:
    visitor.expect_faults()
    banner = page.locator("#offline")
    expect(banner).to_be_empty()
    page.context.set_offline(True)
    expect(banner).to_have_text(re.compile("^You are offline"))
    sentence(page).fill("My {noun} is offline.")
    page.locator("#fill").click()
    expect(page.locator("#fill-message")).to_contain_text("The words do not come. You seem to be offline.")
    expect(page.locator("#stage")).to_have_text("My noun is offline.")
    page.context.set_offline(False)
    expect(banner).to_be_empty()
    page.locator("#fill-message").get_by_role("button", name="Try again").click()
    expect(page.locator("#stage .tile.empty")).to_have_count(0)


@in_both
def test_more_stories_come_by_themselves_once_the_connection_is_back(visitor: Visitor, site: Site) -> None:
    for number in range(13):
        site.keep("{noun}", f"offline {number}")
    visitor.expect_faults()
    page = visitor.open("/?lang=en")
    page.context.set_offline(True)
    page.get_by_role("button", name="More stories").click()
    expect(page.get_by_role("alert")).to_contain_text("You seem to be offline.")
    page.context.set_offline(False)
    expect(page.locator("#stories li:not(.skeleton)").nth(12)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def lost(route: Route, keys: list[str | None]) -> None:
    """The service gets the request, and its answer gets lost on the way."""
    keys.append(route.request.headers.get("idempotency-key"))
    route.fetch()
    route.abort()


def test_a_save_whose_answer_is_lost_is_repeated_and_saves_one_story(visitor: Visitor, page: Page, site: Site) -> None:
    visitor.expect_faults()
    keys: list[str | None] = []
    sent: list[Request] = []
    page.route("**/api/stories", lambda route: lost(route, keys), times=1)
    page.on("request", lambda request: sent.append(request))
    story = fill(page)
    save(page)
    [_, second] = [request for request in sent if request.url.endswith("/api/stories")]
    assert keys == [second.headers["idempotency-key"]]
    assert re.fullmatch("[0-9a-f]{32}", keys[0] or "")
    assert [kept["text"] for kept in site.stories()].count(story) == 1


def test_a_save_that_failed_twice_and_is_clicked_again_saves_one_story(
    visitor: Visitor, page: Page, site: Site
) -> None:
    visitor.expect_faults()
    keys: list[str | None] = []
    page.route("**/api/stories", lambda route: lost(route, keys))
    story = fill(page)
    page.locator("#save").click()
    expect(page.locator("#message")).to_contain_text("The shelf does not answer.")
    page.unroute("**/api/stories")
    save(page)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert [kept["text"] for kept in site.stories()].count(story) == 1


@in_both
def test_another_story_is_saved_with_another_key(page: Page, site: Site) -> None:
    keys = []
    page.on("request", lambda request: keys.append(request.headers.get("idempotency-key")))
    fill(page)
    save(page)
    fill(page)
    save(page)
    saved = [key for key in keys if key]
    assert len(saved) == len(set(saved)) == 2


@in_both
def test_a_story_that_does_not_exist_leads_to_one_s_own(visitor: Visitor) -> None:
    visitor.expect_faults()
    page = visitor.open(f"/stories/{'a' * 20}?lang=en")
    expect(page.locator("#told")).to_contain_text("There is no story here.")
    page.get_by_role("link", name="Write your own").click()
    expect(sentence(page)).to_be_visible()


@in_both
def test_a_story_that_this_browser_cannot_delete_stays(visitor: Visitor, page: Page, site: Site) -> None:
    visitor.expect_faults()
    fill(page)
    path = save(page)
    story_id = path.partition("?")[0].rpartition("/")[2]
    page.evaluate(
        "id => localStorage.setItem('storyizer.tokens', JSON.stringify({[id]: 'wrong'.repeat(10)}))", story_id
    )
    page.reload()
    mine = page.locator("#stories li").first
    mine.get_by_role("button", name="Delete").click()
    mine.get_by_role("button", name="Yes, delete").click()
    expect(mine).to_contain_text("It is still there. This story can only be deleted where it was written.")
    assert site.client.get(f"/api/stories/{story_id}").status_code == 200


@in_both
def test_the_page_works_with_storage_switched_off(visitor: Visitor, site: Site) -> None:
    page = visitor.open("about:blank", ready=False)
    for name in ("localStorage", "sessionStorage"):
        page.add_init_script(f"Object.defineProperty(window, '{name}', {{ get() {{ throw new Error('denied'); }} }})")
    page.goto(f"{site.url}/?lang=en")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    fill(page)
    save(page)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_without_a_script_the_first_view_can_be_read(visitor: Visitor) -> None:
    page = visitor.open("/?lang=en", ready=False, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Leave a blank, get a story.")
    expect(sentence(page)).to_have_value(re.compile("{adjective}"))
    expect(page.locator("#stage")).to_have_text(
        "The adjective noun wanted to verb, but a adjective noun stood in the way."
    )
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("#fill")).to_be_hidden()
    korean = visitor.open(f"/stories/{'a' * 20}?lang=ko", ready=False, java_script_enabled=False)
    expect(korean.locator("noscript p")).to_be_visible()
