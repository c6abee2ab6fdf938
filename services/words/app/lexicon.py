"""The lexicon: word lists that are read once and never change."""

import random
from collections.abc import Mapping
from importlib.resources import files

from .limits import KINDS

Lexicon = Mapping[str, tuple[str, ...]]


def parse(text: str) -> tuple[str, ...]:
    """The words of a data file: separated by white space, `#` starts a comment."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(word for line in lines for word in line.split())


def load() -> Lexicon:
    """Reads the data files beside this module, one for each kind: `data/noun.txt`."""
    data = files(__package__) / "data"
    return {kind: parse((data / f"{kind}.txt").read_text("utf-8")) for kind in KINDS}


def pick(words: tuple[str, ...], count: int) -> list[str]:
    """`count` different words in random order."""
    return random.sample(words, count)
