"""The picture as a page: one file, well formed, in which nothing of others is markup. tests/browser opens it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.images.image import Image
from orchestrator.picture import page
from orchestrator.picture.facts import Facts, Step
from orchestrator.review.render.text import visible
from tests.orchestrator.picture import deploys
from tests.review import samples, wellformed

# The only links that lead out of the file are to what was deployed.
HOSTS = ("http://127.0.0.1", "http://")


def read(facts: Facts) -> wellformed.Reader:
    """The page, if it is well formed and all of it is this project's own."""
    return wellformed.page(page.render(facts), links=HOSTS)


@pytest.mark.parametrize("made", deploys.EVERY)
def test_every_kind_of_deploy_is_well_formed_and_every_link_leads_somewhere(made: str) -> None:
    found = read(deploys.EVERY[made]())
    contents = {link.removeprefix("#") for link in found.links if re.fullmatch("#[a-z]+", link)}
    assert {"timeline"} <= contents <= set(found.ids)


@pytest.mark.parametrize("number", range(len(samples.HOSTILE)))
def test_hostile_text_stays_text(number: int) -> None:
    read(deploys.hostile(samples.HOSTILE[number]))


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="<>&\"'`/!-= \n\x00\x1babc\u202e")))
def test_no_text_becomes_markup(given_text: str) -> None:
    read(deploys.hostile(given_text))


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="<>&\"'abc", min_size=3, max_size=20))
def test_every_text_of_others_is_there_and_escaped(given_text: str) -> None:
    facts = replace(deploys.hostile(given_text), review=None)
    told = read(facts).text
    # Name, result, twice as an event and its second line, image, why, person, verb, reason, last lines, next step, ...
    assert told.count(visible(given_text)) >= 15


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    said = page.render(deploys.first())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', said)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy[1] and "unsafe" not in policy[1]
    assert "<script" not in said and "style=" not in said
    assert not re.search(r"<[^>]*\son\w+=", said)
    assert "</" not in page.STYLE and "url(" not in page.STYLE


def test_what_matters_comes_first() -> None:
    rest = read(deploys.rolled_back()).text
    for words in (
        "up local by kim", "failed, r2 serves", "the new version of words did not go live", "30.0 s in all",
        "exited with 1", "1a2b3c4d, 5e6f7a8b", "SystemExit: no lexicon today", "python3 orchestrate.py logs words",
        "emulated AWS", "soak", "service/app/words.py changed", "SAFE TO APPLY", "has started 2 tasks",
        "container_definitions",
    ):  # fmt: skip
        assert words in rest, words
        rest = rest.partition(words)[2]


def test_a_deploy_that_is_live_says_where_and_as_what() -> None:
    found = read(deploys.changed())
    assert "http://127.0.0.1:21607/" in found.links
    for words in ("r3 is live", "30.0 s in all", "commit f5e4d3c2b1a0", "r2 before", "2026-05-28 20:26:40 UTC"):
        assert words in found.text
    assert "Why" not in found.text


def test_a_deploy_that_changed_nothing_says_so() -> None:
    told = read(deploys.unchanged()).text
    assert "r2 is live" in told
    assert "was live already" in told
    assert "Terraform had nothing to change." in told
    assert told.count("unchanged") == 2


def test_an_image_says_if_it_was_built_and_what_changed() -> None:
    said = page.render(deploys.changed())
    items = dict(re.findall(r'<li class="image (\w+)"><p><b>(\w+)</b>', said))
    assert items == {"reused": "save", "built": "words"}
    told = read(deploys.changed()).text
    assert f"{'a' * 12} → {'b' * 12}" in told
    assert "first build" in read(deploys.first()).text
    taken = replace(deploys.changed(), images=(Image("cache", "t", deploys.NEW, "redis:8", pushed=True),))
    told = read(taken).text
    assert "copied" in told
    assert re.search(r"save\s+removed\s+words\s+removed", told), "both were in the last release"


def bars(facts: Facts) -> list[tuple[float, float]]:
    """Left end and width of each bar, in percent."""
    found = re.findall(r'<rect class="time" x="([\d.]+)%" width="([\d.]+)%"', page.render(facts))
    return [(float(left), float(width)) for left, width in found]


def test_bars_lie_where_their_steps_lay() -> None:
    steps = (Step("a", 0.0, 5.0), Step("beside a", 2.5, 5.0), Step("late", 9.0, 1.0))
    assert bars(replace(deploys.unchanged(), seconds=10.0, steps=steps)) == [(0.0, 50.0), (25.0, 50.0), (90.0, 10.0)]


def test_a_step_says_how_it_ended() -> None:
    said = page.render(deploys.not_built())
    kinds = re.findall(r'<li class="step ([\w-]+) depth0"><b class="name">([\w ]+)</b>', said)
    assert kinds == [
        ("done", "emulated AWS"), ("failed", "build words"), ("not-ended", "terraform init environment"),
    ]  # fmt: skip


def test_a_secret_of_the_plan_is_nowhere_whoever_wrote_it_down() -> None:
    secret = "hunter2&hunter3"
    facts = deploys.hostile(f"postgres://kim:{secret}@db and aHVudGVyMiZodW50ZXIz")
    review = samples.deploy()
    plan = replace(review.plan, secrets=frozenset({secret}))
    said = page.render(replace(facts, review=replace(review, plan=plan)))
    assert "hunter" not in said
    assert "aHVudGVyMiZodW50ZXIz" not in said, "nor as base64"
    assert "(sensitive)" in wellformed.page(said, links=HOSTS).text


def test_a_flood_of_events_is_cut_and_counted() -> None:
    flood = Step("terraform apply", 0.0, 9.0, events=tuple((1.0, f"create number {place}") for place in range(2_000)))
    found = read(replace(deploys.changed(), steps=(flood,)))
    assert "The last 500 of them" in found.text
    assert "create number 1999" in found.text
    assert "create number 1499\n" not in found.text


def test_escape_sequences_of_a_log_are_not_shown() -> None:
    why = replace(deploys.WHY, details=("\x1b[31mno lexicon\x1b[0m today",))
    assert "no lexicon today" in read(replace(deploys.rolled_back(), failed=why)).text
