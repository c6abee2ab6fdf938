"""Loaded by Schemathesis for the words service: what its schema cannot say.

Which forms a kind has, which words the lexicon has and how many blanks a template has are relations
between values. A request that breaks only such a relation fits the schema and is rightly refused;
it is let pass if the answer names the value that breaks it, and this value does break it.
"""

import re
from typing import Any

import schemathesis

_FORMS = {
    ("en", "noun"): {"singular", "plural"},
    ("en", "verb"): {"base", "present", "past", "participle", "ing"},
    ("en", "adjective"): {"base", "comparative", "superlative"},
    ("ko", "noun"): {"base"},
    ("ko", "verb"): {"base", "present", "past", "modifier"},
    ("ko", "adjective"): {"base", "modifier", "present", "past"},
}


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is one."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 422:
        return True
    [field] = [error["field"] for error in response.json()["errors"]]
    if field == "form":
        query = case.query
        return query["form"] in _FORMS[query.get("lang", "en"), query["kind"]]
    if place := re.fullmatch(r"keep\[(\d+)\]", field):
        return not isinstance(case.body["keep"][int(place[1])], str)
    if field == "keep":
        return len(case.body["keep"]) <= _blanks(case.body["template"], case.body.get("lang", "en"))
    return True


def _blanks(template: str, lang: str) -> int:
    found = re.findall(r"{(noun|verb|adjective)(?::(\w+))?}", template, re.IGNORECASE | re.ASCII)
    return sum(not form or form.lower() in _FORMS[lang, kind.lower()] for kind, form in found)
