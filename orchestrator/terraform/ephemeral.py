"""The variables of a root module that Terraform keeps nowhere: given at the plan, they are given again at its apply.

A secret that is in no file comes to such a variable as `TF_VAR_name`, and no other variable is taken from the shell:
one that changes what is planned belongs into the environment's file, where it is reviewed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

# Outside of strings: a comment, a heredoc or spaces, or else a word or a sign.
_CODE = re.compile(
    r"(?P<skipped>#[^\n]*|//[^\n]*|/\*.*?\*/|<<-?(?P<tag>[\w-]+)\n.*?\n[ \t]*(?P=tag)(?=\n|\Z)|\s+)|[\w-]+|.",
    flags=re.DOTALL,
)
# Inside of one: a sign that means itself, the beginning of something that is inserted, or any other sign.
_TEXT = re.compile(r"\\.|\$\$\{|%%\{|[$%]\{|.", flags=re.DOTALL)


def declared(folder: Path) -> frozenset[str]:
    """The names that the root module in that folder declares with `ephemeral = true`."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in folder.glob("*.tf")]
    # Few files have one, and to read HCL sign by sign takes time.
    found = {name for text in texts if "ephemeral" in text for name in _in_hcl(text)}
    return frozenset(found.union(*(_in_json(file) for file in folder.glob("*.tf.json"))))


def _in_hcl(text: str) -> Iterator[str]:
    words = list(_words(text))
    depth, name = 0, ""
    for at, word in enumerate(words):
        if word == "{":
            depth += 1
            if depth == 1:
                name = words[at - 1].strip('"') if at > 1 and words[at - 2] == "variable" else ""
        elif word == "}":
            depth -= 1
        elif depth == 1 and name and words[at : at + 3] == ["ephemeral", "=", "true"]:
            yield name


def _words(text: str) -> Iterator[str]:
    """The words and signs of HCL without its comments; a string is one word, whatever is inserted into it."""
    opened: list[str] = []
    at = start = 0
    while at < len(text):
        inside = opened[-1:] == ['"']
        match = (_TEXT if inside else _CODE).match(text, at)
        assert match is not None  # any sign matches
        sign, before, at = match[0], '"' in opened, match.end()
        if sign == '"' and inside:
            opened.pop()
        elif sign == '"':
            opened.append(sign)
            start = start if before else match.start()
        elif sign in ("${", "%{") if inside else sign == "{":
            opened.append("{")
        elif not inside and sign == "}" and opened:
            opened.pop()
        if '"' in opened:
            continue
        if before:
            yield text[start:at]
        elif match["skipped"] is None:
            yield sign


def _in_json(file: Path) -> set[str]:
    try:
        variables = json.loads(file.read_text(encoding="utf-8")).get("variable", {})
        return {name for name, body in variables.items() if body.get("ephemeral") is True}
    except (ValueError, AttributeError):
        return set()  # Terraform says what is wrong with it
