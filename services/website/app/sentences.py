"""Sentences with blanks as HTML: what the script draws later, the page shows from the beginning."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Final

from .texts import Kind, Texts

_ARROW: Final = '<svg viewBox="0 0 10 6" width="10" height="6" aria-hidden="true"><path d="m1 1 4 4 4-4"/></svg>'
_BRACES: Final = re.compile(r"\{(?P<name>[^{}:]+)(?::[^{}]+)?\}")
_GLUED: Final = re.compile(rf"(?P<before>[^\s{{}}]{{0,3}}){_BRACES.pattern}(?P<after>[^\s{{}}]{{0,8}})")


def headline(texts: Texts) -> str:
    """The page's headline, its parts in braces as word tiles of one kind after the other."""
    kinds = iter(texts.kinds)
    return _tiles(texts.page["headline"], lambda name: f'<span class="tile {next(kinds)}">{name}</span>')


def preview(template: str, texts: Texts) -> str:
    """The sentence with its blanks as tiles without a word."""

    def tile(name: str) -> str:
        label = html.escape(texts.script["chip_empty"].format(kind=name))
        return f'<button type="button" class="tile {_kind(name, texts)} empty" aria-label="{label}">{name}</button>'

    return _tiles(template, tile)


def ink(template: str, texts: Texts) -> str:
    """What lies under the text field: the same text, with a colour under each blank."""
    text = html.escape(template)
    return _BRACES.sub(lambda blank: f'<mark class="{_kind(blank["name"], texts)}">{blank[0]}</mark>', text)


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
    """The template as HTML with `tile(name)` for each part in braces.

    A tile is a box, and a line could break on either side of it: what is written without a space
    before or after it is held together with it.
    """

    def glued(found: re.Match[str]) -> str:
        return f'<span class="glue">{found["before"]}{tile(found["name"])}{found["after"]}</span>'

    return _GLUED.sub(glued, html.escape(template))


def _kind(name: str, texts: Texts) -> Kind:
    return next(kind for kind, entry in texts.kinds.items() if name.lower() in (kind, entry.name))
