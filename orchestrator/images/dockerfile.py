"""What a Dockerfile says before it is built: which build arguments it takes. And lines that are put behind one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
# The image has Python and no shell. Times are fixed, as those of all its files: the same input gives the same layer.
_MAKE = """
import os, sys
user, group, *folders = sys.argv[1:]
for folder in folders:
    os.makedirs(folder, exist_ok=True)
    os.chown(folder, int(user), int(group))
for folder in folders:
    while os.path.dirname(folder) != folder:
        os.utime(folder, (0, 0))
        folder = os.path.dirname(folder)
"""
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


def arguments(text: str) -> frozenset[str]:
    """The names that its `ARG` instructions declare."""
    return frozenset(
        word.partition("=")[0]
        for line in _instructions(text)
        if (found := re.match(r"ARG\s+(.+)", line, re.IGNORECASE))
        for word in _words(found[1])
    )


def folders(paths: Sequence[str], user: str) -> str:
    """Lines for the end of the shared Dockerfile: folders of that user, as volumes.

    A new volume is as the image has the folder. On Fargate one that the image does not declare is root's.
    """
    if not paths:
        return ""
    owner, _, group = user.partition(":")
    make = json.dumps(["python3", "-c", _MAKE, owner, group or "0", *paths])
    # Of these words the builder replaces variables.
    volumes = json.dumps([re.sub(r"([\\$])", r"\\\1", path) for path in paths])
    return f"\nUSER 0:0\nRUN {make}\nUSER {user}\nVOLUME {volumes}\n"


def _words(text: str) -> list[str]:
    """`A B="c d"` as two words: what is in quotes belongs to its word."""
    return re.findall(r"(?:[^\s\"']|\"[^\"]*\"|'[^']*')+", text)


def _instructions(text: str) -> Iterator[str]:
    """The instructions in one line each, without comments and the bodies of here-documents."""
    lines = text.removeprefix("\ufeff").splitlines()
    escape = _escape(lines)
    ends: list[str] = []
    whole = ""
    for line in lines:
        if ends:
            if line.strip() == ends[0]:
                ends.pop(0)
            continue
        if line.lstrip().startswith("#") or (whole and not line.strip()):
            continue
        stripped = line.rstrip()
        if stripped.endswith(escape):
            whole += stripped[:-1] + " "
            continue
        whole = (whole + stripped).strip()
        if whole:
            if re.match(r"(RUN|COPY|ADD)\s", whole, re.IGNORECASE):
                ends = [name for _, name in _HEREDOC.findall(whole)]
            yield whole
        whole = ""
    if whole.strip():
        yield whole.strip()


def _escape(lines: list[str]) -> str:
    """The character that continues a line: `# escape=` among the first comments may name another one."""
    for line in lines:
        found = _DIRECTIVE.match(line.strip())
        if found is None:
            break
        if found[1].lower() == "escape" and found[2] in ("\\", "`"):
            return found[2]
    return "\\"
