"""Makes the corpus' plans again, by really running Terraform.

    python -m tests.review.corpus.make [CASE ...]

A case is a folder. `before.tf` is applied (against an emulator of AWS, which this program starts), `elsewhere.py`
changes something behind Terraform's back, `after.tf` is planned, and `terraform show -json` of that plan is kept as
`plan.json.gz`, as Terraform wrote it but for the time of day. A case without Terraform files of its own is about this
project's: `after.tfvars` are variables on top of own.tfvars, and `tree/` lies on top of terraform/ and services/.
"""

from __future__ import annotations

import gzip
import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.emulator import emulator
from orchestrator.machine import providers
from orchestrator.project import manifest
from orchestrator.system.paths import ROOT

CORPUS = Path(__file__).parent
ACCOUNT = "111122223333"
# The emulator's port is in the plans, as part of queues' addresses.
PORT = 24566
# Each command loads the provider, which takes a core for seconds.
AT_ONCE = 2
START_SECONDS = 60


class MakeError(Exception):
    """Terraform refused something; the text is what it wrote."""


def names() -> list[str]:
    """The names of all cases."""
    return sorted(folder.name for folder in CORPUS.iterdir() if (folder / "expected.toml").is_file())


def main(wanted: Sequence[str]) -> int:
    """Makes the named cases, or all. Returns how many could not be made."""
    unknown = set(wanted) - set(names())
    if unknown:
        raise SystemExit(f"there is no case {', '.join(sorted(unknown))}")
    chosen = list(wanted) or names()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder, workshop(Path(folder), PORT) as shop:
        if any(is_own(name) for name in chosen):
            shop.apply_own()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for name, problem in zip(chosen, pool.map(shop.attempt, chosen), strict=True):
                sys.stderr.write(f"{name}: {problem or 'made'}\n")
                failed += bool(problem)
    return failed


def is_own(name: str) -> bool:
    """True for a case that is about this project's own Terraform code."""
    return not (CORPUS / name / "after.tf").is_file() and not (CORPUS / name / "before.tf").is_file()


def needs_provider(name: str) -> bool:
    """False for a case in which only Terraform's built-in resources are."""
    return is_own(name) or any("aws_" in path.read_text() for path in (CORPUS / name).glob("*.tf"))


def committed(name: str) -> str:
    """The plan that is kept for a case."""
    return gzip.decompress((CORPUS / name / "plan.json.gz").read_bytes()).decode()


@dataclass(frozen=True)
class Workshop:
    """A folder to work in, and the emulator's address."""

    folder: Path
    endpoint: str

    def attempt(self, name: str) -> str:
        """Makes and keeps a case's plan; what went wrong, or an empty text."""
        try:
            packed = gzip.compress(self.plan_of(name).encode(), compresslevel=9, mtime=0)
        except (MakeError, OSError) as error:
            return f"NOT made\n{error}"
        (CORPUS / name / "plan.json.gz").write_bytes(packed)
        return ""

    def plan_of(self, name: str) -> str:
        """What `terraform show -json` says of the case's plan, made anew."""
        said = json.loads(self._plan_own(name) if is_own(name) else self._plan(name))
        # The only thing in it that is another one each time and says nothing.
        said.pop("timestamp", None)
        return json.dumps(said, separators=(",", ":"), ensure_ascii=False)

    def apply_own(self) -> None:
        """This project as it is before something changes; without containers, for the emulator has no engine."""
        work = _lay_out_own(self.folder / "own-before")
        _write_services(self.folder / "own-before")
        self._terraform(work, "init")
        self._terraform(work, "apply", "-auto-approve", f"-var-file={CORPUS / 'own.tfvars'}")

    def _plan(self, name: str) -> str:
        case, work, options = CORPUS / name, self.folder / name, _options(name)
        shutil.copytree(case, work, ignore=lambda folder, files: [] if Path(folder) != case else _files(case))
        if needs_provider(name):
            shutil.copy(CORPUS / "provider.tf", work)
            shutil.copy(ROOT / "terraform/environment/.terraform.lock.hcl", work)
        if (case / "before.tf").is_file():
            shutil.copy(case / "before.tf", work / "main.tf")
            self._terraform(work, "init")
            self._terraform(work, "apply", "-auto-approve")
        for address in options.get("taint", []):
            self._terraform(work, "taint", address)
        if (case / "elsewhere.py").is_file():
            runpy.run_path(str(case / "elsewhere.py"), {"ENDPOINT": self.endpoint, "ACCOUNT": ACCOUNT})
        # Without an after.tf nothing changes in the files: everything is to be destroyed.
        if (case / "after.tf").is_file():
            shutil.copy(case / "after.tf", work / "main.tf")
            self._terraform(work, "init")
        return self._planned(work, options.get("plan", []))

    def _plan_own(self, name: str) -> str:
        case, options = CORPUS / name, _options(name)
        work = _lay_out_own(self.folder / name)
        if (case / "tree").is_dir():
            shutil.copytree(case / "tree", self.folder / name, dirs_exist_ok=True)
        for gone in options.get("without", []):
            shutil.rmtree(self.folder / name / gone)
        _write_services(self.folder / name)
        if not options.get("from_nothing"):
            shutil.copy(self.folder / "own-before/terraform/environment/terraform.tfstate", work)
        self._terraform(work, "init")
        variables = [path for path in (CORPUS / "own.tfvars", case / "after.tfvars") if path.is_file()]
        return self._planned(work, ["-refresh=false", *(f"-var-file={path}" for path in variables)])

    def _planned(self, work: Path, options: Sequence[str]) -> str:
        self._terraform(work, "plan", "-out=it.tfplan", *options)
        return self._terraform(work, "show", "-json", "it.tfplan")

    def _terraform(self, work: Path, *command: str) -> str:
        done = subprocess.run(
            ["terraform", *command],
            cwd=work,
            env={**os.environ, **environment(self.endpoint)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise MakeError(f"terraform {' '.join(command)}\n{done.stderr}")
        return done.stdout


def environment(endpoint: str) -> dict[str, str]:
    """What Terraform needs to find its provider, and the provider to find the emulator."""
    return {
        **providers.terraform_env(),
        "TF_CLI_ARGS": "-no-color",
        "AWS_ENDPOINT_URL": endpoint,
        # The emulator takes an access key of twelve digits for the account's number.
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CA_BUNDLE": "",
        "AWS_PROFILE": "",
        "AWS_SESSION_TOKEN": "",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@contextmanager
def workshop(folder: Path, port: int) -> Iterator[Workshop]:
    """With an emulator of all that it can emulate, which keeps nothing and has no container engine."""
    settings = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "WARNING", "DOCKER_HOST": f"unix://{folder}/none.sock",
    }  # fmt: skip
    command = [str(emulator.ensure_installed()), "-m", "ministack"]
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=settings, stdout=log, stderr=subprocess.STDOUT)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait(process, endpoint, folder / "emulator.log")
        yield Workshop(folder, endpoint)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _lay_out_own(folder: Path) -> Path:
    """This project's code in a folder, and in it the root module that is planned."""
    unwanted = shutil.ignore_patterns(".terraform", "tests", "*.tfstate*")
    shutil.copytree(ROOT / "terraform/environment", folder / "terraform/environment", ignore=unwanted)
    shutil.copytree(ROOT / "terraform/modules", folder / "terraform/modules", ignore=unwanted)
    for file in (ROOT / "services").glob("*/service.yaml"):
        (folder / "services" / file.parent.name).mkdir(parents=True)
        shutil.copy(file, folder / "services" / file.parent.name)
    root = folder / "terraform/environment"
    # The state is kept in this folder, not in a bucket.
    (root / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    return root


def _write_services(folder: Path) -> None:
    """What the orchestrator would pass to Terraform of the manifests in the folder."""
    values = manifest.for_terraform(manifest.load(folder / "services"))
    (folder / "terraform/environment/services.auto.tfvars.json").write_text(json.dumps(values))


def _files(case: Path) -> list[str]:
    return [path.name for path in case.iterdir() if path.is_file()]


def _options(name: str) -> dict[str, Any]:
    """Of make.toml: options of `terraform plan`, resources to taint, and for a case of this project's own code
    folders that it is `without`, and whether there is nothing yet (`from_nothing`).
    """
    path = CORPUS / name / "make.toml"
    return tomllib.loads(path.read_text()) if path.is_file() else {}


def _wait(process: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            direct.open(endpoint, timeout=1)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise MakeError(log.read_text()) from None
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
