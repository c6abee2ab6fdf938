"""Whatever the template: what is true of every story."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .filling import BLANKS, around, fill_without_server

pytestmark = pytest.mark.slow

ARTICLE_AT_THE_END = re.compile(r"(?i)(?<!\w)an?(?=\s[^\w]*\Z)")
PARTICLE_AT_THE_BEGINNING = re.compile(
    r"""^([\W_]*)(?:(?:[은는이가을를와과]|으로|로)\((?:[은는이가을를와과]|으로|로)\)|\(으\)로|은/는|는/은|이/가|가/이|을/를|를/을|으로/로|로/으로|와/과|과/와|으로|[은는이가을를로와과])"""
)


@pytest.fixture(scope="module")
def fill(app_module: Callable[[str, str], ModuleType]) -> Callable[..., dict[str, Any]]:
    return fill_without_server(app_module)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(list("aAnN .!\"'()\n은는이가을를/으로와과")), max_size=12
)


@st.composite
def templates(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """A language, and text and blanks in turn: n + 1 texts and n blanks, which are read as just these blanks."""
    lang = draw(st.sampled_from(["en", "ko"]))
    blanks = draw(st.lists(st.sampled_from(sorted(BLANKS[lang])), max_size=12))
    texts = draw(
        st.lists(TEXTS.map(lambda text: text.replace("{", "[")), min_size=len(blanks) + 1, max_size=len(blanks) + 1)
    )
    return lang, blanks, texts


def normal(lang: str, texts: list[str]) -> list[str]:
    """The texts without what may change: an article at the end, a particle at the beginning."""
    if lang == "en":
        return [*[ARTICLE_AT_THE_END.sub("a", text) for text in texts[:-1]], texts[-1]]
    return [texts[0], *[PARTICLE_AT_THE_BEGINNING.sub(r"\1", text) for text in texts[1:]]]


@given(templates(), st.integers(0, 2**53 - 1), st.data())
@settings(max_examples=300, deadline=None)
@example(("en", ["{noun}"], ["a \x1c", "\x1f"]), 0, None)
def test_only_articles_and_particles_of_the_text_change_and_kept_words_stay(
    fill: Callable[..., dict[str, Any]], template: tuple[str, list[str], list[str]], seed: int, data: st.DataObject
) -> None:
    lang, blanks, texts = template
    text = texts[0] + "".join(blank + after for blank, after in zip(blanks, texts[1:], strict=True))
    story = fill(text, lang, seed)
    assert [(slot["kind"], slot["form"]) for slot in story["slots"]] == [BLANKS[lang][blank] for blank in blanks]
    assert normal(lang, around(story)) == normal(lang, texts)
    found = [slot["word"] for slot in story["slots"]]
    assert len(set(found)) == len(found)

    keep = [word if data and data.draw(st.booleans()) else None for word in found]
    again = [slot["word"] for slot in fill(text, lang, seed + 1, keep)["slots"]]
    assert [new for new, old in zip(again, keep, strict=True) if old] == [old for old in keep if old]
    assert len(set(again)) == len(again)


@given(
    st.text(st.sampled_from(list("{}:nounverbpast 명사동과거")), max_size=60) | st.text(max_size=60),
    st.sampled_from(["en", "ko"]),
)
@settings(max_examples=500, deadline=None)
def test_no_template_fails(fill: Callable[..., dict[str, Any]], template: str, lang: str) -> None:
    story = fill(template, lang)
    assert len(around(story)) == len(story["slots"]) + 1
