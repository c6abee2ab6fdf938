"""Generated pages.

`python -m tools.pages` writes those that are out of date, `python -m tools.pages --check` only names them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from orchestrator.system import paths
from tools import access_page, answer_page, manifest_pages, module_tables, rule_pages, type_pages

# A page without a text is of something that is no more.
Pages = Mapping[Path, str | None]


def rules() -> Pages:
    """What a review looks for, and pages of rules that are no more."""
    wanted: dict[Path, str | None] = {rule_pages.FOLDER / name: text for name, text in rule_pages.pages().items()}
    return dict.fromkeys(rule_pages.FOLDER.glob("*.md")) | wanted


def corpus() -> Pages:
    """The plans that the review is tested with."""
    from tests.review.corpus import cases, make

    return {make.CORPUS / "README.md": cases.page()}


def types() -> Pages:
    """What a review knows of the types that are used most."""
    return dict(type_pages.pages())


def measurements() -> Pages:
    """The results of the last measurements."""
    from benchmarks.review import report as review
    from benchmarks.services import report as services

    found = {}
    for name, report in (("review", review), ("services", services)):
        folder = paths.ROOT / "benchmarks" / name / "results"
        found[folder / "README.md"] = report.render(json.loads((folder / "results.json").read_text()))
    return found


def modules() -> Pages:
    """Inputs and outputs of every Terraform module, root modules among them."""
    folders = sorted(file.parent for file in paths.TERRAFORM.rglob("variables.tf") if ".terraform" not in file.parts)
    return {folder / "README.md": module_tables.page(folder) for folder in folders}


def manifests() -> Pages:
    """What follows from the schema of service.yaml."""
    return dict(manifest_pages.pages())


def answers() -> Pages:
    """What commands print with `--json`."""
    return dict(answer_page.pages())


def access() -> Pages:
    """What a deploy to AWS calls."""
    return dict(access_page.pages())


# Tables of modules come after the variable that is generated.
GENERATORS: tuple[Callable[[], Pages], ...] = (
    rules, types, corpus, measurements, manifests, answers, access, modules,
)  # fmt: skip


def stale() -> Iterator[tuple[Path, str | None]]:
    """The pages that are not what they should be, each with what it should be."""
    for generate in GENERATORS:
        for file, text in generate().items():
            if (file.read_text() if file.exists() else None) != text:
                yield file, text


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or check them. Returns 1 if `--check` found one that is out of date."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.pages", description="Writes the generated pages that are out of date.", allow_abbrev=False
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is out of date")
    options = parser.parse_args(arguments)
    found = False
    for file, text in stale():
        found = True
        name = file.relative_to(paths.ROOT)
        if options.check:
            sys.stdout.write(f"{name} is out of date\n")
        else:
            if text is None:
                file.unlink()
            else:
                file.write_text(text)
            sys.stdout.write(f"{name} is {'removed' if text is None else 'written'}\n")
    return int(found and options.check)


if __name__ == "__main__":
    sys.exit(main())
