"""Manifests that are right, and that are wrong: each of these with the line and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from string import ascii_lowercase

from orchestrator.project.routing import listener_priority

# fmt: off
MISTAKES = (
    ("paths: [/a]\nsmoke: /a\n", 2, "'smoke' is not a list; write a list of requests"),
    ("paths: [/a]\nsmoke: {get: /a}\n", 2, "'smoke' is not a list"),
    ("paths: [/a]\nsmoke:\n  - get: /a\n  - /a\n", 4, "'smoke' holds something that is no request"),
    ("paths: [/a]\nsmoke:\n  - gett: /a\n", 3, "the unknown key 'gett'; did you mean 'get'?"),
    ("paths: [/a]\nsmoke:\n  - status: 200\n", 3, "a request with no method; give it one of get, post"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, put: /a}\n", 3, "a request with more than one method"),
    ("paths: [/a]\nsmoke:\n  - get: a\n", 3, "asks for 'a', which is not a path; begin with /, or with {base}"),
    ("paths: [/a]\nsmoke:\n  - get: 3\n", 3, "asks for 3, which is not a path"),
    ("paths: [/a]\nsmoke:\n  - get: /ab\n", 3, "'/ab', which goes to another service; use a path below /a"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, body: x}\n", 3, "gives a get a body"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, status: true}\n", 3, "expects the status True; use a number"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, status: 100}\n", 3, "expects the status 100"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, contains: 3}\n", 3, "contains something that is not text"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, json: .inf}\n", 3, "a json that JSON cannot hold"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, headers: [a]}\n", 3, "headers that are not a mapping of texts"),
    ("paths: [/a]\nsmoke:\n  - {get: /a, keep: {x: body}}\n", 3, "keeps something else than a part of an answer"),
    ("paths: [/a]\nsmoke:\n  - {get: '/a/{x}', keep: {x: json x}}\n", 3, "uses {x}, which no request before"),
    ("paths: [/a]\nprot: 80\n", 2, "unknown key 'prot'; did you mean 'port'?"),
    ("paths: [/a]\ncolour: red\n", 2, "unknown key 'colour'; known keys: paths, kind, port"),
    ('paths: [/a]\nport: "8000"\n', 2, "'port' is text, not a whole number"),
    ("paths: [/a]\nport: 80\n", 2, "'port' is 80; use 1024 to 65535"),
    ("paths: [/a]\nport: true\n", 2, "'port' is true/false"),
    ("paths: [/a]\n\ncpu: 300\n", 3, "'cpu' is 300; use one of 256"),
    ("paths: [/a]\ncpu: [256]\n", 2, "'cpu' is [256]; use one of 256"),
    ("paths: [/a]\ncpu: {a: 1}\n", 2, "'cpu' is {'a': 1}; use one of 256"),
    ("paths: [/a]\ncpu: 256.0\n", 2, "'cpu' is 256.0; use one of 256"),
    (
        "paths: [/a]\nhealth: 2020-13-45\n",
        2,
        '2020-13-45 is not read as it is written: YAML reads a time; quote it: "',
    ),
    ("paths: [/a]\nenvironment: {[a]: b}\n", 2, "'environment' has a value that YAML cannot read"),
    ("paths: [/a]\n[a]: b\n", 2, "a key that is a list or a mapping"),
    ("paths: [/a]\ncpu: 1024\nmemory: 512\n", 2, "Fargate has no task of 1024 CPU units and 512 MiB"),
    ("paths: [/a]\nmemory: 4096\n", 2, "Fargate has no task of 256 CPU units and 4096 MiB"),
    ("paths: [/a]\ncount: -1\n", 2, "'count' is -1"),
    ("paths: [/a]\nhealth: healthz\n", 2, "'health' is 'healthz', not a path"),
    ("paths: [/a]\ntable: write\n", 2, "'table' is 'write'; use one of none, read-only, read-write"),
    ("paths: [/a]\nenvironment: [A]\n", 2, "'environment' is a list, not a mapping"),
    ("paths: [/a]\nenvironment:\n  A: 1\n", 3, "'environment' sets A to a number, not text"),
    ("paths: [/a]\nenvironment:\n  PORT: '1'\n", 3, "'environment' sets PORT, which Terraform sets"),
    ("paths: /a\n", 1, "'paths' is text; write a list"),
    ("paths: []\n", 1, "'paths' is an empty list"),
    ("paths: [/a/]\n", 1, "'/a/', which is not a path prefix"),
    ("paths: ['/a/*']\n", 1, "no wildcard"),
    ("paths: [/a, /a]\n", 1, "'paths' holds a path twice"),
    ("paths: [/a]\npaths: [/b]\n", 2, "key 'paths' stands twice"),
    ("port: 8000\n", 1, "the key 'paths' is missing"),
    ("- paths\n", 1, "not a mapping"),
    ("", 1, "not a mapping"),
    ("paths: [/a\nport: 1\n", 2, "not valid YAML"),
    ("paths: [/a]\nenvironment:\n\n  NO: x\n", 4, 'the key NO is true/false in YAML, not text; quote it: "NO"'),
    ("paths: [/a]\nenvironment:\n  y: x\n", 3, 'the key y is true/false in YAML, not text; quote it: "y"'),
    ("paths: [/a]\nenvironment: {~: x}\n", 2, "the key ~ is nothing in YAML"),
    ("paths: [/a]\nenvironment:\n  A: x\n  1e3: x\n", 4, "the key 1e3 is a number in YAML"),
    ("paths: [/a]\nenvironment:\n  A: x\n  A: z\n", 4, "'environment' sets A twice; keep one"),
    (
        "paths: [/a]\nenvironment:\n  A: yes\n",
        3,
        "'environment' sets A to true/false, not text; quote it: A: \"yes\"",
    ),
    ("paths: [/a]\nenvironment:\n  A: y\n", 3, 'YAML readers disagree (text, or true/false); quote it: "y"'),
    ("paths: [/a]\nenvironment:\n  A: 08\n", 3, 'YAML readers disagree (text, or a number); quote it: "08"'),
    (
        "paths: [/a]\nenvironment:\n  A: 1.10\n",
        3,
        "'environment' sets A to a decimal, not text; quote it: A: \"1.10\"",
    ),
    ("paths: [/a]\nenvironment:\n  A: 2026-11-27\n", 3, "YAML reads a time"),
    ('paths: [/a]\nenvironment:\n  A: "a\\0b"\n', 3, "a NUL in it"),
    ("paths: [/a]\nport: 017500\n", 2, "another number to YAML 1.1 than to YAML 1.2"),
    ("paths: [/a]\nport: 8_000\n", 2, "YAML readers disagree (a number, or text)"),
    ("paths: [/a]\nport: 2:13:20\n", 2, "YAML readers disagree (a number, or text)"),
    ("paths: [/a]\ncount: -0\n", 2, "another number"),
    ("paths: [/a]\ntable: no\n", 2, "'table' is no; use one of none"),
    ("paths: [/a]\nport: !!int '8000'\n", 2, "a tag (!)"),
    ("x: &x {A: b}\npaths: [/a]\nenvironment:\n  <<: *x\n", 4, "<< is not read the same"),
    ("paths: [/a]\nenvironment:\n  '<<': {A: b}\n", 3, "<< is not read the same"),
    ("paths: [/a]\nhealth: &h /h\nenvironment: {*h : x}\n", 3, "*h stands for a key"),
    ("%YAML 1.2\n---\npaths: [/a]\n", 1, "only YAML 1.1 is read"),
)
# fmt: on
# Of these the text itself is what is wrong: to a program that has read it, they may be right.
IN_THE_TEXT = (
    "quote it",
    "another number",
    "the key ",
    "stands twice",
    "sets A twice",
    "YAML readers",
    "not valid YAML",
    "cannot read",
    "a tag",
    "<<",
    "stands for a key",
    "1.1",
    "a key that is a list",
    "JSON cannot hold",
    "a path twice",
)
INVALID = tuple(
    text for text, _, said in MISTAKES if not any(part in said for part in IN_THE_TEXT) or said.startswith("the key '")
)
VALID = (
    "paths: [/api/verbs]\n",
    "paths: [/a, /b]\nport: 9000\ncpu: 512\nmemory: 1024\ncount: 0\nhealth: /up\n"
    "environment: {A: b}\ntable: read-only\n",
    "paths: [/]\nmemory: 2048\n",
    "paths: [/]\ncpu: 16384\nmemory: 122880\ncount: 100\n",
    "paths: [/a]\nenvironments: {staging: {count: 1}, local: {environment: {A: b}}}\n",
    "paths: [/a]\nsmoke: [{get: /a}, {post: '{base}', body: [1], status: 201, keep: {x: json x}}, {get: '/a/{x}'}]\n",
)


def sharing(path: str) -> Iterator[str]:
    """Other paths of that length that would have its place."""
    head = path.rpartition("/")[0]
    made = (f"{head}/{''.join(letters)}" for letters in product(ascii_lowercase, repeat=len(path) - len(head) - 1))
    return (each for each in made if each != path and listener_priority(each) == listener_priority(path))
