"""The page of the rules says what the rules say. `python -m tests.review.test_rules_page` writes it."""

from __future__ import annotations

from orchestrator.review.catalogue import RULES
from orchestrator.system import paths

PAGE = paths.ROOT / "docs" / "review" / "rules.md"


def page() -> str:
    """docs/review/rules.md: every rule with its usual severity and why it is looked for."""
    lines = [
        "# What a review looks for",
        "",
        "The severity is the usual one of a rule; a finding's own depends on what is found (a removed alarm is not an "
        "open database). An exception in [terraform/review.toml](../../terraform/review.toml) names a rule by its id. "
        "[Plans that show each of them](../../tests/review/corpus/README.md).",
        "",
        "| rule | severity | what is told | why |",
        "| --- | --- | --- | --- |",
        *(f"| `{rule.id}` | {rule.severity} | {rule.title} | {rule.why} |" for rule in RULES),
    ]
    return "\n".join(lines) + "\n"


def test_the_page_of_the_rules_is_what_the_rules_say():
    assert PAGE.read_text() == page()


if __name__ == "__main__":
    PAGE.write_text(page())
