"""What a Dockerfile says before it is built: which build arguments it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


def arguments(text: str) -> frozenset[str]:
    """The names that its `ARG` instructions declare."""
    return frozenset(
        word.partition("=")[0]
        for line in _instructions(text)
        if (found := re.match(r"ARG\s+(.+)", line, re.IGNORECASE))
        for word in _words(found[1])
    )


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
