"""The bytes that somebody hands over as a plan: JSON, or a failure that says what they are instead."""

from __future__ import annotations

import json
import shlex
from typing import Any

from orchestrator.errors import Failure
from orchestrator.review.reading import surroundings

_MAKE_ONE = "terraform show -json PLAN > plan.json"
_FOR_PEOPLE = ("Refreshing state...", "will perform the following actions", "No changes. Your infrastructure")


def parse(data: bytes, name: str) -> Any:
    """The JSON in `data`, in any Unicode encoding: PowerShell's `>` writes UTF-16. Raises `Failure`."""
    return document(data, name)[0]


def document(data: bytes, name: str) -> tuple[Any, tuple[str, ...]]:
    """The JSON in `data`, and what was passed over around it, in sentences. Raises `Failure`."""
    if not data.strip():
        raise Failure(
            f"{name} is empty",
            reason="The command that should have written it may have failed.",
            next_step=_MAKE_ONE,
        )
    if data.startswith(b"PK"):
        raise Failure(
            f"{name} is a saved plan, not its JSON",
            reason="A saved plan is binary, and only Terraform with the same providers can read it.",
            next_step=f"terraform show -json {name} > plan.json",
        )
    try:
        text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Failure(f"{name} is not text", reason=str(error), next_step=_MAKE_ONE) from error
    try:
        return _loaded(text), ()
    except json.JSONDecodeError as error:
        inner, wrapper = surroundings.unwrapped(text)
        if wrapper:
            try:
                return _loaded(inner), (surroundings.passed_over(wrapper),)
            except json.JSONDecodeError as other:
                raise _explained(other, inner, name, wrapper=wrapper, in_utf_8=False) from other
        raise _explained(error, text, name, in_utf_8=data[:1] == b"{") from error
    except RecursionError:
        raise Failure(
            f"{name} is nested too deep to be a plan",
            reason="No provider's values have that many levels.",
            next_step=_MAKE_ONE,
        ) from None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        # Python refuses numbers of thousands of digits; as texts they are compared and shown just as well.
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 4_000 else digits)


def _explained(error: json.JSONDecodeError, text: str, name: str, *, wrapper: int = 0, in_utf_8: bool) -> Failure:
    where = f"line {error.lineno}, column {error.colno} (character {error.pos:,} of {len(text):,})"
    if error.msg == "Extra data" and '"@message"' in text[:5_000]:
        return Failure(
            f"{name} is the event stream of `terraform plan -json`",
            reason="It has no attribute values, so there is nothing in it to review.",
            next_step="terraform plan -out PLAN && terraform show -json PLAN > plan.json",
        )
    plans = surroundings.plans_in(text)
    if plans > 1 or (plans and not text.lstrip().startswith("{")):
        return _several(plans, text, name)
    if wrapper:
        return Failure(
            f"{name} holds what the wrapper of hashicorp/setup-terraform prints, and no plan between its lines",
            reason=f"Without the lines that begin with [command] and ::debug::, what is left has {_at(error, where)}.",
            next_step="terraform_wrapper: false   (below `with:` of the step that uses hashicorp/setup-terraform), "
            f"then\n{_MAKE_ONE}",
        )
    if any(words in text for words in _FOR_PEOPLE):
        return Failure(
            f"{name} is what Terraform prints for people, not JSON",
            reason="Text cannot be reviewed: it leaves values out.",
            next_step=_MAKE_ONE,
        )
    if error.msg == "Extra data" and text.lstrip().startswith("{"):
        return _more_behind(error, text, name, where, in_utf_8)
    rest = text[error.pos :].strip()
    cut = len(rest) < 2 or any(word.startswith(rest) for word in ("true", "false", "null"))
    if error.msg != "Extra data" and (cut or error.msg.startswith("Unterminated string")):
        return Failure(f"{name} ends in the middle", reason=f"{error.msg} at {where}", next_step=_MAKE_ONE)
    return Failure(f"{name} is not JSON", reason=f"{error.msg} at {where}", next_step=_MAKE_ONE)


def _at(error: json.JSONDecodeError, where: str) -> str:
    return f"{error.msg[0].lower()}{error.msg[1:]} at {where}"


def _several(plans: int, text: str, name: str) -> Failure:
    file = _file(name)
    found = f"grep -o '{surroundings.BEGINS}.*' {file}"
    if plans == 1:
        return Failure(
            f"{name} holds a plan with something printed before it",
            reason="The plan's JSON does not begin where the file does.",
            next_step=f"{found} > whole.json   (or write it again: {_MAKE_ONE})",
        )
    each = f"jq -c . {file}" if text.lstrip().startswith("{") else found
    return surroundings.several(plans, name, each)


def _more_behind(error: json.JSONDecodeError, text: str, name: str, where: str, in_utf_8: bool) -> Failure:
    """The plan is whole, and something stands behind it."""
    rest = text[error.pos :].strip()
    # One character is no secret, and is what a script or an editor leaves behind.
    what = f"`{rest}`" if len(rest) == 1 and rest.isprintable() else f"{len(rest):,} characters more"
    kept = len(text[: error.pos].encode())
    return Failure(
        f"{name} has something behind the end of its JSON",
        reason=f"The JSON is complete, and then comes {what} at {where}.",
        next_step=f"head -c {kept} {_file(name)} > whole.json   (or write it again: {_MAKE_ONE})"
        if in_utf_8
        else f"delete what comes after it, or write it again: {_MAKE_ONE}",
    )


def _file(name: str) -> str:
    """The file's name in a command."""
    return "FILE" if name == "standard input" else shlex.quote(name)
