"""Nothing that Terraform marks as sensitive is in any rendering, in whatever way it may be written there."""

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from orchestrator.review.model import Review
from orchestrator.review.reading.reading import read
from orchestrator.review.render import html as html_report
from orchestrator.review.render import json as json_report
from orchestrator.review.render import markdown, terminal
from orchestrator.review.review import review
from tests.review import mutated
from tests.review.corpus import cases, make

# A secret => a value with it, and the tree that marks it.
Planted = Callable[[str], tuple[Any, Any]]

NAMES = make.names()
RENDERINGS: dict[str, Callable[[Review], str]] = {
    "terminal": lambda it: terminal.render(it, width=60),
    "colour": lambda it: terminal.render(it, colour=True, width=200),
    "markdown": markdown.render,
    "html": html_report.render,
    "json": json_report.render,
}
# What people have as passwords, keys and tokens; {} makes each of them one of a kind.
KINDS = (
    "Pw{}",
    "q\"<&>{}'\\x",
    "line one {}\nline two of {}\n",
    "päss-{}/+=%20",
    "`{}` *_|~ ${{x}}",
)
WINDOW = 9
"""So many of a secret's own characters in a row are a leak too: of one that was cut off, or written over two lines."""


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("name", [name for name in NAMES if cases.expected(name).canaries])
def test_secrets_of_real_plans_are_in_no_rendering(name: str, rendering: str) -> None:
    kept = make.committed(name)
    canaries = cases.expected(name).canaries
    for canary in canaries:
        assert _squeezed(canary) in _squeezed(kept), f"{canary} is not in the plan, so nothing is shown by its absence"
    text = RENDERINGS[rendering](cases.reviewed(name))
    assert leaks(text, *canaries) == []


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("name", mutated.plans())
def test_secrets_planted_in_a_plan_are_in_no_rendering(name: str, rendering: str) -> None:
    planted, reviewed = _planted_review(name)
    assert leaks(RENDERINGS[rendering](reviewed), *planted) == []


@cache
def _planted_review(name: str) -> tuple[dict[str, str], Review]:
    shown, planted = plant(mutated.plans()[name])
    return planted, review(read(shown))


def test_planting_reaches_every_place() -> None:
    """The corpus is worth something here only if secrets come to lie everywhere."""
    places: set[str] = set()
    for name in NAMES:
        places.update(_planted_review(name)[0].values())
    wanted = {"attribute", "nested", "json", "output"}
    assert {f"{place} {side}" for place in wanted for side in ("before", "after")} <= places


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "written",
    [
        str,
        html.escape,
        json.dumps,
        lambda text: html.escape(json.dumps(json.dumps(text))),
        lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
        quote,
        lambda text: quote(text, safe=""),
        lambda text: "\n".join(text),
        lambda text: text[: len(text) // 2 + 8],
    ],
)
def test_a_leak_is_found_however_it_is_written(kind: str, written: Callable[[str], str]) -> None:
    canary = kind.format(_unique(1, 2), _unique(1, 3))
    assert leaks(f"<p>before {written(canary)} after</p>", canary)
    assert not leaks("<p>before (sensitive) after</p>", canary)


def leaks(text: str, *secrets: str) -> list[str]:
    """In which ways secrets, or parts of them, can be read in a text."""
    plain, found = _squeezed(html.unescape(text)), []
    for secret in secrets:
        forms, parts = _traces(secret)
        found += [form for form in forms if form in text]
        found += [part for part in parts if part in plain]
    return found


@cache
def _traces(secret: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ways in which a secret is written, and the parts of it that are a leak."""
    wanted = _squeezed(secret)
    parts = {wanted[at : at + WINDOW] for at in range(max(1, len(wanted) - WINDOW + 1))}
    # Words of which the secret's kind is made are no secret; its unique digits are.
    return tuple(dict.fromkeys(_forms(secret))), tuple(sorted(p for p in parts if re.search(r"\d.*\d.*\d", p)))


def _forms(secret: str) -> Iterator[str]:
    yield from {secret, html.escape(secret), quote(secret), quote(secret, safe=""), quote_plus(secret)}
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield from {once, html.escape(once), json.dumps(once, ensure_ascii=ascii_only)[1:-1]}
        yield once.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + secret.encode()).decode()
        yield whole[4 if offset else 0 : -4]
        yield whole[4 if offset else 0 : -4].translate(str.maketrans("+/", "-_"))


def _squeezed(text: str) -> str:
    """Only letters and digits, so that neither quotes nor line breaks nor colours hide anything."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"\\u[0-9a-f]{4}|\\[nrt]|%[0-9A-Fa-f]{2}|<wbr>", "", text)
    return re.sub(r"[^A-Za-z0-9]", "", text)


def plant(shown: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A copy of a plan with secrets in it, marked as Terraform marks them; each secret with its place.

    Beside each marked value there are copies that are not marked: in another attribute, in a JSON string, as the key
    of a map, in outputs, in the message of a check, and where resources have an index, in address and index.
    """
    plan = deepcopy(shown)
    planted: dict[str, str] = {}

    def fresh(place: str) -> str:
        number = len(planted)
        secret = KINDS[number % len(KINDS)].format(_unique(number, 1), _unique(number, 2))
        planted[secret] = place
        return secret

    for resource in [*plan.get("resource_changes", []), *plan.get("resource_drift", [])]:
        change, echoes = resource["change"], []
        for side in ("before", "after"):
            if isinstance(change.get(side), dict):
                marks = change.setdefault(f"{side}_sensitive", {})
                marks = change[f"{side}_sensitive"] = marks if isinstance(marks, dict) else {}
                echoes += [_hide(change[side], marks, kind, side, fresh) for kind in ("attribute", "nested", "json")]
        echoes = [echo for echo in echoes if echo]
        for side in ("before", "after"):
            if isinstance(change.get(side), dict) and echoes:
                change[side]["echo"] = f"https://user:{echoes[0]}@example.com/?q={quote(echoes[-1], safe='')}"
                change[side]["echo_json"] = json.dumps({"url": echoes[-1], "old": [echoes[0], {"is": side}]})
                change[side]["echo_map"] = {echoes[0]: side, "basic": base64.b64encode(echoes[-1].encode()).decode()}
        if echoes and "index" in resource and isinstance(resource["index"], str):
            resource["address"] = resource["address"].replace(
                json.dumps(resource["index"]), json.dumps(echoes[0], ensure_ascii=False)
            )
            resource["index"] = echoes[0]
    for name in ("planted", "planted_too"):
        old, new = fresh("output before"), fresh("output after")
        plan.setdefault("output_changes", {})[name] = {
            "actions": ["update"], "before": old, "after": {"nested": [new]}, "after_unknown": False,
            "before_sensitive": True, "after_sensitive": {"nested": [True]},
        }  # fmt: skip
        plan["output_changes"][f"{name}_echo"] = {
            "actions": ["update"], "before": [f"is {old}"], "after": {"json": json.dumps([new])},
            "after_unknown": False, "before_sensitive": False, "after_sensitive": False,
        }  # fmt: skip
    message = f"The password is {next(iter(planted))}."
    plan.setdefault("checks", []).append(
        {"address": {"kind": "check", "name": "planted", "to_display": "check.planted"}, "status": "fail",
         "instances": [{"address": {"to_display": "check.planted"}, "status": "fail",
                        "problems": [{"message": message}]}]}
    )  # fmt: skip
    return plan, planted


def _hide(values: dict[str, Any], marks: dict[str, Any], kind: str, side: str, fresh: Callable[[str], str]) -> str:
    """Puts a secret into one attribute that is of that kind and not hidden yet. Gives the secret, or an empty text."""
    for name in sorted(values):
        value = values[name]
        if marks.get(name) or name.startswith("echo"):
            continue
        if kind == "json" and isinstance(value, str) and value[:1] in "{[" and value[1:]:
            secret = fresh(f"json {side}")
            # Terraform marks the whole text.
            values[name], marks[name] = json.dumps({"was": json.loads(value), "password": secret}), True
            return secret
        if kind == "attribute" and isinstance(value, str) and value[:1] not in ("{", "["):
            secret = fresh(f"attribute {side}")
            values[name], marks[name] = secret, True
            return secret
        if kind == "nested" and isinstance(value, dict | list) and (found := _planted(value)):
            secret = fresh(f"nested {side}")
            values[name], marks[name] = found(secret)
            return secret
    return ""


def _planted(value: Any) -> Planted | None:
    """For the first text inside of a value: what makes the value with a secret in its place, and the marks for it."""
    if isinstance(value, str):
        return lambda secret: (secret, True)
    if isinstance(value, list):
        for at, item in enumerate(value):
            if found := _planted(item):
                return _planted_in_list(value, at, found)
    if isinstance(value, dict):
        for key, item in value.items():
            if found := _planted(item):
                return _planted_in_object(value, key, found)
    return None


def _planted_in_list(value: list[Any], at: int, found: Planted) -> Planted:
    return lambda secret: (
        [*value[:at], found(secret)[0], *value[at + 1 :]],
        [found(secret)[1] if other == at else False for other in range(len(value))],
    )


def _planted_in_object(value: dict[str, Any], key: str, found: Planted) -> Planted:
    return lambda secret: ({**value, key: found(secret)[0]}, {key: found(secret)[1]})


def _unique(number: int, part: int) -> str:
    """Twelve characters that are nowhere else."""
    return f"zq{number * 7919 + part * 104729 + 10**9:x}7{part}9"
