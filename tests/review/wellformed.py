"""Renderings taken apart: each of these fails at whatever this project did not put into a report itself."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token

from orchestrator.review.render import json as machine
from orchestrator.review.render import markdown
from orchestrator.review.render.text import UNSEEN

SCHEMA = Draft202012Validator(
    json.loads((Path(machine.__file__).parent / "review.schema.json").read_text(encoding="utf-8"))
)
VOID = {"meta", "link", "input", "wbr", "br"}
SHAPES = {"path", "circle", "rect"}
TAGS = VOID | SHAPES | {
    "html", "head", "title", "style", "script", "body", "header", "div", "p", "h1", "h2", "h3", "ul", "ol", "li", "nav",
    "main", "section", "a", "b", "code", "span", "form", "label", "output", "del", "ins", "details", "summary", "pre",
    "figure", "figcaption", "svg", "g", "text", "desc", "footer",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "rel", "href", "class", "id", "aria-label", "aria-labelledby",
    "aria-hidden", "aria-live", "role", "tabindex", "data-severity", "hidden", "open", "type", "placeholder", "checked",
    "value", "viewbox", "xmlns", "width", "height", "x", "y", "rx", "cx", "cy", "r", "d",
}  # fmt: skip


class Reader(HTMLParser):
    """Notes every tag and id and the page's text; fails at what this project did not write.

    `links` are how a link may begin that leads out of the file.
    """

    def __init__(self, links: tuple[str, ...] = ()) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = ("#", "data:image/svg+xml,", *links)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            if name == "href":
                assert value and value.startswith(self.allowed), value
                self.links.append(value)
            if name == "id":
                assert value is not None
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES, tag
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def page(said: str, links: tuple[str, ...] = ()) -> Reader:
    """The page, if it is well formed and all of it is this project's own."""
    assert said.encode("utf-8")
    reader = Reader(links)
    reader.feed(said)
    reader.close()
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert not any(UNSEEN.search(line) for line in said.split("\n"))
    return reader


PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OWN_HTML = re.compile(
    r"<!-- storyizer-review:[\w.-]* -->|<br>|</?details>|"
    r"<details>\n<summary>(?:By resource|<code>[^<>]*</code>: [\d,]+ (?:resources?|created))</summary>"
)
OWN_TYPES = {
    "paragraph_open", "paragraph_close", "heading_open", "heading_close", "inline", "bullet_list_open",
    "bullet_list_close", "list_item_open", "list_item_close", "blockquote_open", "blockquote_close", "html_block",
    "fence", "text", "softbreak", "hardbreak", "strong_open", "strong_close", "code_inline", "html_inline",
}  # fmt: skip
TITLES = {
    "SAFE TO APPLY", "LOOK CLOSELY", "DANGEROUS", "Deploys", "Findings", "Excepted by the policy", "Checks", "Changes",
    "Changed outside of Terraform", "Cost", "Outputs", "Policy",
}  # fmt: skip
# As GitHub finds them in text, after Markdown: https://docs.github.com/get-started/writing-on-github
CALLS = re.compile(r"(?<![\w`])@[a-z0-9]|(?<!\w)#\d|\bGH-\d|\w/\w+#\d|https?://|\bwww\.", re.IGNORECASE)


def _tokens(said: str) -> list[Token]:
    """All of a comment's tokens, those of inline text too."""
    return [each for token in PARSER.parse(said) for each in (token, *(token.children or []))]


def comment(said: str, limit: int = markdown.LIMIT) -> None:
    """Fails if the comment is too long, or if there is anything in it that this project did not put there."""
    assert len(said) <= limit
    assert said.encode("utf-8")
    found = _tokens(said)
    assert {token.type for token in found} <= OWN_TYPES
    for place, token in enumerate(found):
        if token.type in ("html_block", "html_inline"):
            assert OWN_HTML.fullmatch(token.content.strip()), token.content[:300]
        if token.type == "heading_open":
            assert found[place + 1].content in TITLES
        if token.type == "text":
            assert not CALLS.search(token.content), token.content[:300]
    blocks = "".join(token.content for token in found if token.type == "html_block")
    assert blocks.count("<details>") == blocks.count("</details>")
    visible = said.replace("\u200b", "").replace("\n", "")
    assert not UNSEEN.search(visible)


def document(said: str) -> dict[str, Any]:
    """What a program reads, if it keeps to the schema."""
    read: dict[str, Any] = json.loads(said)
    SCHEMA.validate(read)
    return read


def lines(said: str) -> list[str]:
    """What a terminal shows, if it obeys none of it."""
    assert said.encode("utf-8")
    shown = said.split("\n")
    assert not any(UNSEEN.search(line) for line in shown)
    return shown
