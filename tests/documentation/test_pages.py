"""The pages for people: links lead somewhere, and lists of commands, codes, keys, packages and marks are complete."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.cli import usage
from orchestrator.errors import ExitCode
from orchestrator.system import paths
from tests.system.pages import commands

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


def arguments(line: str) -> Iterator[list[str]]:
    """What stands behind `orchestrate.py` in a line for the shell."""
    signs = shlex.shlex(line, posix=True, punctuation_chars=True)
    signs.whitespace_split = True
    words = list(signs)
    for place, word in enumerate(words, 1):
        if word == "orchestrate.py":
            yield list(takewhile(lambda word: not set(word) <= set("();<>|&"), words[place:]))


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


def test_the_readme_is_short_and_every_page_is_in_the_contents_once() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
    contents = rows("docs/README.md")
    listed = [link for row in contents for link in LINK.findall(row[0])]
    assert len(listed) == len(set(listed))
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages == {link for link in listed if "/" not in link}


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md"])
def test_every_command_is_described(page: str) -> None:
    described = {word for row in rows(page) for word in re.findall(r"`(\w+)[^`]*`", row[0])}
    assert set(usage.VERBS) <= described


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_says_to_type_is_understood(page: Path) -> None:
    in_lists = re.compile(r"(?m)^   (?=```|\$ )")
    for command in commands(in_lists.sub("", page.read_text())):
        for typed in arguments(command.typed):
            usage.parse(typed)


def test_every_exit_code_is_described() -> None:
    described = {row[0] for row in rows("docs/commands.md")}
    assert {str(code.value) for code in ExitCode} <= described


def test_the_runbook_has_every_code_and_quotes_what_is_said() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    told = [int(code) for code in re.findall(r"(?m)^## Exit code (\d+)$", text)]
    assert told == [code.value for code in ExitCode if code is not ExitCode.SUCCESS]
    program = " ".join(file.read_text() for file in (ROOT / "orchestrator").rglob("*.py"))
    said = re.sub(r'"\s+f?"', "", program)
    ours = ("nothing was changed", "terraform apply failed", "could not be watched to its end",
            "another run is at work", "is live, but its release could not be written down",
            "Terraform waits for", "is locked by")  # fmt: skip
    for quoted in ours:
        assert quoted in text
        assert quoted in said or quoted.replace("apply", "{command}") in said


def test_what_the_architecture_names_is_there() -> None:
    text = re.sub(r"\]\([^)]*\)|<br>", " ", (ROOT / "docs" / "architecture.md").read_text())
    named = set(re.findall(r"(?<![\w/.])(?:\w+/)+[\w.]*", text))
    assert len(named) > 30
    places = [ROOT, ROOT / "orchestrator"]
    missing = {
        name for name in named
        if not any((place / name).exists() or (place / f"{name}.py").exists() for place in places)
    }  # fmt: skip
    assert missing == {"cli/verbs/FOLDER/options.py", "review/rules/FOLDER/"}


def test_every_package_that_is_asked_for_is_described() -> None:
    described = " ".join(row[0] for row in rows("docs/dependencies.md"))
    missing = {name for name in direct_requirements() if not re.search(rf"(?i)(?<![\w-]){name}(?![\w-])", described)}
    assert missing == set()


def test_every_mark_is_described_as_it_is_registered() -> None:
    registered = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    described = {row[0].strip("`"): row[1] for row in rows("CONTRIBUTING.md")}
    assert {mark.partition(": ")[0]: mark.partition(": ")[2] for mark in registered}.items() <= described.items()
    (fast,) = re.findall(r'-m "not \((.+?)\)"', (ROOT / "CONTRIBUTING.md").read_text())
    # What is long is left out anyway.
    assert sorted([*fast.split(" or "), "long"]) == sorted(mark.partition(":")[0] for mark in registered)


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
