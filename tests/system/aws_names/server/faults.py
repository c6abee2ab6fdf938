"""Faults that are injected: rules in a file, read again when it changes.

A rule is an object of patterns (`host`, `service`, `action`, `method`, `path`, `principal`, with `*` as a wildcard) and
what happens to the calls that fit them all: `code` with `message` and `status`, or `effect`: "hang" (no answer, for
`seconds`), "cut" (the connection ends without an answer), "redirect" (the bucket is in the region `region`). `after`
calls pass first, and at most `times` are hit, or those of `lasts` seconds from the first one on. With `since` nothing
is hit before a call of that action has been seen.
"""

from __future__ import annotations

import json
import math
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

MATCHED = ("host", "service", "action", "method", "path", "principal")
Rule = dict[str, Any]


class Faults:
    """The rules of one file, and how often each has been met."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._text = ""
        self._rules: list[Rule] = []
        self._met: list[int] = []
        self._over: list[float] = []
        self._seen: set[str] = set()

    def of(self, call: dict[str, str]) -> Rule | None:
        """The rule that hits this call, if one does."""
        self._read()
        rule = self._first(call)
        self._seen.add(call.get("action", ""))
        return rule

    def _first(self, call: dict[str, str]) -> Rule | None:
        for place, rule in enumerate(self._rules):
            if not all(fnmatchcase(call.get(name, ""), rule[name]) for name in MATCHED if name in rule):
                continue
            if "since" in rule and rule["since"] not in self._seen:
                continue
            self._met[place] += 1
            number, now = self._met[place] - rule.get("after", 0), time.monotonic()
            if number == 1:
                self._over[place] = now + rule.get("lasts", math.inf)
            if 0 < number <= rule.get("times", number) and now < self._over[place]:
                return rule
        return None

    def _read(self) -> None:
        text = self._file.read_text() if self._file.exists() else "[]"
        if text != self._text:
            self._text, self._rules = text, json.loads(text)
            self._met, self._over = [0] * len(self._rules), [math.inf] * len(self._rules)
            self._seen.clear()
