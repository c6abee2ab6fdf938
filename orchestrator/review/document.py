"""A page that is one file: nothing is loaded from anywhere, and nothing runs but the script that it is given."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from orchestrator.review.model import Verdict

STYLE: Final = (Path(__file__).parent / "render" / "review.css").read_text(encoding="utf-8")
COLOURS = {Verdict.SAFE: "1a7f4b", Verdict.CAREFUL: "b7791f", Verdict.DANGEROUS: "c5281c"}
ICONS = {
    Verdict.SAFE: '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/>',
    Verdict.CAREFUL: '<path d="M12 3 22.5 21h-21z"/><path d="M12 10v5m0 2.6v.4"/>',
    Verdict.DANGEROUS: '<path d="M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z"/><path d="M12 7v6m0 3.1v.4"/>',
}


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading: `name` is its id, `count` is shown beside its title in the contents."""

    name: str
    title: str
    count: int | None
    content: Callable[[], Iterable[str]]


def whole(title: str, body: str, verdict: Verdict, *, style: str = STYLE, script: str = "") -> str:
    """The whole file, with a line end. `title` and `body` are markup."""
    dot = f"<circle cx='8' cy='8' r='8' fill='#{COLOURS[verdict]}'/>"
    tab = quote(f"<svg xmlns='http://www.w3.org/2000/svg'>{dot}</svg>")
    end = f"<script>{script}</script>\n" if script else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="icon" href="data:image/svg+xml,{tab}">
<style>{style}</style>
</head>
<body>
{body}
{end}</body>
</html>
"""


def sections(there: Sequence[Section], otherwise: str = "") -> Iterator[str]:
    """The contents and the sections; `otherwise` is what stands there if there are none."""
    if there:
        yield '<nav aria-label="Contents"><ul>'
        for part in there:
            count = "" if part.count is None else f" <b>{part.count:,}</b>"
            yield f'<li><a href="#{part.name}">{part.title}{count}</a></li>'
        yield "</ul></nav>"
    yield "<main>"
    for part in there:
        heading = f'<h2 id="{part.name}-title">{part.title}</h2>'
        yield f'<section id="{part.name}" aria-labelledby="{part.name}-title">{heading}'
        yield from part.content()
        yield "</section>"
    if not there:
        yield otherwise
    yield "</main>"


def icon(verdict: Verdict) -> str:
    """The sign of a verdict, for its heading."""
    return f'<svg viewBox="0 0 24 24" aria-hidden="true">{ICONS[verdict]}</svg>'


def _policy(style: str, script: str) -> str:
    def source(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    scripts = f" script-src {source(script)};" if script else ""
    return f"default-src 'none'; style-src {source(style)};{scripts} img-src data:; base-uri 'none'; form-action 'none'"
