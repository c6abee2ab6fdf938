"""The bytes that somebody hands over as a plan: JSON, or a failure that says what they are instead."""

from __future__ import annotations

import json
import re
from typing import Any

from orchestrator.errors import Failure

_MAKE_ONE = "terraform show -json PLAN > plan.json"
_FOR_PEOPLE = ("Refreshing state...", "will perform the following actions", "No changes. Your infrastructure")


def parse(data: bytes, name: str) -> Any:
    """The JSON in `data`, in any Unicode encoding: PowerShell's `>` writes UTF-16. Raises `Failure`."""
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
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _explained(error, text, name) from error
    except RecursionError:
        raise Failure(
            f"{name} is nested too deep to be a plan",
            reason="No provider's values have that many levels.",
            next_step=_MAKE_ONE,
        ) from None
    except ValueError:
        # Python refuses numbers of thousands of digits; as texts they are compared and shown just as well.
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 4_000 else digits)


def _explained(error: json.JSONDecodeError, text: str, name: str) -> Failure:
    where = f"line {error.lineno}, column {error.colno} (character {error.pos:,} of {len(text):,})"
    if error.msg == "Extra data" and '"@message"' in text[:5_000]:
        return Failure(
            f"{name} is the event stream of `terraform plan -json`",
            reason="It has no attribute values, so there is nothing in it to review.",
            next_step="terraform plan -out PLAN && terraform show -json PLAN > plan.json",
        )
    if re.search(r"^(\[command\]|::[a-z-]+( [^:]*)?::)", text, flags=re.MULTILINE):
        return Failure(
            f"{name} holds what the wrapper of hashicorp/setup-terraform prints beside the JSON",
            reason=f"{error.msg} at {where}: the wrapper's lines begin with [command] and ::debug::.",
            next_step="terraform_wrapper: false   (below `with:` of the step that uses hashicorp/setup-terraform), "
            f"then\n{_MAKE_ONE}",
        )
    if any(words in text for words in _FOR_PEOPLE):
        return Failure(
            f"{name} is what Terraform prints for people, not JSON",
            reason="Text cannot be reviewed: it leaves values out.",
            next_step=_MAKE_ONE,
        )
    rest = text[error.pos :].strip()
    cut = len(rest) < 2 or any(word.startswith(rest) for word in ("true", "false", "null"))
    if cut or error.msg.startswith("Unterminated string"):
        return Failure(f"{name} ends in the middle", reason=f"{error.msg} at {where}", next_step=_MAKE_ONE)
    return Failure(f"{name} is not JSON", reason=f"{error.msg} at {where}", next_step=_MAKE_ONE)
