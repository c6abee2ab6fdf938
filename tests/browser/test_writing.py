"""What the page shows while one writes: the story's size, the buttons' order, names of blanks, hints and limits."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.site import DESKTOP, PHONE, Site, Visitor, allow_clipboard, fill, in_both, save, sentence

SUN = "rgb(255, 210, 63)"
LINE = "word " * 12


def size(page: Page, of: str = "#stage") -> float:
    """How large the text is written, in CSS pixels."""
    return float(page.evaluate(f"parseFloat(getComputedStyle(document.querySelector('{of}')).fontSize)"))


@in_both
@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_story_is_written_the_larger_the_shorter_it_is(visitor: Visitor, window: tuple[int, int]) -> None:
    page = visitor.open("/?lang=en", size=window)
    sizes = []
    for text in ("My {noun}!", LINE * 2, LINE * 5, (LINE * 17)[:1000]):
        sentence(page).fill(text)
        sizes.append(size(page))
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4
    assert sizes[0] >= 28
    # The longest sentence is no longer than a screen and a half, and can be read.
    assert sizes[-1] >= 16
    box = page.locator("#stage").bounding_box()
    assert box is not None
    assert box["height"] < 1.5 * window[1]


def test_korean_counts_as_wide_as_it_is(visitor: Visitor) -> None:
    page = visitor.open("/?lang=ko")
    sentence(page).fill("가" * 30)
    wide = size(page)
    sentence(page).fill("a" * 30)
    assert wide < size(page)


def test_the_size_that_the_page_comes_with_is_that_of_its_script(visitor: Visitor) -> None:
    for lang in ("en", "ko"):
        still = visitor.open(f"/?lang={lang}", ready=False, java_script_enabled=False)
        assert size(still) == size(visitor.open(f"/?lang={lang}"))


def test_a_story_s_own_page_is_sized_alike(visitor: Visitor, site: Site) -> None:
    short = visitor.open(f"/stories/{site.keep('{noun}!', 'Fox!')['id']}?lang=en")
    long = visitor.open(f"/stories/{site.keep('x {noun}', LINE * 17)['id']}?lang=en")
    assert size(short, "#text") > 1.5 * size(long, "#text")


@in_both
def test_the_card_one_writes_in_is_no_higher_for_a_long_story(page: Page) -> None:
    def height(card: str) -> float:
        box = page.locator(card).bounding_box()
        assert box is not None
        return box["height"]

    sentence(page).fill("{noun} " * 8)
    before = height(".writing")
    page.locator("#stage").evaluate("stage => { stage.style.minHeight = '900px'; }")
    assert height(".board") > 900
    assert height(".writing") == before
    # The other way round the two are of one height.
    page.locator("#stage").evaluate("stage => { stage.style.minHeight = ''; }")
    sentence(page).fill("\n" * 30)
    assert height(".board") >= height(".writing") > before


@in_both
def test_the_main_button_is_what_comes_next(page: Page) -> None:
    fill_button, save_button = page.locator("#fill"), page.locator("#save")

    def heights() -> list[float]:
        return [float(button.evaluate("button => button.offsetHeight")) for button in (fill_button, save_button)]

    before = heights()
    expect(fill_button).to_have_css("background-color", SUN)
    expect(save_button).not_to_have_css("background-color", SUN)
    fill(page)
    expect(save_button).to_have_css("background-color", SUN)
    expect(fill_button).not_to_have_css("background-color", SUN)
    assert heights() == before
    save(page)
    expect(fill_button).to_have_css("background-color", SUN)
    expect(save_button).not_to_have_css("background-color", SUN)
    sentence(page).press_sequentially(" {noun}")
    expect(fill_button).to_have_css("background-color", SUN)


def test_an_empty_tile_names_the_form_of_its_blank(visitor: Visitor) -> None:
    page = visitor.open("/?lang=en")
    sentence(page).fill("The {noun} and the {Noun:Plural} {verb:ing} {adjective:superlative}.")
    chips = page.locator("#stage .tile")
    assert chips.all_text_contents() == ["noun", "noun, plural", "verb, -ing", "adjective, superlative"]
    expect(chips.nth(1)).to_have_accessible_name("noun, plural: fill this blank")
    fill(page)
    assert "plural" not in " ".join(chips.all_text_contents())
    korean = visitor.open("/?lang=ko")
    sentence(korean).fill("{명사}은/는 {동사:과거}, {verb:modifier}, {형용사:현재}")
    assert korean.locator("#stage .tile").all_text_contents() == ["명사", "동사 과거형", "동사 관형형", "형용사 현재형"]


MEANT = [
    ("en", "{noum}", "{noum} is no blank; did you mean {noun}?"),
    ("en", "{noun:plurl}", "{noun:plurl} is no blank; did you mean {noun:plural}?"),
    ("en", "{ noun }", "{ noun } is no blank; did you mean {noun}?"),
    ("en", "{Verbs}", "{Verbs} is no blank; did you mean {verb}?"),
    ("en", "{adj}", "{adj} is no blank; did you mean {adjective}?"),
    ("en", "{verb:pas}", "{verb:pas} is no blank; did you mean {verb:past}?"),
    ("en", "{noun:past}", "{noun:past} is no blank; did you mean {noun}?"),
    ("en", "{plural}", "{plural} is no blank; did you mean {noun:plural}?"),
    ("en", "{pet}", "{pet} is no blank: it stays as it is written."),
    ("en", "{__proto__:constructor}", "{__proto__:constructor} is no blank: it stays as it is written."),
    ("ko", "{명시}", "{명시} 빈칸은 없어요. 혹시 {명사}인가요?"),
    ("ko", "{동사:가거}", "{동사:가거} 빈칸은 없어요. 혹시 {동사:과거}인가요?"),
    ("ko", "{관형}", "{관형} 빈칸은 없어요. 혹시 {동사:관형}인가요?"),
    ("ko", "{noum}", "{noum} 빈칸은 없어요. 혹시 {noun}인가요?"),
    ("ko", "{우산}", "{우산} 빈칸은 없어서, 쓴 그대로 남아요."),
]


def test_a_blank_that_is_none_is_marked_and_the_one_that_was_meant_is_named(visitor: Visitor) -> None:
    pages = {lang: visitor.open(f"/?lang={lang}") for lang in ("en", "ko")}
    for lang, written, said in MEANT:
        page = pages[lang]
        sentence(page).fill(f"x {written} y")
        assert page.locator("#ink .unknown").all_text_contents() == [written]
        expect(page.locator("#hint")).to_have_text(said)
    page = pages["en"]
    # What is suggested is a blank; so is what the page's own buttons insert.
    for _, _, said in MEANT[:8]:
        sentence(page).fill(said.partition("mean ")[2].rstrip("?"))
        expect(page.locator("#stage .tile")).to_have_count(1)
        expect(page.locator("#hint")).to_be_empty()
    expect(page.locator("#ink .unknown")).to_have_count(0)


def test_the_hint_is_said_politely_and_once(page: Page) -> None:
    hint = page.locator("#hint")
    expect(hint).to_have_attribute("role", "status")
    hint.evaluate(
        """hint => {
            window.said = [];
            new MutationObserver(() => window.said.push(hint.textContent)).observe(hint, { childList: true });
        }"""
    )
    sentence(page).fill("")
    sentence(page).press_sequentially("A {noum}, a {noun}, a {vreb}.")
    assert page.evaluate("said") == ["{noum} is no blank; did you mean {noun}?"]
    assert page.locator("#ink .unknown").all_text_contents() == ["{noum}", "{vreb}"]
    sentence(page).fill("A {noun.")
    assert page.evaluate("said")[1:] == [""]


def test_braces_that_are_no_blank_stay_in_the_story(page: Page) -> None:
    sentence(page).fill("A {noum} and a {noun}.")
    assert fill(page).startswith("A {noum} and ")
    save(page)
    expect(page.locator("#stories li").first).to_contain_text("A {noum} and ")


def test_how_many_characters_are_left_is_shown_when_there_are_not_many(visitor: Visitor) -> None:
    page = visitor.open("/?lang=en")
    counter = page.locator("#counter")
    for length, said in (
        (899, ""),
        (900, "100 characters left"),
        (966, "34 characters left"),
        (999, "1 character left"),
    ):
        sentence(page).fill("x" * length)
        expect(counter).to_have_text(said)
    sentence(page).press("End")
    sentence(page).press_sequentially("yz")
    expect(counter).to_have_text("0 characters left")
    # The field keeps it, and a screen reader hears it once one pauses.
    expect(sentence(page)).to_have_accessible_description(re.compile("0 characters left$"))
    expect(page.locator("#announcer")).to_have_text("0 characters left")
    korean = visitor.open("/?lang=ko")
    sentence(korean).fill("가" * 966)
    expect(korean.locator("#counter")).to_have_text("34자 남았어요")


def test_the_characters_left_are_said_when_one_pauses_and_not_at_every_key(page: Page) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(3600)  # it would go on by itself, and a slow machine takes more than the pause between two keys
    said = page.locator("#announcer")
    sentence(page).fill("x" * 950)
    page.clock.run_for(900)
    sentence(page).press("End")
    sentence(page).press("y")
    page.clock.run_for(900)
    expect(said).to_be_empty()
    page.clock.run_for(200)
    expect(said).to_have_text("49 characters left")
    sentence(page).fill("x" * 10)
    expect(page.locator("#counter")).to_be_empty()


def paste(page: Page, text: str) -> None:
    """Pastes this text where the cursor is."""
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    sentence(page).press("ControlOrMeta+v")


@in_both
def test_a_paste_that_was_cut_says_so(page: Page) -> None:
    allow_clipboard(page)
    sentence(page).fill("x" * 990)
    sentence(page).press("End")
    hint = page.locator("#hint")
    paste(page, "y" * 10)
    expect(sentence(page)).to_have_value("x" * 990 + "y" * 10)
    expect(hint).to_be_empty()
    paste(page, "z")
    expect(hint).to_have_text("Not everything that you pasted fits: a sentence has at most 1,000 characters.")
    expect(sentence(page)).to_have_value("x" * 990 + "y" * 10)
    # What is replaced makes room.
    sentence(page).fill("")
    sentence(page).fill("x" * 1000)
    sentence(page).press("ControlOrMeta+a")
    paste(page, "w\r\n" * 500)
    expect(sentence(page)).to_have_value("w\n" * 500)
    expect(hint).to_be_empty()
    sentence(page).press("ControlOrMeta+a")
    paste(page, "v" * 1001)
    expect(sentence(page)).to_have_value("v" * 1000)
    expect(hint).to_contain_text("Not everything")


HEBREW = "פעם אחת {adjective} {noun} רצה {verb}, ואז (הכול) נגמר."
SCRIPTS = {
    "right to left": HEBREW,
    "left to right": "Once (upon) a time a {adjective} {noun} {noum}.",
    "both": f"{HEBREW}\nAnd then, {{noun:plural}}!\n\n{HEBREW * 2}",
    "in one line": f"A {{noun}} said: {HEBREW} And {{noum}} left.",
    "beginning with a blank": f"{{noun}} {HEBREW}",
    "as it is typed": "{Noun} {NOUN:plural} {Noum}  two spaces\n",
}
SHADE_MAX = 110
# Draws the text of one of the two layers alone, without the colours under blanks.
ONE_LAYER = """shown => {
    const sheet = document.styleSheets[0];
    sheet.insertRule(".ink *, .ink, textarea { background: none !important; box-shadow: none !important }");
    sheet.insertRule(".ink * { text-decoration: none !important }");
    for (const layer of document.querySelectorAll(".ink, textarea")) {
        layer.spellcheck = false;
        layer.blur();
        const colour = layer.matches(shown) ? "#000" : "transparent";
        for (const node of [layer, ...layer.querySelectorAll("*")]) node.style.color = colour;
    }
}"""


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_what_lies_under_the_field_is_exactly_under_its_text(page: Page, text: str) -> None:
    sentence(page).fill(text)
    layers = []
    for shown in (".ink", "textarea", "#nothing"):
        page.evaluate(ONE_LAYER, shown)
        layers.append(page.locator(".field").screenshot())
    under, field, nothing = layers
    # A glyph may be a fraction of a pixel off, which shades its edges; what is elsewhere is black where nothing is.
    assert pictures.compare(page, under, field).largest < SHADE_MAX
    assert pictures.compare(page, field, nothing).largest > 2 * SHADE_MAX


@in_both
def test_text_goes_the_way_of_its_script(visitor: Visitor, page: Page, site: Site) -> None:
    def side(of: str) -> str:
        """At which edge the text's first line begins."""
        return str(
            page.evaluate(
                """of => {
                    const box = document.querySelector(of);
                    const range = document.createRange();
                    range.selectNodeContents(box);
                    const [line] = range.getClientRects();
                    const { left, right } = box.getBoundingClientRect();
                    return line.left - left < right - line.right ? "left" : "right";
                }""",
                of,
            )
        )

    for text, direction, edge in ((HEBREW[:20], "rtl", "right"), ("Once", "ltr", "left")):
        sentence(page).fill(text)
        for layer in ("#start", "#ink div", "#stage"):
            assert page.locator(layer).evaluate("node => getComputedStyle(node).direction") == direction
        assert (side("#ink div"), side("#stage")) == (edge, edge)
    story = site.keep("{noun} הלך", "כלב הלך")
    page.reload()
    told = page.locator("#stories li .told-story").first
    expect(told).to_have_text("כלב הלך")
    assert side("#stories li .told-story") == "right"
    page.goto(f"/stories/{story['id']}?lang=en")
    expect(page.locator("#text")).to_have_text("כלב הלך")
    assert side("#text") == "right"
    # The page around it stays as it is.
    expect(page.locator("html")).to_have_css("direction", "ltr")
