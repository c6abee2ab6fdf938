"""The pages, in every language: the one to write on, the one of a story, and the one where there is nothing.

They are the same for everybody, so they are rendered when the service starts. `string.Template` is
enough for that; a template engine would be two more packages in the image. Stories never pass
through here: the script puts them into the page as text, and the picture for sharing one is that of
all stories.
"""

import html
import json
import string
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from . import sentences
from .texts import LANGUAGES, Language, Texts

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
WRITE: Final = "write"
STORY: Final = "story"
MISSING: Final = "missing"
NAMES: Final = (WRITE, STORY, MISSING)
"""The pages, named for their file in `html/` and their script in `static/`."""
ORIGIN: Final = "http://origin.invalid"
"""What stands in a rendered page for the scheme and the host that it is asked for under: no host has this name."""
PICTURE_SIZE: Final = (1200, 630)
"""Width and height of the pictures for sharing, in pixels: what the places where links are shared crop the least."""


@dataclass(frozen=True)
class Paths:
    """Where the page's links lead to."""

    home: str
    """The page to write on."""
    stories: str
    """A story's page, with `ID` where its id goes."""
    static: str
    """The folder of the static files."""
    picture: str = ""
    """The picture that stands for the page where its address is shared, if there is one."""


def render(name: str, language: Language, texts: Texts, paths: Paths, scripts: Iterable[str]) -> bytes:
    """A page's HTML; `scripts` are modules to fetch at once, not one after the other as they import each other."""
    static = html.escape(paths.static)
    values = {key: html.escape(text) for key, text in texts.page.items()}
    values |= {
        "lang": language,
        "home": html.escape(paths.home),
        "stories": html.escape(paths.stories),
        "static": static,
        "script": name,
        "preloads": "\n".join(f'  <link rel="modulepreload" href="{static}/{s}">' for s in scripts),
        "languages": "\n".join(_language_link(other, language) for other in LANGUAGES),
        "alternates": "\n".join(f'  <link rel="alternate" hreflang="{o}" href="?lang={o}">' for o in LANGUAGES),
        "headline_html": sentences.heading(texts.page["headline"], texts),
        "missing_html": sentences.heading(texts.page["missing"], texts),
        "sentence": html.escape(texts.examples[0]),
        "ink": sentences.ink(texts.examples[0], texts),
        "preview": sentences.preview(texts.examples[0], texts),
        "kinds": "\n".join(sentences.kind_buttons(texts)),
        "stage_help": html.escape(texts.script["help_empty"]),
        "texts": _data(texts, language),
        "picture": _picture(paths.picture, texts.page["headline"]) if paths.picture else "",
    }
    if name == STORY:
        values["title"] = values["story_title"]
        values["skip"] = values["skip_story"]
    if name == MISSING:
        values["title"] = values["missing_title"]
        values["skip"] = values["skip_missing"]
    main = _template(name).substitute(values)
    return _template("layout").substitute(values, main=main).encode()


def _template(name: str) -> string.Template:
    return string.Template((files(__package__) / "html" / f"{name}.html").read_text("utf-8"))


def _picture(path: str, headline: str) -> str:
    """What names the picture to whoever shows a link; only a whole address is understood everywhere."""
    width, height = PICTURE_SIZE
    values = {
        "og:image": ORIGIN + path,
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": sentences.plain(headline),
    }
    lines = [f'  <meta property="{name}" content="{html.escape(value)}">\n' for name, value in values.items()]
    return "".join([*lines, '  <meta name="twitter:card" content="summary_large_image">\n'])


def _language_link(language: Language, current: Language) -> str:
    name = {"en": "English", "ko": "한국어"}[language]
    mark = ' aria-current="true"' if language == current else ""
    return f'      <a href="?lang={language}" lang="{language}" hreflang="{language}"{mark}>{name}</a>'


def _data(texts: Texts, language: Language) -> str:
    """What the script needs to know, as JSON in the page. A `<` could end the element around it."""
    kinds = {
        kind: {"name": entry.name, "forms": {key: form.name for key, form in entry.forms.items() if form.name}}
        for kind, entry in texts.kinds.items()
    }
    data = {"lang": language, "examples": texts.examples, "kinds": kinds, **texts.script}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
