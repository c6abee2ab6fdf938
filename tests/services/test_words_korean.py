"""Korean words: every form is conjugated anew from its letters, and particles follow a word's last one."""

import re
import unicodedata
from collections.abc import Callable
from types import ModuleType

import pytest

# Conjoining letters, as decomposing a syllable gives them: an initial, a vowel, perhaps a final.
RIEUL, NIEUN, SSANG_SIOS = "\u11af", "\u11ab", "\u11bb"
REGULAR_BIEUP = {"뒤집", "뽑", "수줍", "업", "입", "잡", "접", "좁", "씹"}
WITH_O = {"곱", "돕"}
IRREGULAR_DIGEUT = {"걷", "깨닫", "듣", "싣", "엿듣"}
IRREGULAR_SIOS = {"긋", "낫", "붓", "잇", "젓", "짓"}
REGULAR_HIEUT = {"넣", "놓", "쌓", "좋", "찧"}
REGULAR_EU = {"들르", "따르"}
UNCONTRACTED = {"기", "시", "희"}
CONTRACTIONS = [
    ("([\u1161\u1165\u1162\u1166\u1167])[\u110b]([\u1161\u1165])$", r"\1"),  # 가+아 서+어 내+어 세+어 켜+어
    ("\u1169\u110b\u1161$", "\u116a"),  # 오+아
    ("\u116e\u110b\u1165$", "\u116f"),  # 우+어
    ("\u116c\u110b\u1165$", "\u116b"),  # 되+어
    ("\u1175\u110b\u1165$", "\u1167"),  # 이+어
]


def letters(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def syllables(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def suffixed(stem: str, *, bright: bool | None = None) -> str:
    """The stem's letters with 아 after a bright vowel (ㅏ, ㅑ, ㅗ), with 어 after another one."""
    vowels = re.findall("[\u1161-\u1175]", stem)
    bright = vowels[-1] in "\u1161\u1163\u1169" if bright is None else bright
    return stem + letters("아" if bright else "어")


def infinitive(stem: str) -> str:
    """The stem of a verb or adjective with 아 or 어, as the grammar books have it."""
    found = letters(stem)
    if stem.endswith("하"):
        return stem[:-1] + "해"
    if stem.endswith("푸르"):
        return stem + "러"
    if stem.endswith("르") and stem not in REGULAR_EU:
        return syllables(re.sub("\u110b(.)$", "\u1105\\1", suffixed(letters(stem[:-1]) + RIEUL)))
    if found.endswith("\u1173"):
        bright = bool(re.search("[\u1161\u1163\u1169][\u11a8-\u11c2]?[\u1100-\u1112]\u1173$", found))
        return syllables(re.sub("\u1173\u110b", "", suffixed(found, bright=bright)))
    if found.endswith("\u11b8") and stem not in REGULAR_BIEUP:
        return syllables(found[:-1]) + ("와" if stem in WITH_O else "워")
    if stem in IRREGULAR_DIGEUT:
        return syllables(suffixed(found[:-1] + RIEUL))
    if stem in IRREGULAR_SIOS:
        return syllables(suffixed(found[:-1]))
    if found.endswith("\u11c2") and stem not in REGULAR_HIEUT:
        table = {"\u1161": "\u1162", "\u1163": "\u1164", "\u1165": "\u1166", "\u1167": "\u1168"}
        return syllables(found[:-2] + table[found[-2]])
    joined = suffixed(found)
    if stem not in UNCONTRACTED and not re.search("[\u11a8-\u11c2]$", found):
        for pattern, short in CONTRACTIONS:
            joined = re.sub(pattern, short, joined)
    return syllables(joined)


@pytest.fixture(scope="module")
def rows(app_module: Callable[[str, str], ModuleType]) -> Callable[[str], list[dict[str, str]]]:
    """The forms of all words of a kind, as dictionaries."""
    lexicon = app_module("words", "lexicon").load()
    forms = app_module("words", "grammar").LANGUAGES["ko"].forms

    def of(kind: str) -> list[dict[str, str]]:
        columns = [lexicon["ko", kind, form].words for form in forms[kind]]
        return [dict(zip(forms[kind], row, strict=True)) for row in zip(*columns, strict=True)]

    return of


KINDS = pytest.mark.parametrize("kind", ["verb", "adjective"])


@KINDS
def test_base_forms_end_in_da(rows: Callable[[str], list[dict[str, str]]], kind: str) -> None:
    assert [row for row in rows(kind) if not row["base"].endswith("다")] == []


@KINDS
def test_present_forms_are_the_stem_with_a_or_eo_and_yo(rows: Callable[[str], list[dict[str, str]]], kind: str) -> None:
    wrong = [row for row in rows(kind) if row["present"] != infinitive(row["base"][:-1]) + "요"]
    assert wrong == []


@KINDS
def test_past_forms_are_the_present_with_a_double_s(rows: Callable[[str], list[dict[str, str]]], kind: str) -> None:
    for row in rows(kind):
        assert letters(row["past"]) == letters(row["present"][:-1]) + SSANG_SIOS + letters("어요")


def test_verbs_modify_with_neun_before_which_rieul_falls(rows: Callable[[str], list[dict[str, str]]]) -> None:
    stems = [(row, letters(row["base"][:-1])) for row in rows("verb")]
    wrong = [row for row, stem in stems if row["modifier"] != syllables(stem.removesuffix(RIEUL)) + "는"]
    assert wrong == []


def modifier(stem: str) -> str:
    """The form of an adjective before a noun, as the grammar books have it."""
    found = letters(stem)
    if stem.endswith(("있", "없")):
        return stem + "는"
    if found.endswith("\u11b8") and stem not in REGULAR_BIEUP:
        return syllables(found[:-1]) + "운"
    if stem in IRREGULAR_SIOS:
        return syllables(found[:-1]) + "은"
    if found.endswith((RIEUL, "\u11c2")) and stem not in REGULAR_HIEUT:
        return syllables(found[:-1] + NIEUN)
    return stem + "은" if re.search("[\u11a8-\u11c2]$", found) else syllables(found + NIEUN)


def test_adjectives_modify_with_a_final_nieun(rows: Callable[[str], list[dict[str, str]]]) -> None:
    assert [row for row in rows("adjective") if row["modifier"] != modifier(row["base"][:-1])] == []
    assert [row for row in rows("adjective") if not letters(row["modifier"]).endswith(NIEUN)] == []


@pytest.mark.parametrize(
    ("kind", "forms"),
    [
        ("verb", "먹다 먹어요 먹었어요 먹는"),
        ("verb", "가다 가요 갔어요 가는"),
        ("verb", "듣다 들어요 들었어요 듣는"),
        ("verb", "돕다 도와요 도왔어요 돕는"),
        ("verb", "짓다 지어요 지었어요 짓는"),
        ("verb", "부르다 불러요 불렀어요 부르는"),
        ("verb", "따르다 따라요 따랐어요 따르는"),
        ("verb", "쓰다 써요 썼어요 쓰는"),
        ("verb", "놀다 놀아요 놀았어요 노는"),
        ("verb", "마시다 마셔요 마셨어요 마시는"),
        ("verb", "쉬다 쉬어요 쉬었어요 쉬는"),
        ("verb", "노래하다 노래해요 노래했어요 노래하는"),
        ("adjective", "예쁘다 예쁜 예뻐요 예뻤어요"),
        ("adjective", "귀엽다 귀여운 귀여워요 귀여웠어요"),
        ("adjective", "좁다 좁은 좁아요 좁았어요"),
        ("adjective", "곱다 고운 고와요 고왔어요"),
        ("adjective", "빨갛다 빨간 빨개요 빨갰어요"),
        ("adjective", "하얗다 하얀 하얘요 하얬어요"),
        ("adjective", "좋다 좋은 좋아요 좋았어요"),
        ("adjective", "빠르다 빠른 빨라요 빨랐어요"),
        ("adjective", "푸르다 푸른 푸르러요 푸르렀어요"),
        ("adjective", "길다 긴 길어요 길었어요"),
        ("adjective", "낫다 나은 나아요 나았어요"),
        ("adjective", "재미있다 재미있는 재미있어요 재미있었어요"),
        ("adjective", "세련되다 세련된 세련돼요 세련됐어요"),
        ("adjective", "친절하다 친절한 친절해요 친절했어요"),
    ],
)
def test_known_words_have_their_forms(rows: Callable[[str], list[dict[str, str]]], kind: str, forms: str) -> None:
    assert forms.split() in [list(row.values()) for row in rows(kind)]


@pytest.mark.parametrize(
    ("word", "particles"),
    [
        ("고양이", "는 가 를 로 와"),
        ("곰", "은 이 을 으로 과"),
        ("달", "은 이 을 로 과"),
        ("별똥별", "은 이 을 로 과"),
        ("부엌", "은 이 을 으로 과"),
        ("닭", "은 이 을 으로 과"),
        ("나비", "는 가 를 로 와"),
        ("의자", "는 가 를 로 와"),
    ],
)
def test_particles_follow_the_last_letter(
    app_module: Callable[[str, str], ModuleType], word: str, particles: str
) -> None:
    korean = app_module("words", "korean")
    assert [korean.particle(word, pair) for pair in korean.PARTICLES] == particles.split()


@pytest.mark.parametrize(
    ("after", "with_vowel", "with_consonant"),
    [
        ("은/는 작아요", "는 작아요", "은 작아요"),
        ("는/은 작아요", "는 작아요", "은 작아요"),
        ("이/가 와요", "가 와요", "이 와요"),
        ("를/을", "를", "을"),
        ("으로/로 가요", "로 가요", "으로 가요"),
        ("로/으로 가요", "로 가요", "으로 가요"),
        ("와/과 함께", "와 함께", "과 함께"),
        ("은(는) 작아요", "는 작아요", "은 작아요"),
        ("가(이) 와요", "가 와요", "이 와요"),
        ("을(를)", "를", "을"),
        ("(으)로 가요", "로 가요", "으로 가요"),
        ("으로(로) 가요", "로 가요", "으로 가요"),
        ("(은)", "(은)", "(은)"),
        ("은 작아요", "는 작아요", "은 작아요"),
        ("가 와요", "가 와요", "이 와요"),
        ("으로.", "로.", "으로."),
        ("’이/가", "’가", "’이"),
        ("”를", "”를", "”을"),
        ("은행에서", "은행에서", "은행에서"),
        ("이야기", "이야기", "이야기"),
        ("와인", "와인", "와인"),
        ("으로서", "으로서", "으로서"),
        (" 은/는", " 은/는", " 은/는"),
        ("/은", "/은", "/은"),
        ("", "", ""),
    ],
)
def test_a_particle_directly_behind_a_word_follows_it(
    app_module: Callable[[str, str], ModuleType], after: str, with_vowel: str, with_consonant: str
) -> None:
    agree = app_module("words", "korean").agree
    assert agree("그 ", "고양이", after, first=True) == ("그 ", "고양이", with_vowel)
    assert agree("그 ", "곰", after, first=True) == ("그 ", "곰", with_consonant)
