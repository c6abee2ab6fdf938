"""Sentences with blanks as HTML: what the script draws later, the page shows from the beginning."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from .texts import Kind, Texts

_ARROW: Final = '<svg viewBox="0 0 10 6" width="10" height="6" aria-hidden="true"><path d="m1 1 4 4 4-4"/></svg>'
_BRACES: Final = re.compile(r"(?P<braces>\{[^{}]+\})")
_GLUED: Final = re.compile(rf"(?P<before>[^\s{{}}]{{0,3}}){_BRACES.pattern}(?P<after>[^\s{{}}]{{0,8}})")


def heading(text: str, texts: Texts) -> str:
    """A heading, its parts in braces as word tiles of one kind after the other."""
    kinds = iter(texts.kinds)
    return _tiles(text, lambda part: f'<span class="tile {next(kinds)}">{part[1:-1]}</span>')


def plain(text: str) -> str:
    """A heading as text alone."""
    return _BRACES.sub(lambda part: part[0][1:-1], text)


def preview(template: str, texts: Texts) -> str:
    """The sentence with its blanks as tiles without a word, which name what is missing."""
    blanks = _blanks(texts)

    def tile(blank: str) -> str:
        kind, name = blanks[blank]
        label = html.escape(texts.script["chip_empty"].format(kind=name))
        return f'<button type="button" class="tile {kind} empty" aria-label="{label}">{html.escape(name)}</button>'

    return _tiles(template, tile)


def ink(template: str, texts: Texts) -> str:
    """What lies under the text field: the same text, with a colour under each blank."""
    blanks = _blanks(texts)
    return _BRACES.sub(lambda found: f'<mark class="{blanks[found[0]][0]}">{found[0]}</mark>', html.escape(template))


def kind_buttons(texts: Texts) -> Iterator[str]:
    """For each kind a button that inserts its blank, one that opens the other forms, and these."""
    for kind, entry in texts.kinds.items():
        forms = list(entry.forms.values())
        menu = f"forms-{kind}"
        more = ""
        if len(forms) > 1:
            label = html.escape(texts.page["forms_of"].format(kind=entry.name))
            items = "".join(
                f'<button type="button" data-blank="{html.escape(form.blank)}">'
                f"<span>{html.escape(form.label)}</span> <i>{html.escape(form.example)}</i></button>"
                for form in forms
            )
            more = (
                f'<button type="button" class="more" popovertarget="{menu}" aria-label="{label}">'
                f"{_ARROW}</button>"
                f'<div class="forms {kind}" id="{menu}" popover role="group" aria-label="{label}">{items}</div>'
            )
        yield (
            f'            <span class="kind {kind}"><button type="button" data-blank="{html.escape(forms[0].blank)}">'
            f'<span aria-hidden="true">+</span> {html.escape(entry.name)}</button>{more}</span>'
        )


def _tiles(template: str, tile: Callable[[str], str]) -> str:
    """The template as HTML with `tile(part)` for each part in braces, which it gets with them.

    A tile is a box, and a line could break on either side of it: what is written without a space
    before or after it is held together with it.
    """

    def glued(found: re.Match[str]) -> str:
        return f'<span class="glue">{found["before"]}{tile(found["braces"])}{found["after"]}</span>'

    return _GLUED.sub(glued, html.escape(template))


def _blanks(texts: Texts) -> Mapping[str, tuple[Kind, str]]:
    """Each blank that the page offers, as it is written: its kind, and what it is called."""
    return {
        form.blank: (kind, form.name or entry.name)
        for kind, entry in texts.kinds.items()
        for form in entry.forms.values()
    }
