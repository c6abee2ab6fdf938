"""The resource types that a run of Terraform can need: those that its configuration and its state mention."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.errors import Failure

_WORD = re.compile(r"\baws_\w+")
_DECLARED = re.compile(r'^[ \t]*(resource|data|ephemeral)[ \t]+"(aws_\w+)"', re.MULTILINE)
_PROVIDER = re.compile(r'^[ \t]*provider[ \t]+"[^"]+"[ \t]*\{(.*?)^\}', re.MULTILINE | re.DOTALL)
_ALIAS = re.compile(r"\balias[ \t]*=")


@dataclass(frozen=True)
class Mentioned:
    """Types by name. `declared` are those that Terraform refuses if the provider has none: with the word before."""

    types: frozenset[str] = frozenset()
    declared: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: Mentioned) -> Mentioned:
        return Mentioned(self.types | other.types, self.declared | other.declared)


def in_configuration(texts: Iterable[str]) -> Mentioned:
    """What the configuration's files mention: every word that could be a type, wherever it stands."""
    found = [(_WORD.findall(text), _DECLARED.findall(text)) for text in texts]
    return Mentioned(
        frozenset(word for words, _ in found for word in words),
        frozenset((kind, name) for _, declared in found for kind, name in declared),
    )


def in_state(value: Any) -> Mentioned:
    """What a state, as it is stored, has in it."""
    resources = value.get("resources") if isinstance(value, Mapping) else None
    types = (item.get("type") for item in resources or () if isinstance(item, Mapping))
    return Mentioned(frozenset(name for name in types if isinstance(name, str)))


def in_plan(file: Path) -> Mentioned:
    """What a saved plan mentions: it carries the configuration and the states that it was made of."""
    try:
        with zipfile.ZipFile(file) as plan:
            texts = [plan.read(name).decode(errors="replace") for name in plan.namelist()]
    except (OSError, zipfile.BadZipFile):
        return Mentioned()  # Terraform says what is wrong with it
    return Mentioned(frozenset(word for text in texts for word in _WORD.findall(text)))


def configuration(folder: Path, data: Path) -> list[str]:
    """The texts of the root module in `folder` and of the modules that `init` has noted in its data folder."""
    folders = {folder, *_modules(folder, data)}
    files = (file for place in sorted(folders) for file in sorted([*place.glob("*.tf"), *place.glob("*.tf.json")]))
    return [file.read_text(encoding="utf-8", errors="replace") for file in files]


def _modules(folder: Path, data: Path) -> Iterator[Path]:
    noted = data / "modules" / "modules.json"
    if not noted.exists():
        return
    try:
        for module in json.loads(noted.read_text(encoding="utf-8"))["Modules"]:
            yield (folder / module["Dir"]).resolve()
    except (ValueError, LookupError, TypeError) as error:
        raise Failure(f"{noted} is not what `terraform init` writes", reason=str(error)) from error


def has_one_provider(texts: Iterable[str]) -> bool:
    """True if no provider is configured twice: one process serves one configuration.

    A provider block in JSON is not looked into, and counts as one too many.
    """
    texts = list(texts)
    blocks = [block for text in texts for block in _PROVIDER.findall(text)]
    several = any("configuration_aliases" in text or re.search(r'"provider"\s*:', text) for text in texts)
    return not several and len(blocks) <= 1 and not any(_ALIAS.search(block) for block in blocks)
