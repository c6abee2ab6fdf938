"""The pages for people: links lead somewhere, and lists of commands, codes, keys, packages and marks are complete."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.cli import usage
from orchestrator.errors import ExitCode
from orchestrator.system import paths

ROOT = paths.ROOT
PAGES = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", "findings/*.md", "services/*.md", "terraform/**/*.md")
    for file in ROOT.glob(pattern)
    if ".terraform" not in file.parts
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def without_code(text: str) -> str:
    return re.sub(r"(?ms)^```.*?^```$", "", text)


def anchors(file: Path) -> set[str]:
    """What GitHub calls a page's headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", without_code(file.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(file: Path) -> list[str]:
    """The links of a page that lead nowhere in the checkout."""
    broken = []
    for link in LINK.findall(without_code(file.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (file.parent / name) if name else file
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def rows(file: str) -> list[list[str]]:
    """The cells of a page's tables."""
    lines = (ROOT / file).read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]


def direct_requirements() -> set[str]:
    """The packages that are asked for by name anywhere in the project."""
    folders = ("benchmarks", "orchestrator", "services", "tests")
    files = [*ROOT.glob("*.in"), *(file for folder in folders for file in (ROOT / folder).rglob("*.in"))]
    lines = [line.strip() for file in files for line in file.read_text().splitlines()]
    return {re.split(r"[\[=<>~;\s]", line)[0] for line in lines if line and not line.startswith(("#", "-"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page, `with` code\n\n[a](page.md) [b](#a-page-with-code) [c](gone.md) [d](page.md#gone) "
        "[e](https://example.com/gone)\n```\n[f](gone.md)\n```\n"
    )
    assert broken_links(page) == ["gone.md", "page.md#gone"]


def test_the_readme_is_short_and_every_page_is_in_the_contents() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
    contents = (ROOT / "docs" / "README.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in contents


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md"])
def test_every_command_is_described(page: str) -> None:
    described = {word for row in rows(page) for word in re.findall(r"`(\w+)[^`]*`", row[0])}
    assert set(usage.VERBS) <= described


def test_every_exit_code_is_described() -> None:
    text = " ".join((ROOT / "README.md").read_text().split())
    described = {row[0] for row in rows("docs/commands.md")}
    for code in ExitCode:
        assert str(code.value) in described
        assert re.search(rf"\b{code.value} (success|failure|the plan|stopped|the rollout|a prereq|wrong|interr)", text)


def test_every_package_that_is_asked_for_is_described() -> None:
    described = " ".join(row[0] for row in rows("docs/dependencies.md"))
    missing = {name for name in direct_requirements() if not re.search(rf"(?i)(?<![\w-]){name}(?![\w-])", described)}
    assert missing == set()


def test_every_mark_is_described_as_it_is_registered() -> None:
    registered = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    described = {row[0].strip("`"): row[1] for row in rows("CONTRIBUTING.md")}
    assert {mark.partition(": ")[0]: mark.partition(": ")[2] for mark in registered}.items() <= described.items()
    (fast,) = re.findall(r'-m "not \((.+?)\)"', (ROOT / "CONTRIBUTING.md").read_text())
    assert sorted(fast.split(" or ")) == sorted(mark.partition(":")[0] for mark in registered)


def test_hooks_run_the_tools_of_the_checkout_alone() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [item["repo"] for item in repositories] == ["local"]
    locked = (ROOT / "requirements-test.txt").read_text()
    for hook in repositories[0]["hooks"]:
        assert hook["language"] == "system"
        program, *arguments = hook["entry"].split()
        assert program in (".venv/bin/python", "terraform")
        if program == ".venv/bin/python":
            module = arguments[1]
            assert f"\n{module}==" in locked or (ROOT / f"{module.replace('.', '/')}.py").is_file()


def test_updates_are_proposed_wherever_something_is_pinned() -> None:
    said: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())
    updates = {item["package-ecosystem"]: item["directories"] for item in said["updates"]}
    assert set(updates) == {"pip", "github-actions", "terraform"}
    pinned = {file.parent for file in (ROOT / "terraform").rglob("versions.tf") if ".terraform" not in file.parts}
    matched = {folder for pattern in updates["terraform"] for folder in ROOT.glob(pattern.strip("/"))}
    assert pinned <= matched
