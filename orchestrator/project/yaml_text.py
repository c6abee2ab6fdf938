"""Where a YAML text means one thing to one reader and another to the next.

PyYAML follows YAML 1.1; editors, and most other programs that may read a manifest, follow YAML 1.2. What both read the
same is left alone. The rest is reported, because what one of them acts on is something that nobody has written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import yaml

_STR = "tag:yaml.org,2002:str"
_KINDS = {
    _STR: "text", "tag:yaml.org,2002:int": "a number", "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:bool": "true/false", "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:timestamp": "a time",
}  # fmt: skip
# What other readers take for something else than text where it is not quoted.
_OTHERS = {
    "true/false": re.compile(
        r"y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF"
    ),
    "nothing": re.compile(r"|~|null|Null|NULL"),
    "a number": re.compile(
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|[-+]?0o[0-7]+|[-+]?\.(inf|Inf|INF|nan|NaN|NAN)"
    ),
    "a time": re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9].*)?"),
}  # fmt: skip
# Octal to YAML 1.1, decimal to YAML 1.2; a sign that some keep.
_OTHER_NUMBER = re.compile(r"[-+]?0[0-9_]+|-0")


@dataclass(frozen=True)
class Difference:
    """Something that is read in two ways: where it stands, what it is, and what to write instead."""

    mark: yaml.Mark = field(repr=False)
    text: str
    fix: str

    @property
    def line(self) -> int:
        """The line in the file, from 1."""
        return int(self.mark.line) + 1

    @property
    def index(self) -> int:
        """The place in the text, from 0."""
        return int(self.mark.index)


def composed(text: str) -> tuple[yaml.Node | None, tuple[Difference, ...]]:
    """A text's nodes, and every place that is read in two ways. Raises `yaml.YAMLError` where it is no YAML at all."""
    loader, events = yaml.SafeLoader(text), []
    parse = loader.get_event

    def get_event() -> yaml.Event:
        event = parse()
        events.append(event)
        return event

    # Parsing takes nearly all of the time: what the nodes are made of is kept, and looked through afterwards.
    loader.get_event = get_event
    node = loader.get_single_node()
    return node, tuple(_differences(loader, events))


def _differences(loader: yaml.SafeLoader, events: Iterable[yaml.Event]) -> Iterator[Difference]:
    # For each mapping or list that is open whether a key comes next; None in a list.
    open_: list[bool | None] = []
    for event in events:
        is_key = bool(open_ and open_[-1])
        if isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent, yaml.CollectionStartEvent)):
            yield from _judged(loader, event, is_key)
            if open_ and open_[-1] is not None:
                open_[-1] = not open_[-1]
        elif isinstance(event, yaml.DocumentStartEvent) and event.version not in (None, (1, 1)):
            yield Difference(event.start_mark, "only YAML 1.1 is read", "remove the line with %YAML")
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append(True if isinstance(event, yaml.MappingStartEvent) else None)
        elif isinstance(event, yaml.CollectionEndEvent):
            open_.pop()


def _judged(loader: yaml.SafeLoader, event: yaml.NodeEvent, is_key: bool) -> Iterator[Difference]:
    mark = event.start_mark
    if isinstance(event, yaml.AliasEvent):
        if is_key:
            yield Difference(
                mark, f"*{event.anchor} stands for a key, which not every YAML reader takes", "write the key"
            )
        return
    if event.tag not in (None, _STR) or (event.tag == _STR and not isinstance(event, yaml.ScalarEvent)):
        yield Difference(mark, "a tag (!) changes the type of the value", "write the value without it")
        return
    if isinstance(event, yaml.ScalarEvent):
        if is_key and event.value == "<<":
            yield Difference(mark, "<< is not read the same by all YAML readers", "write the keys out")
        elif event.style is None and event.tag is None:
            yield from _plain(loader, event, is_key)
        else:
            yield from _quoted(event)


def _plain(loader: yaml.SafeLoader, event: yaml.ScalarEvent, is_key: bool) -> Iterator[Difference]:
    mark, written = event.start_mark, event.value
    tag = loader.resolve(yaml.ScalarNode, written, (True, False))
    python = _KINDS.get(tag, "something special")
    other = next((kind for kind, words in _OTHERS.items() if words.fullmatch(written)), "text")
    quoted = f'"{written}"'
    if is_key and (python, other) != ("text", "text"):
        kind = python if python != "text" else other
        yield Difference(mark, f"the key {written or '(empty)'} is {kind} in YAML, not text", f"quote it: {quoted}")
    elif python != other or python == "a time":
        reads = f"YAML readers disagree ({python}, or {other})" if python != other else f"YAML reads {python}"
        yield Difference(mark, f"{written} is not read as it is written: {reads}", f"quote it: {quoted}")
    elif python == "a number" and _OTHER_NUMBER.fullmatch(written):
        fix = f"write the number without the zero before it, or quote it: {quoted}"
        yield Difference(mark, f"{written} is another number to YAML 1.1 than to YAML 1.2", fix)


def _quoted(event: yaml.ScalarEvent) -> Iterator[Difference]:
    mark = event.start_mark
    if re.search("[\ud800-\udfff]", event.value):
        yield Difference(mark, "half a character (\\ud800 to \\udfff)", "write the character itself")
