"""The rules' pages say what the rules say. `python -m tools.pages` writes them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import tools.pages
from orchestrator.review.catalogue import RULES
from orchestrator.review.policy import load
from orchestrator.review.rules.kit.rule import Rule
from orchestrator.system import paths
from tools import rule_pages as pages

CURRENT = pages.pages()


def test_the_pages_are_what_the_rules_say() -> None:
    kept = {file.name: file.read_text() for file in pages.FOLDER.glob("*.md")}
    stale = sorted(name for name in kept.keys() | CURRENT.keys() if kept.get(name) != CURRENT.get(name))
    assert stale == [], f"run `{pages.COMMAND}`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_says_what_is_watched_shows_both_kinds_of_examples_and_how_to_fix_it(rule: Rule) -> None:
    text = CURRENT[f"{rule.id}.md"]
    watched, examples, fix, exception = re.split(r"\n## .+\n", text)[1:]
    assert "`" in watched or "every type" in watched
    assert "\nFound (" in examples and "\nNot found" in examples
    assert fix.strip().startswith("- ") and "[[exception]]" in exception


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_exception_on_a_page_is_one_that_the_policy_takes(rule: Rule, tmp_path: Path) -> None:
    text = CURRENT[f"{rule.id}.md"]
    (file := tmp_path / "review.toml").write_text(re.findall(r"```toml\n(.*?)```", text, flags=re.S)[0])
    (exemption,) = load(file, "production", date(2026, 1, 1)).exemptions
    assert exemption.rule == rule.id


def test_the_index_has_each_rule_and_says_how_it_is_written() -> None:
    index = CURRENT["README.md"]
    assert pages.COMMAND in index.splitlines()[0]
    assert re.findall(r"\]\(([a-z-]+)\.md\) \|", index) == [rule.id for rule in RULES]


def test_the_page_of_a_rule_that_is_no_more_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    monkeypatch.setattr(tools.pages, "GENERATORS", (tools.pages.rules,))
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "long-gone.md").write_text("")
    assert tools.pages.main(["--check"]) == 1
    assert tools.pages.main([]) == 0
    assert {file.name for file in tmp_path.iterdir()} == CURRENT.keys()
    assert tools.pages.main(["--check"]) == 0
