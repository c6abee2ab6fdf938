"""Manifests that went wrong: lines lost, moved, indented, repeated, taken from elsewhere, and values of every kind."""

from __future__ import annotations

import random
import re

from tests.orchestrator.importing.make import CORPUS

FILES = sorted(CORPUS.rglob("manifest.yml"))
SERVICES = [file.read_text() for file in FILES if file.parent.parent.name != "environments"]
ENVIRONMENTS = [file.read_text() for file in FILES if file.parent.parent.name == "environments"]
VALUES = (
    "", "null", "true", "[]", "{}", "[{}]", "[a, {b: c}]", "{a: {b: c}}", "-1", "999999999999", "1e9", "2020-01-01",
    "'x'", "${A}", "${COPILOT_ENVIRONMENT_NAME}", "&a [*a]", "*x", "!!binary aGk=", "!Ref x", '"\\ud800"', '"\\0"',
    "é漢😀", "\x85", "|\n    text", "0x1F", "1-2", "3-1", "0", "a/b", "'a:b::'", "/", "//", "/*", "@every", "80",
    "1,2 * * * 8", "x" * 300,
)  # fmt: skip
KEYS = ("image", "http", "count", "secrets", "environments", "sidecars", "storage", "type", "<<", "on")


def mutated(draw: random.Random, text: str) -> str:
    """A text after a few accidents."""
    lines = text.splitlines()
    for _ in range(draw.randint(1, 4)):
        number = draw.randrange(len(lines)) if lines else 0
        lines[number : number + 1] = _accident(draw, lines[number] if lines else "a: b")
    return "\n".join(lines) + draw.choice(["\n", "", "\n---\nb: c\n"])


def _accident(draw: random.Random, line: str) -> list[str]:
    key, colon, rest = line.partition(":")
    other = draw.choice(SERVICES + ENVIRONMENTS).splitlines()
    begin = draw.randrange(len(other))
    return draw.choice([
        [],
        [line, line],
        [line[draw.randint(1, 3) :]],
        [" " * draw.randint(1, 4) + line],
        [f"{key}: {draw.choice(VALUES)}"],
        [re.sub(r"\S+", draw.choice(KEYS), key, count=1) + colon + rest],
        [*other[begin : begin + draw.randint(1, 6)], line],
    ])  # fmt: skip


def application(draw: random.Random) -> dict[str, str]:
    """The files of an application."""
    files = {"api/manifest.yml": mutated(draw, draw.choice(SERVICES))}
    for _ in range(draw.randint(0, 3)):
        files[f"{draw.choice(['web', 'x' * 30, 'Up_per'])}/manifest.yml"] = mutated(draw, draw.choice(SERVICES))
    for _ in range(draw.randint(0, 2)):
        name = draw.choice(["test", "prod", "Prod", "local"])
        files[f"environments/{name}/manifest.yml"] = mutated(draw, draw.choice(ENVIRONMENTS))
    files[".workspace"] = draw.choice(["application: shop\n", "", "x: [", "application: [1]", "application:\n"])
    return files
