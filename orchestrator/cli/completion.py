"""What can be typed next: a shell asks at Tab, and argcomplete answers from the parser that reads the line later.

Only the checkout's files are looked at: nothing is installed or started, and AWS is not asked.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from argcomplete.completers import SuppressCompleter
from argcomplete.finders import ExclusiveCompletionFinder

from orchestrator.cli import usage
from orchestrator.project import environment as environments
from orchestrator.system import paths


def services() -> list[str]:
    """The names of the checkout's services. Not by reading their manifests: that takes longer than somebody waits."""
    return sorted(file.parent.name for file in paths.SERVICES.glob("*/service.yaml"))


def bundles() -> list[str]:
    """Where `plan` has left bundles, as they can be typed here."""
    found = (paths.WORK / name / "bundle" for name in environments.known())
    return [str(paths.from_here(item)) for item in found if item.is_dir()]


# By what an argument is kept as. What is not here has choices of its own, or is a path, which the shell completes.
WORDS: Mapping[str, Callable[[], Iterable[str]]] = {
    "bundle": bundles,
    "environment": environments.known,
    "policy_of": environments.known,
    "service": services,
    "source": environments.known,
}


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs, with the words that its arguments can be."""
    top = usage.parser()
    (verbs,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    for own in verbs._name_parser_map.values():
        for action in own._actions:
            if action.dest in WORDS:
                action.completer = _completer(WORDS[action.dest])
    return top


def _completer(words: Callable[[], Iterable[str]]) -> Callable[..., Iterable[str]]:
    def complete(**asked: Any) -> Iterable[str]:
        return words()

    return complete


def main() -> int:
    """Answer as argcomplete does, on file descriptor 8.

    There is no answer behind `--`, where somebody else's command stands, and behind what is no verb.
    """
    line = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])]
    words = line.split()[int(os.environ["_ARGCOMPLETE"]) :]
    if " -- " in line or (words and words[0] not in usage.VERBS and not line.endswith(words[0])):
        return 1
    finder = ExclusiveCompletionFinder()
    finder(parser(), always_complete_options=False, default_completer=SuppressCompleter())
    return 0
