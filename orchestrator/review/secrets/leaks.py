"""The last line of defence: no sensitive text in anything that is printed, should one have come through so far."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

from orchestrator.review.secrets import labels

SHORTEST = 4
"""Shorter texts are left alone: they are in any text, and taking them out would tell more than it hides."""
WHOLE_WORDS = 8  # below this length a secret counts only where it is not a part of another word
MASK = "(sensitive)"
_WORD = re.compile(r"\w+")
VERDICTS = "dangerous look closely safe to apply critical high medium low"
OURS = f"""
<!-- storyizer-review: --> </details> </summary> </code> ```diff [!caution] [!warning] [!note] <br>
{VERDICTS} stopped: not stopped: the policy
## ### deploys findings excepted by the policy checks changes changed outside of terraform outputs what to do:
cost per month: about the same not known
created changed in place destroyed, then created replaced, the new one first forgotten terraform plan
"""
"""What text renderings are made of. A plan that has a word of it as a sensitive value must not take the verdict, the
marker or the markup out of the report; in the plan's own values the word is hidden all the same."""


def pattern(
    text: str,
    secrets: Iterable[str],
    written: Callable[[str], str] = str,
    *,
    ours: str = "",
    names: Iterable[str] = (),
) -> re.Pattern[str] | None:
    """Finds the secrets that are in the text, also as JSON inside of it; None if none are. Its matches are replaced by
    `masked`. `written` is the text's own way of escaping, `ours` the words in small letters that are the report's own
    and stay. So do the `names` of the configuration (see `labels`), where they stand whole."""
    forms = dict(form for secret in secrets if _is_looked_for(secret, ours) for form in _forms(secret, written))
    if not forms:
        return None
    # Looking for thousands of secrets in megabytes takes seconds. The text's different words are a small part of it,
    # and what has not even its longest word among them is not in the text.
    words = "\n".join(set(_WORD.findall(text)))
    likely = (form for form in forms if max(_WORD.findall(form), key=len, default="") in words)
    found = sorted((form for form in likely if form in text), key=lambda form: (-len(form), form))
    if not found:
        return None
    looked_for = re.compile("|".join(forms[form] for form in found))
    kept = labels.expression({it for name in names for it in (name, written(name)) if looked_for.search(it)})
    return re.compile(f"(?P<name>{kept})|{looked_for.pattern}") if kept else looked_for


def masked(match: re.Match[str]) -> str:
    """What is put in place of a match of `pattern`."""
    return match[0] if match.lastgroup == "name" else MASK


def _is_looked_for(secret: str, ours: str) -> bool:
    return len(secret.strip()) >= SHORTEST and secret.strip().lower() not in ours


def _forms(secret: str, written: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Each way in which a secret may stand in a text, and the expression that finds it."""
    for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
        escaped = written(form)
        whole = len(secret) < WHOLE_WORDS
        yield escaped, rf"(?<![^\W_]){re.escape(escaped)}(?![^\W_])" if whole else re.escape(escaped)


def removed(
    text: str,
    secrets: Iterable[str],
    written: Callable[[str], str] = str,
    *,
    ours: str = "",
    names: Iterable[str] = (),
) -> str:
    """The text without them."""
    found = pattern(text, secrets, written, ours=ours, names=names)
    return found.sub(masked, text) if found else text
