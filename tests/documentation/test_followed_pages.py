"""How a page is followed: what is typed, what is written, and that a page which shows something else is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.system import paths
from tests.system import pages
from tests.system.pages import Command, File, Shell

PAGE = """\
# A page

Write this:

```python
# services/hello/server.py
print("hello")
```

```yaml
paths: [/only-to-be-read]
```

```console
$ echo one; echo two
one
two
$ NAME=somebody
```

```console
$ cat services/hello/server.py | tail -1
print("hello")
$ echo "after 12.5 s: ${NAME:-nobody}"
after 3.0 s: nobody
```
"""


def test_a_page_is_files_and_shells_in_their_order() -> None:
    assert list(pages.steps(PAGE)) == [
        File("services/hello/server.py", '# services/hello/server.py\nprint("hello")\n'),
        Shell((Command("echo one; echo two", ("one", "two")), Command("NAME=somebody"))),
        Shell((
            Command("cat services/hello/server.py | tail -1", ('print("hello")',)),
            Command('echo "after 12.5 s: ${NAME:-nobody}"', ("after 3.0 s: nobody",)),
        )),
    ]  # fmt: skip


def test_it_is_done_in_the_folder(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    folder = tmp_path / "clone"
    folder.mkdir()
    printed = pages.follow(page, folder, dict(os.environ))
    assert printed == ["one\ntwo\n", "", 'print("hello")\n', "after 12.5 s: nobody\n"]
    assert (folder / "services/hello/server.py").read_text().endswith('print("hello")\n')


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        ("\nprint(\"hello\")\n$", "\nprint(\"goodbye\")\n$", "cat services/hello/server.py | tail -1 printed"),
        ("$ NAME=somebody", "$ false", "false ended with 1"),
        ("\ntwo\n", "\n", "echo one; echo two printed"),
    ],
)  # fmt: skip
def test_a_page_that_says_something_else_is_found(tmp_path: Path, before: str, after: str, wrong: str) -> None:
    page = tmp_path / "page.md"
    assert before in PAGE
    page.write_text(PAGE.replace(before, after))
    with pytest.raises(AssertionError, match=wrong.replace("|", r"\|")):
        pages.follow(page, tmp_path, dict(os.environ))


def test_a_command_may_fail_if_the_next_one_asks_for_its_exit_code(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ sh -c 'echo a\n> exit 7'\na\n$ echo $?\n7\n$ echo $?\n0\n```\n")
    assert pages.follow(page, tmp_path, dict(os.environ)) == ["a\n", "7\n", "0\n"]


def test_a_command_may_go_on_in_the_next_line() -> None:
    text = "```console\n$ echo a \\\n    b\na b\n$ echo 'c\n> d'\nc\nd\n```\n"
    assert list(pages.commands(text)) == [Command("echo a \\\n    b", ("a b",)), Command("echo 'c\nd'", ("c", "d"))]


@pytest.mark.parametrize(
    ("shown", "fits"),
    [
        (["a", "b", "c"], True),
        (["a", "..."], True),
        (["...", "b", "..."], True),
        (["...", "c"], True),
        (["a", "...", "c"], True),
        ([], True),
        (["a", "b"], False),
        (["b", "c"], False),
        (["...", "b"], False),
        (["...", "c", "...", "a", "..."], False),
    ],
)
def test_lines_may_be_left_out_only_where_the_page_says_so(shown: list[str], fits: bool) -> None:
    assert pages.is_as_shown(shown, "a\nb\nc\n") is fits


@pytest.mark.parametrize("name", ["quick-start", "bring-your-own", "way-back", "your-project"])
def test_what_is_typed_stands_where_it_is_found(name: str) -> None:
    """Not in a block of another kind, nor indented: a test would pass it over."""
    text = (paths.ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    fences = [line for line in text.splitlines() if line.lstrip().startswith("```")]
    assert all(line.startswith("```") for line in fences)
    assert not {"```sh", "```bash", "```shell"} & set(fences)
    typed = [command.typed for command in pages.commands(text)]
    assert len(typed) == sum(line.startswith(pages.PROMPT) for line in text.splitlines())
    assert "python3 orchestrate.py up" in " ".join(typed)
