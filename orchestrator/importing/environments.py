"""Copilot's environments as tfvars files: what their manifests say, and what services ask of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.importing.item import Item, Setting, odd
from orchestrator.importing.mapping.known_keys import fits
from orchestrator.importing.report import Outcome, Row
from orchestrator.importing.tree import Place, Value

PLACEHOLDER = "FILL-IN"
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-[0-9]):([0-9]{12}):")
_OWN_NETWORK = "each environment has a network of its own, which Terraform makes (terraform/modules/network)"
_NO_CDN = "there is no CloudFront distribution: put one in front of the load balancer in Terraform"
_ADVICE = {
    "ssl_policy": "the listener's policy is fixed (terraform/modules/alb)",
    "private": "there is no load balancer inside: services name each other in `calls`",
    "security_groups": "what reaches the load balancer is `allowed_cidrs`; services have security groups of their own",
    "prefix": "logs are written below AWSLogs/ in the bucket",
}


@dataclass(frozen=True)
class Wanted:
    """Something that a manifest asks of environments."""

    file: str
    item: Item


def items(name: str, manifest: Value) -> Iterator[Item]:
    """What becomes of each key of an environment's manifest."""
    for key, value in manifest.pairs:
        here = (key,)
        if key in ("name", "type"):
            yield Item(here, into=f"the environment {name}")
        elif key == "network":
            for inner, vpc in value.pairs:
                yield from _vpc(name, (*here, inner), vpc) if inner == "vpc" else [_unknown((*here, inner))]
        elif key == "http":
            yield from _http(name, here, value)
        elif key == "observability":
            for inner, below in value.pairs:
                yield _insights(name, (*here, inner), below)
        elif key == "cdn":
            is_off = value.as_truth() is False
            yield Item(here, into="no CloudFront distribution" if is_off else "", instead=_NO_CDN)
        else:
            yield _unknown(here)


def _unknown(place: Place) -> Item:
    other = "; it is a key of services" if fits(place[-1], "") else ""
    return Item(place, instead=f"Copilot has no such key in an environment, and ignores it{other}")


def _insights(name: str, place: Place, value: Value) -> Item:
    said = value.as_truth()
    if place[-1] != "container_insights":
        return _unknown(place)
    if said is None:
        return odd(place, value, "a boolean")
    return Item(place, settings=(Setting(name, "container_insights", "enabled" if said else "disabled"),))


def _vpc(name: str, place: Place, value: Value) -> Iterator[Item]:
    zones = sorted({zone.text for inside, zone in value.leaves() if inside[-1:] == ("az",) and zone.as_text()})
    for key, below in value.pairs:
        here = (*place, key)
        if key == "cidr" and re.fullmatch(r"[0-9.]+/(1[6-9]|20)", below.text):
            yield Item(here, settings=(Setting(name, "cidr", below.text),))
        elif key == "flow_logs" and (below.is_mapping or below.as_truth() is not None):
            for inside, _ in below.leaves(here):
                on = below.is_mapping or below.as_truth()
                why = "they are kept for log_retention_days" if below.is_mapping else ""
                yield Item(inside, settings=(Setting(name, "flow_logs", bool(on)),), why=why)
        elif key == "subnets":
            for inside, _ in below.leaves(here):
                if inside[-1] == "az" and len(zones) > 1:
                    yield Item(inside, settings=(Setting(name, "availability_zones", zones),))
                else:
                    yield Item(inside, instead=_OWN_NETWORK)
        elif key in ("id", "cidr", "security_group"):
            yield Item(here, instead=_OWN_NETWORK)


def _http(name: str, place: Place, value: Value) -> Iterator[Item]:
    for key, below in value.pairs:
        here = (*place, key)
        if key == "private":
            yield Item(here, instead=_ADVICE["private"])
        for inner, leaf in below.pairs if key == "public" else ():
            inside = (*here, inner)
            if inner == "certificates" and leaf.items:
                texts = leaf.as_texts()
                why = "one certificate per environment: the first" if len(leaf.items) > 1 else ""
                yield (
                    Item(inside, settings=(Setting(name, "certificate_arn", texts[0]),), why=why)
                    if texts
                    else odd(inside, leaf, "a list of ARNs")
                )
            elif inner == "access_logs":
                yield from _access_logs(name, inside, leaf)
            elif inner == "ingress":
                yield from _ingress(name, inside, leaf)
            elif inner in _ADVICE:
                yield Item(inside, instead=_ADVICE[inner])


def _access_logs(name: str, place: Place, value: Value) -> Iterator[Item]:
    if not value.is_mapping:
        is_off = value.as_truth() is False
        instead = "name an existing bucket as `access_logs_bucket` in the environment's tfvars"
        yield Item(place, into="no access logs" if is_off else "", instead=instead)
    for key, below in value.pairs:
        if key == "bucket_name" and below.as_text():
            yield Item((*place, key), settings=(Setting(name, "access_logs_bucket", below.text),))
        elif key in _ADVICE:
            yield Item((*place, key), instead=_ADVICE[key])


def _ingress(name: str, place: Place, value: Value) -> Iterator[Item]:
    for key, below in value.pairs:
        texts = below.as_texts()
        if key == "source_ips" and texts:
            yield Item((*place, key), settings=(Setting(name, "allowed_cidrs", list(texts)),))
        elif key == "cdn":
            yield Item((*place, key), instead=_NO_CDN)


def account(texts: Iterable[str]) -> tuple[str, str]:
    """Account and region, where ARNs name one of each; empty where they do not."""
    found = {match.groups() for text in texts for match in _ARN.finditer(text)}
    regions, accounts = {region for region, _ in found}, {number for _, number in found}
    return (accounts.pop() if len(accounts) == 1 else "", regions.pop() if len(regions) == 1 else "")


def region_of(zones: Sequence[str]) -> str:
    """The region that zones are in; empty if they name none, or several."""
    found = {match[1] for zone in zones if (match := re.fullmatch(r"([a-z]{2}(?:-[a-z]+)+-[0-9])[a-z]", zone))}
    return found.pop() if len(found) == 1 else ""


def settings(wanted: Sequence[Wanted], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Per environment its variables. Where services disagree, the longest retention counts and nothing else is set."""
    asked: dict[str, dict[str, list[Any]]] = {name: {} for name in names}
    for entry in wanted:
        for setting in entry.item.settings:
            for name in [setting.environment] if setting.environment else names:
                values = asked.setdefault(name, {}).setdefault(setting.name, [])
                if setting.value not in values:
                    values.append(setting.value)
    return {
        name: {
            variable: max(values) if variable == "log_retention_days" else values[0]
            for variable, values in each.items()
            if len(values) == 1 or variable == "log_retention_days"
        }
        for name, each in asked.items()
    }


def rows(
    wanted: Sequence[Wanted], chosen: Mapping[str, Mapping[str, Any]], written: Sequence[str]
) -> Iterator[Row]:  # fmt: skip
    """The report of what was asked of environments."""
    for entry in wanted:
        item = entry.item
        into: list[str] = []
        texts: dict[str, list[str]] = {item.why: [""]} if item.why else {}
        for setting in item.settings:
            for name in [setting.environment] if setting.environment else chosen:
                text, is_there = _said(setting, chosen.get(name, {}), name in written)
                if is_there:
                    into.append(f"{setting.name} of {name}")
                if text:
                    texts.setdefault(text, []).append(f"{name}.tfvars")
        if not into and not texts:
            texts = {f"set {_line(item.settings[0])} in the environment's tfvars": [""]}
        outcome = Outcome.NONE if not into else Outcome.CHANGED if texts else Outcome.CARRIED
        text = "; ".join(f"{', '.join(files)}: {said}".removeprefix(": ") for said, files in texts.items())
        yield Row(entry.file, item.line, item.source, outcome, ", ".join(dict.fromkeys(into)), text)


def _said(setting: Setting, values: Mapping[str, Any], is_written: bool) -> tuple[str, bool]:
    """What is said of a variable in one environment, and whether its file has it."""
    value = values.get(setting.name)
    if not is_written:
        return f"is there already and left as it is, set {_line(setting)} in it", False
    if value is None:
        return f"services disagree, choose one {setting.name} for all of them", False
    if value != setting.value:
        return f"{value} counts, which another service asks for", True
    needs = _needs(setting.name, values)
    return (f"a comment, for it needs {needs} as well" if needs else ""), True


def _needs(variable: str, values: Mapping[str, Any]) -> str:
    """Terraform takes a certificate only with the name that it is for, and DNS only with that name."""
    needed = {"certificate_arn": "domain_name", "domain_name": "certificate_arn", "dns_zone_id": "domain_name"}
    other = needed.get(variable, "")
    if not other or other in values:
        return "" if variable != "dns_zone_id" or "certificate_arn" in values else "certificate_arn"
    return other


def _line(setting: Setting) -> str:
    return f"{setting.name} = {_hcl(setting.value)}"


def _hcl(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_hcl, value))}]"
    text = "".join(character for character in str(value) if character.isprintable())
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{") + '"'


def tfvars(name: str, source: str, account_id: str, region: str, values: Mapping[str, Any]) -> str:
    """The environment's file. What Copilot keeps in AWS alone is a placeholder that every command refuses."""
    zones = values.get("availability_zones") or ([f"{region}a", f"{region}b"] if region else [PLACEHOLDER])
    head = {"environment": name, "account_id": account_id or PLACEHOLDER, "region": region or PLACEHOLDER}
    lines = [
        f"# Imported from {source}.",
        "# What is not set here has the default of terraform/environment/variables.tf.",
    ]
    if PLACEHOLDER in (*head.values(), *zones):
        lines.append(f"# Write what {PLACEHOLDER} stands for: account (12 digits), region, two or more of its zones.")
    lines += ["", *(f"{variable:<11} = {_hcl(value)}" for variable, value in head.items())]
    lines += ["", f"availability_zones = {_hcl(zones)}"]
    rest = {key: values[key] for key in sorted(values) if key not in head and key != "availability_zones"}
    if rest.get("cpu_architecture") == "X86_64":
        del rest["cpu_architecture"]  # the default
    set_now = {key: value for key, value in rest.items() if not _needs(key, values)}
    if set_now:
        width = max(map(len, set_now))
        lines += ["", *(f"{key:<{width}} = {_hcl(value)}" for key, value in set_now.items())]
    for key, value in rest.items():
        if needs := _needs(key, values):
            lines += ["", f"# {key} = {_hcl(value)} # with {needs}"]
    return "\n".join(lines) + "\n"
