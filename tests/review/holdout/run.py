"""How well plans are reviewed that were written without knowing the rules: `python -m tests.review.holdout.run`.

Each case is a file `CLOUD/CASE.yaml` like those of tests/review/clouds/cases.py, with `flag` instead of `findings`: the
addresses that must have a finding above low, whichever rule finds it. `verdict` may be a list of verdicts that are all
right. In the harmless variant, a finding above low of another address than those in `flag` is a false alarm.

Nothing is to be tuned for these cases: a figure says something only as long as they are not known to the rules.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestrator.review.model import Finding, Severity
from tests.review.clouds import cases

FOLDER = Path(__file__).parent
KEYS = {"about", "changes", "verdict", "flag", "harmless"}
VERDICTS = {"safe", "careful", "dangerous"}


@dataclass(frozen=True)
class Expected:
    """A plan, the verdicts that are right for it, and the addresses that must have a finding above low."""

    name: str
    case: cases.Case
    verdicts: tuple[str, ...]
    flag: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What the review said of a plan, against what was expected."""

    expected: Expected
    verdict: str
    above_low: tuple[Finding, ...]

    @property
    def right(self) -> bool:
        """Whether the verdict is one of those expected."""
        return self.verdict in self.expected.verdicts

    @property
    def missed(self) -> tuple[str, ...]:
        """The addresses without a finding above low that should have one."""
        found = {item.address for item in self.above_low}
        return tuple(address for address in self.expected.flag if address not in found)

    @property
    def unasked(self) -> tuple[Finding, ...]:
        """The findings above low of addresses that should have none."""
        return tuple(item for item in self.above_low if item.address not in self.expected.flag)


def names() -> list[str]:
    """CLOUD/CASE of every case."""
    return sorted(file.relative_to(FOLDER).with_suffix("").as_posix() for file in FOLDER.glob("*/*.yaml"))


def expected(name: str) -> tuple[Expected, Expected]:
    """A case and its harmless variant."""
    said = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    assert set(said) == KEYS, f"{name}: {set(said) ^ KEYS}"
    assert set(said["harmless"]) <= {"changes", "verdict", "flag"}, f"{name}: {set(said['harmless'])}"
    harmless = {"verdict": "safe", "flag": [], **said["harmless"]}
    return _expected(name, said["about"], said), _expected(f"{name} (harmless)", said["about"], harmless)


def reviewed(plan: Expected) -> Result:
    """The plan, reviewed with the built-in policy."""
    said = plan.case.reviewed()
    return Result(plan, str(said.verdict), tuple(item for item in said.findings if item.severity > Severity.LOW))


def report(changed: list[Result], harmless: list[Result]) -> str:
    """The table of all cases and the figures below it."""
    width = max(len(item.expected.name) for item in changed)
    lines = [f"{'case':{width}}  {'expected':18}  {'said':9}  {'flags':5}  harmless"]
    for case, variant in zip(changed, harmless, strict=True):
        flags = f"{len(case.expected.flag) - len(case.missed)}/{len(case.expected.flag)}"
        calm = "false alarm" if _false_alarm(variant) else variant.verdict
        wanted = "/".join(case.expected.verdicts)
        mark = " " if case.right else "!"
        lines.append(f"{case.expected.name:{width}}  {wanted:18}  {case.verdict:9}{mark} {flags:5}  {calm}")
    alarms = [item for item in harmless if _false_alarm(item)]
    missed = [(item.expected.name, address) for item in changed for address in item.missed]
    lines += [
        "",
        f"verdicts right:        {sum(item.right for item in changed)} of {len(changed)}",
        f"every flag found:      {sum(not item.missed for item in changed)} of {len(changed)}",
        f"flags found:           {_flags(changed) - len(missed)} of {_flags(changed)}",
        f"false alarms:          {len(alarms)} of {len(harmless)}",
        "",
        "missed flags:",
        *(f"  {name}: {address}" for name, address in missed),
        "",
        "false alarms:",
        *(line for item in alarms for line in _alarm(item)),
        "",
        "findings of other addresses in the changed plans:",
        *(f"  {item.expected.name}: {_told(found)}" for item in changed for found in item.unasked),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Review every case and its harmless variant, and print the report."""
    pairs = [expected(name) for name in names()]
    sys.stdout.write(report([reviewed(case) for case, _ in pairs], [reviewed(variant) for _, variant in pairs]))


def _expected(name: str, about: str, part: dict[str, Any]) -> Expected:
    verdicts = (part["verdict"],) if isinstance(part["verdict"], str) else tuple(part["verdict"])
    assert verdicts and set(verdicts) <= VERDICTS, f"{name}: {verdicts}"
    changes, flag = tuple(part["changes"]), tuple(part["flag"])
    unknown = set(flag) - {item["address"] for item in changes}
    assert not unknown, f"{name}: {unknown} do not change"
    return Expected(name, cases.Case(name, about, changes, verdicts[0], ()), verdicts, flag)


def _flags(results: list[Result]) -> int:
    return sum(len(item.expected.flag) for item in results)


def _false_alarm(result: Result) -> bool:
    return not result.right or bool(result.unasked)


def _alarm(result: Result) -> list[str]:
    return [
        f"  {result.expected.name}: {result.verdict}",
        *(f"    {_told(found)}" for found in result.unasked),
    ]


def _told(found: Finding) -> str:
    return f"{found.severity} {found.rule} of {found.address}"


if __name__ == "__main__":
    main()
