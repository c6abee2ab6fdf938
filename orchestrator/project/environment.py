"""An environment is a file in terraform/environments/; what Python must know of it is read from there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from orchestrator.errors import ExitCode, Failure
from orchestrator.project import tfvars_text
from orchestrator.project.place import AWS, EMULATED, Place
from orchestrator.system import paths

LOCAL = "local"
# AWS gives this number to nobody: an environment with it lives in the AWS that is emulated on this machine.
NO_ACCOUNT = "000000000000"
# These begin the keys of what is kept in the state bucket beside the environments.
RESERVED = ("registry", "images", "pipeline")
# The default of terraform/environment's variable of that name.
SOAK_SECONDS = 60.0
# As terraform/environment checks them. The region is checked here, before anything is asked of AWS there.
_PROJECT = re.compile(r"[a-z][a-z0-9]{1,11}")
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,13}[a-z0-9])?")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
# Regions whose services' names do not end in amazonaws.com; GovCloud's do.
_OTHER_PARTITIONS = {
    "cn-": "China",
    "us-iso": "an isolated partition",
    "eu-iso": "an isolated partition",
    "eusc-": "the European Sovereign Cloud",
}
_WEBHOOK = re.compile(r"https?://[^\s/?#]+\S*|\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}")


@dataclass(frozen=True)
class Environment:
    """Name, AWS account (12 digits), region and CPU architecture (`X86_64` or `ARM64`) of an environment.

    `domain_name` is the name that its certificate is for, if its file gives one; `soak_seconds` is for how long a new
    version is watched, once it is live on every task, before it is called proven. `notify_webhook` is a URL, or `$NAME`
    for the variable that holds it, and `notify_command` a program with its arguments: who hears of deploys.
    """

    name: str
    account_id: str
    region: str
    cpu_architecture: str
    file: Path
    domain_name: str | None = None
    soak_seconds: float = SOAK_SECONDS
    notify_webhook: str = ""
    notify_command: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it lives: in AWS, or on this machine against the emulated one."""
        return EMULATED if self.name == LOCAL or self.account_id == NO_ACCOUNT else AWS

    @property
    def is_production(self) -> bool:
        """True for the one where changes and `down` want the name typed."""
        return self.name == "production"

    @property
    def prefix(self) -> str:
        """What the names of its resources begin with; the cluster and the load balancer are called just this."""
        return f"{project()}-{self.name}"

    @property
    def state_bucket(self) -> str:
        """The S3 bucket of Terraform's states, one per account and region."""
        return f"{project()}-tfstate-{self.account_id}-{self.region}"

    @property
    def work(self) -> Path:
        """This copy's folder for the environment."""
        return paths.WORK / self.name

    def command(self, verb: str) -> str:
        """The verb for this environment as somebody types it: without the name where it is meant anyway."""
        return f"python3 orchestrate.py {verb}" + ("" if self.name == LOCAL else f" {self.name}")


def project_file() -> Path:
    """The var file of every root module: it names the project."""
    return paths.TERRAFORM / "project.tfvars"


@cache
def project() -> str:
    """The project's name, which the names of all resources, repositories and buckets begin with. Raises `Failure`."""
    file = project_file()
    try:
        name = literals(file.read_text(encoding="utf-8")).get("project", "")
    except (OSError, ValueError) as error:
        name, reason = "", str(error)
    else:
        reason = f"It says {name!r}." if name else 'It has no line like  project = "shop"'
    if not _PROJECT.fullmatch(name):
        raise Failure(
            f"{file.relative_to(paths.ROOT)} does not name the project",
            reason=reason,
            next_step="name it with 2 to 12 lower-case letters and digits, beginning with a letter",
            exit_code=ExitCode.USAGE,
        )
    return name


def known() -> list[str]:
    """The names of all environments."""
    return sorted(file.stem for file in paths.ENVIRONMENTS.glob("*.tfvars"))


def emulated() -> list[str]:
    """The names of the environments on this machine, `local` first. A file that cannot be read is left out."""
    names = [LOCAL]
    for name in known():
        with suppress(OSError, ValueError):
            text = (paths.ENVIRONMENTS / f"{name}.tfvars").read_text(encoding="utf-8")
            if name != LOCAL and literals(text).get("account_id") == NO_ACCOUNT:
                names.append(name)
    return names


def why_unusable(name: str) -> str:
    """Why no environment in AWS can have that name; empty if one can."""
    if name == LOCAL:
        return "that is the emulated one on this machine"
    if name in RESERVED:
        return "the state bucket keeps something else under that name"
    return "" if _NAME.fullmatch(name) else "use 1 to 15 of a-z, 0-9 and -, beginning with a letter"


def load(name: str) -> Environment:
    """The environment of that name.

    Raises `Failure` for an unknown name, or a file without account and region, or one that names another environment.
    """
    file = paths.ENVIRONMENTS / f"{name}.tfvars"
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or not file.exists():
        raise Failure(
            f"there is no environment {name!r}",
            reason=f"Known environments: {', '.join(known())} (files in terraform/environments/).",
            next_step="name one of these, or copy staging.tfvars to make another and change its line "
            "`environment = ...` to the new file's name",
            exit_code=ExitCode.USAGE,
        )
    text = file.read_text(encoding="utf-8")
    values = literals(text)
    missing = [key for key in ("account_id", "region") if key not in values]
    wrong = [] if missing or re.fullmatch(r"\d{12}", values["account_id"]) else ["account_id", "not 12 digits"]
    if not missing:
        _refuse_other_partition(file, values["region"])
    if not missing and not wrong and not _REGION.fullmatch(values["region"]):
        wrong = ["region", "which is none"]
    if missing or wrong:
        what = f"no {' and no '.join(missing)}" if missing else f"{wrong[0]} {values[wrong[0]]!r}, {wrong[1]}"
        raise Failure(
            f"{file.relative_to(paths.ROOT)} has {what}",
            reason="It must say which account and region the environment lives in, as literal strings.",
            next_step=f'add lines like  account_id = "123456789012"  and  region = "us-east-1"  to {file.name}',
        )
    _refuse_other_name(name, file, values.get("environment"))
    architecture = values.get("cpu_architecture") or (
        host_architecture() if name == LOCAL or values["account_id"] == NO_ACCOUNT else "X86_64"
    )
    soak = re.search(r"^soak_seconds[ \t]*=[ \t]*(\d+)[ \t]*(?:#.*)?$", text, flags=re.MULTILINE)
    return Environment(
        name, values["account_id"], values["region"], architecture, file, values.get("domain_name"),
        float(soak[1]) if soak else SOAK_SECONDS, *_hooks(file, text),
    )  # fmt: skip


def _refuse_other_partition(file: Path, region: str) -> None:
    partition = next((name for start, name in _OTHER_PARTITIONS.items() if region.startswith(start)), "")
    if partition:
        raise Failure(
            f"{file.relative_to(paths.ROOT)} has region {region!r}, which is in {partition}",
            reason="The names of AWS's services there do not end in amazonaws.com. Policies, the registry's "
            "address and endpoints\nare not made for that.",
            next_step="use a region of AWS's commercial partition or of GovCloud (US)",
        )


def settings(environment: Environment) -> Mapping[str, Any]:
    """All literal values of the environment's file."""
    return tfvars_text.values(environment.file.read_text(encoding="utf-8"))


def capacities(environment: Environment) -> list[str]:
    """What the environment has for tasks to run on, as manifests name it."""
    text = environment.file.read_text(encoding="utf-8")
    given = tfvars_text.values(text)
    # What is no literal is taken to be there: Terraform judges it.
    own = [
        name for name in ("ec2", "external") if name in tfvars_text.assigned(text) and given.get(name, ()) is not None
    ]
    return ["fargate", "fargate_spot", *own]


def where(environment: Environment, name: str) -> str:
    """File and line of a setting; of one that is not there, the line behind the file's last."""
    file, text = environment.file, environment.file.read_text(encoding="utf-8")
    line = tfvars_text.lines(text).get(name, len(text.splitlines()) + 1)
    return f"{file.relative_to(paths.ROOT) if file.is_relative_to(paths.ROOT) else file}:{line}"


def _hooks(file: Path, text: str) -> tuple[str, tuple[str, ...]]:
    """`notify_webhook` and `notify_command` of an environment's file. Raises `Failure` for what cannot be used."""
    values = tfvars_text.values(text)
    for name in tfvars_text.assigned(text) - values.keys():
        if name in ("notify_webhook", "notify_command"):
            raise _wrong(file, name, "it is no literal text or list")
    webhook, command = values.get("notify_webhook"), values.get("notify_command")
    if webhook is not None and not (isinstance(webhook, str) and _WEBHOOK.fullmatch(webhook)):
        raise _wrong(file, "notify_webhook", "it is neither an http or https URL nor $NAME")
    if isinstance(command, str):
        try:
            command = shlex.split(command)
        except ValueError as error:
            raise _wrong(file, "notify_command", f"it cannot be split into words ({error})") from None
    is_words = isinstance(command, list) and all(isinstance(word, str) and "\0" not in word for word in command)
    if command is not None and not (is_words and command and command[0].strip()):
        raise _wrong(file, "notify_command", "it is neither a list of words nor one text, or it names no program")
    return webhook or "", tuple(command or ())


def _wrong(file: Path, name: str, why: str) -> Failure:
    return Failure(
        f"{file.relative_to(paths.ROOT)}: {name} cannot be used",
        reason=f"{why[0].upper()}{why[1:]}.",
        next_step='write  notify_webhook = "$DEPLOY_WEBHOOK"  (the URL is then in that variable), or\n'
        'notify_command = ["PROGRAM", "ARGUMENT"]  (no shell is involved; see docs/notifications.md)',
    )


def _refuse_other_name(name: str, file: Path, said: str | None) -> None:
    """Python takes an environment's name from its file's, Terraform from the text: two names would mix two of them."""
    shown = file.relative_to(paths.ROOT)
    if name in RESERVED:
        raise Failure(
            f"an environment cannot be called {name!r}",
            reason=f"The state bucket keeps something else under {name}/.",
            next_step=f"rename {shown}, and change its line  environment = ...  to the new name",
        )
    if said != name:
        raise Failure(
            f'{shown} says environment = "{said}"' if said else f"{shown} has no line environment = ...",
            reason=f"The file's name and that line must agree, and the file is called {name!r}: "
            "its resources would carry another environment's name than its state.",
            next_step=f'write  environment = "{name}"  in {file.name}, or rename the file',
        )


def literals(text: str) -> dict[str, str]:
    """The top-level `name = "literal"` lines of a tfvars file. Terraform itself judges everything else in it."""
    return dict(re.findall(r'^([a-z_]+)[ \t]*=[ \t]*"([^"\\$%]*)"[ \t]*(?:#.*)?$', text, flags=re.MULTILINE))


def host_architecture() -> str:
    """This machine's architecture in Amazon ECS's words."""
    import platform

    return "ARM64" if platform.machine() in ("aarch64", "arm64") else "X86_64"
