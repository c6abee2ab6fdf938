"""What all renderers stand on: text made safe and short, and secrets that are found whatever escapes them."""

import html
import json
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.review.model import Difference
from orchestrator.review.render import lines, text
from orchestrator.review.secrets import leaks
from orchestrator.review.values import UNKNOWN, Sensitive
from tests.review.samples import HOSTILE

ANY_TEXT = st.one_of(st.text(), st.sampled_from(HOSTILE), st.text(alphabet="ab\n\x1b\u202e`@#<>&\ud800"))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(UNKNOWN), st.builds(Sensitive, st.text()), ANY_TEXT
)
VALUES = st.recursive(SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3))


@settings(deadline=None)
@given(ANY_TEXT)
def test_visible_text_is_one_line_that_can_be_printed(given_text: str) -> None:
    shown = text.visible(given_text)
    assert (shown + "x").encode("utf-8")
    assert len((shown + "x").splitlines()) == 1
    assert not text.UNSEEN.search(shown)


def test_what_hides_or_turns_text_is_written_out() -> None:
    assert text.visible("a\u202eb\nc\x1b[31m\ud800") == "a\\u202eb\\nc\\u001b[31m\\ud800"
    assert text.visible("한국어 🙂 e\u0301 ü") == "한국어 🙂 e\u0301 ü"


def test_strings_are_bare_unless_that_leaves_a_doubt() -> None:
    assert [text.value(item) for item in ("a b", "", " a", None, True, 3, [1, "a"])] == [
        "a b", '""', '" a"', "null", "true", "3", '[1, "a"]',
    ]  # fmt: skip
    assert text.pair("128", 128, 50) == ('"128"', "128")
    assert text.pair("null", None, 50) == ('"null"', "null")


def test_sensitive_and_unknown_values_show_nothing_of_themselves() -> None:
    assert text.pair(Sensitive("one"), Sensitive("two"), 60) == ("(sensitive)", "(sensitive, another value)")
    assert text.pair({"a": Sensitive("one")}, UNKNOWN, 60) == ('{"a": "(sensitive)"}', "(known after apply)")


def test_long_values_are_cut_around_their_difference() -> None:
    old, new = text.pair("a" * 500 + "old" + "b" * 500, "a" * 500 + "new" + "b" * 500, 100)
    assert "old" in old and "new" in new
    assert len(old) <= 100 and len(new) <= 100
    digest = "registry.example/team/words@sha256:"
    old, new = text.pair(f"{digest}{'1' * 64}", f"{digest}{'2' * 64}", 50)
    assert "@sha256:111" in old and "@sha256:222" in new


@settings(deadline=None)
@given(VALUES, VALUES, st.integers(24, 200))
def test_a_pair_keeps_its_limit_and_tells_different_values_apart(before: Any, after: Any, limit: int) -> None:
    old, new = text.pair(before, after, limit)
    assert len(old) <= max(limit, len("(sensitive, another value)"))
    assert len(new) <= max(limit, len("(sensitive, another value)"))
    if isinstance(before, str) and isinstance(after, str) and before != after and max(len(before), len(after)) < 1_000:
        assert old != new


@settings(deadline=None)
@given(ANY_TEXT, st.integers(1, 300))
def test_a_cut_text_keeps_its_limit(given_text: str, limit: int) -> None:
    assert len(text.cut(given_text, limit)) <= limit


def test_long_texts_are_compared_line_by_line_in_no_time() -> None:
    before = "\n".join(f"{number} {number * 7919 % 1013}" for number in range(20_000))
    after = "\n".join(f"{number} {number * 7907 % 1009}" for number in range(20_000))
    began = time.process_time()
    changes = list(text.line_changes(before, after))
    assert time.process_time() - began < 5
    assert "more lines" in changes[-1][1]


def test_a_changed_line_is_shown_with_its_neighbours() -> None:
    before = "\n".join(map(str, range(100)))
    assert list(text.line_changes(before, before.replace("\n50\n", "\nfifty\n"))) == [
        (" ", "49"),
        ("-", "50"),
        ("+", "fifty"),
        (" ", "51"),
    ]


def test_lines_that_look_like_a_diffs_head_are_not_lost() -> None:
    assert list(text.line_changes("a\n--\nb", "a\n++\nb"))[1:3] == [("-", "--"), ("+", "++")]


def test_a_line_end_that_changes_is_shown() -> None:
    assert list(text.line_changes("a\nb\n", "a\nb")) == [(" ", "b"), ("-", "")]


@settings(deadline=None)
@given(VALUES, VALUES, st.booleans(), st.booleans(), ANY_TEXT)
def test_difference_lines_are_single_printable_lines(
    before: Any, after: Any, added: bool, removed: bool, name: str
) -> None:
    given_difference = Difference((name, 0), before, after, added=added, removed=removed, replaces=True)
    for sign, line in lines.of_difference(given_difference, 80):
        assert sign in "+-~ "
        assert not text.UNSEEN.search(line)


SECRETS = st.text(min_size=8).filter(lambda secret: len(secret.strip()) >= 8)


@settings(deadline=None)
@given(SECRETS, ANY_TEXT, ANY_TEXT)
def test_a_secret_is_removed_in_each_of_its_forms(secret: str, before: Any, after: Any) -> None:
    for written in (str, html.escape):
        for form in (secret, json.dumps(secret)[1:-1]):
            printed = written(before + form + after)
            assert written(form) not in leaks.removed(printed, {secret}, written)


def test_short_secrets_count_as_whole_words_and_shorter_ones_not_at_all() -> None:
    assert leaks.removed("save saved a-save-b", {"save"}) == "(sensitive) saved a-(sensitive)-b"
    assert leaks.removed("abc 12", {"abc", "12", ""}) == "abc 12"


def test_the_longer_of_two_secrets_is_removed_whole() -> None:
    assert leaks.removed("hunter2-and-more", {"hunter2-", "hunter2-and-more"}) == "(sensitive)"


def test_thousands_of_secrets_in_megabytes_take_little_time() -> None:
    printed = "".join(f'{{"address": "aws_sqs_queue.work[{number}]", "value": {number}}}\n' for number in range(60_000))
    began = time.process_time()
    assert leaks.pattern(printed, {f"correct-horse-{number}" for number in range(5_000)}) is None
    assert time.process_time() - began < 5
