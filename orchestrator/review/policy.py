"""Which findings stop an apply, and the exceptions: read from a small TOML file that is its own reference."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orchestrator.errors import Failure
from orchestrator.review import catalogue
from orchestrator.review.model import Finding, Severity

_LEVELS = {**{str(severity): severity for severity in Severity}, "never": None}
_EXCEPTION = """[[exception]]
address = 'module.service["words"].aws_lb.this'
rule = "protection-off"
reason = "why this may pass"
expires = 2027-01-31"""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A finding that may pass until the end of a day. `address` may have `*` for any characters."""

    address: str
    rule: str
    reason: str
    expires: date

    def covers(self, finding: Finding) -> bool:
        """True if it is about this finding, whether or not it has expired."""
        return self.rule == finding.rule and _fits(self.address, finding.address)


def _fits(pattern: str, address: str) -> bool:
    """True if an address is a pattern's, in which `*` is any text. (As an expression it could take for ever.)"""
    first, *others = pattern.split("*")
    if not others:
        return pattern == address
    *inner, last = others
    if len(address) < len(first) + len(last) or not (address.startswith(first) and address.endswith(last)):
        return False
    at, end = len(first), len(address) - len(last)
    for part in inner:
        at = address.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


@dataclass(frozen=True)
class Policy:
    """What stops in one environment. `stop` is the lowest severity that does, None if nothing does."""

    stop: Severity | None = Severity.HIGH
    exemptions: tuple[Exemption, ...] = ()
    today: date = date.min

    def apply(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], bool, tuple[str, ...]]:
        """The findings with `excepted` set, whether the others stop, and what the exceptions have to say."""
        found = tuple(findings)
        valid = [item for item in self.exemptions if item.expires >= self.today]
        judged = tuple(
            replace(finding, excepted=reason)
            if (reason := next((item.reason for item in valid if item.covers(finding)), ""))
            else finding
            for finding in found
        )
        stops = self.stop is not None and any(item.severity >= self.stop for item in judged if not item.excepted)
        return judged, stops, tuple(self._notes(found))

    def _notes(self, found: Collection[Finding]) -> Iterator[str]:
        for item in self.exemptions:
            what = f"the exception for {item.rule} at {item.address}"
            if item.expires < self.today:
                yield f"{what} expired on {item.expires} and does not count"
            elif not any(map(item.covers, found)):
                yield f"{what} matches nothing in this plan"


BUILT_IN = Policy()
"""For plans without a policy file: high and critical stop, there are no exceptions."""


def load(file: Path, environment: str, today: date) -> Policy:
    """The policy of one environment. Raises `Failure` for anything in the file that is not understood.

    `today` is the day that exceptions must last to; they count on their last day.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _wrong(file, "does not exist", 'write it; two lines are enough:\n[stop]\ndefault = "high"') from None
    except OSError as error:
        raise _wrong(file, f"cannot be read: {error.strerror}", f"ls -l {file}") from error
    except UnicodeDecodeError as error:
        raise _wrong(file, "is not UTF-8", f"save {file} as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, f"is not TOML: {error}", "text goes in quotes, dates (2027-01-31) do not") from error
    _only(file, "the file", raw, {"stop", "exception"})
    stops = _stops(file, raw.get("stop", {}))
    if alike := [name for name in stops if name != environment and name.strip().lower() == environment.lower()]:
        raise _wrong(file, f"[stop] has {alike[0]!r}, which is not {environment!r}", f"write it as {environment}")
    entries = raw.get("exception", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong(file, "has an `exception` that is not a list of tables", _EXCEPTION)
    known = frozenset(catalogue.BY_ID) | {catalogue.NOT_JUDGEABLE}
    exemptions = [_exemption(file, number, entry, known) for number, entry in enumerate(entries, 1)]
    return Policy(
        stops.get(environment, stops.get("default", Severity.HIGH)),
        tuple(item for item, where in exemptions if not where or environment in where),
        today,
    )


def _stops(file: Path, raw: Any) -> dict[str, Severity | None]:
    if not isinstance(raw, dict):
        raise _wrong(file, "has a `stop` that is not a table", '[stop]\ndefault = "high"')
    for name, level in raw.items():
        if not isinstance(level, str) or level not in _LEVELS:
            raise _wrong(file, f"[stop] {name} = {level!r} is no severity", f"one of {', '.join(_LEVELS)}, in quotes")
    return {name: _LEVELS[level] for name, level in raw.items()}


def _exemption(
    file: Path, number: int, raw: Mapping[str, Any], known: Collection[str]
) -> tuple[Exemption, tuple[str, ...]]:
    where = f"exception {number}"
    _only(file, where, raw, {"address", "rule", "reason", "expires", "environments"})
    address, rule, reason = (_text(file, where, raw, name) for name in ("address", "rule", "reason"))
    if rule not in known:
        raise _wrong(file, f"{where} names a rule that does not exist: {rule}", f"one of {', '.join(sorted(known))}")
    if not address.strip("*. "):
        raise _wrong(
            file,
            f"{where} is for every address, also of what nobody has thought of yet",
            "name the resource; what stops in an environment at all is said under [stop]",
        )
    expires = raw.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise _wrong(file, f"{where} has no day on which it expires", "expires = 2027-01-31   (without quotes)")
    environments = raw.get("environments", [])
    if not isinstance(environments, list) or not all(isinstance(name, str) for name in environments):
        raise _wrong(file, f"{where} has environments that are not a list of names", 'environments = ["staging"]')
    if "environments" in raw and not environments:
        raise _wrong(file, f"{where} is for no environment", "leave `environments` out: then it is for all of them")
    return Exemption(address, rule, reason, expires), tuple(environments)


def _text(file: Path, where: str, raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(file, f"{where} has no {name}", f"an exception has all of these:\n{_EXCEPTION}")
    return value.strip()


def _only(file: Path, where: str, raw: Mapping[str, Any], known: Collection[str]) -> None:
    if others := sorted(raw.keys() - known):
        raise _wrong(file, f"{where} has an unknown key: {', '.join(others)}", f"known are {', '.join(sorted(known))}")


def _wrong(file: Path, what: str, next_step: str) -> Failure:
    return Failure(f"the review policy {file} cannot be used", reason=what, next_step=next_step)
