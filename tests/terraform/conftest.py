"""Terraform in a copy of the project, initialised once per folder, without credentials and without AWS."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from orchestrator.emulator.provider import mentioned, reattach
from orchestrator.emulator.provider.attached import RelayProcess
from orchestrator.machine import providers, toolenv
from orchestrator.project import manifest
from tests.terraform.plans import Plan, Terraform

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("local", "staging", "production")
LOCK = Path("environment/.terraform.lock.hcl")
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


@pytest.fixture(scope="session")
def terraform_env() -> dict[str, str]:
    """What Terraform's processes get, with nothing of the user's AWS or Terraform settings in it."""
    own = ("AWS_", "TF_VAR_", "TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE", "TF_LOG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", **providers.terraform_env()}


@pytest.fixture(scope="session")
def checkov() -> Path:
    """The bin folder of checkov's own virtual environment."""
    return toolenv.ensure("checkov", Path(__file__).parent / "checkov-requirements.txt")


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of terraform/ and of the service manifests, with state and plugins of its own."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(
        ROOT / "terraform", folder / "terraform", ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfplan")
    )
    for file in (ROOT / "services").glob("*/service.yaml"):
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True)
        shutil.copy(file, target)
    return folder


@pytest.fixture(scope="session")
def terraform(copy: Path, terraform_env: dict[str, str]) -> Callable[[str], Terraform]:
    """`terraform("modules/alb")` is Terraform in that folder of the copy, initialised."""
    ready: dict[str, Terraform] = {}

    def initialised(name: str) -> Terraform:
        if name not in ready:
            folder = copy / "terraform" / name
            has_provider = "hashicorp/aws" in (folder / "versions.tf").read_text()
            if has_provider and not (folder / LOCK.name).exists():
                shutil.copy(copy / "terraform" / LOCK, folder)
            if "backend" in (folder / "versions.tf").read_text():
                (folder / "backend_override.tf").write_text(LOCAL_BACKEND)
            here = Terraform(folder, terraform_env)
            # readonly: a lock file that does not fit what versions.tf says is an error.
            here.must("init", "-input=false", "-no-color", *(["-lockfile=readonly"] if has_provider else []))
            ready[name] = here
        return ready[name]

    return initialised


@pytest.fixture(scope="session")
def kept_provider(
    copy: Path, terraform: Callable[[str], Terraform], terraform_env: dict[str, str]
) -> Iterator[dict[str, str]]:
    """What has Terraform use one provider that goes on running, with the schemas of what these folders mention.

    `terraform test` starts a provider for each of its runs and reads all of its 1,500 schemas: seconds, over 300 times.
    """
    folder = terraform("registry").folder
    (program,) = (folder / ".terraform" / "providers" / reattach.ADDRESS).glob("*/*/terraform-provider-aws*")
    relay = RelayProcess.launch(program.resolve(), folder, terraform_env)
    try:
        files = (file for file in (copy / "terraform").rglob("*") if file.suffix in (".tf", ".hcl"))
        relay.want(mentioned.in_configuration(file.read_text() for file in files))
        yield dict(relay.variables)
    finally:
        relay.end()


@pytest.fixture(scope="session")
def identity() -> Iterator[tuple[str, list[str]]]:
    """Address of a server that answers who the caller is, and everything that it was asked.

    It is all that the first plan of an environment needs of AWS. The access key is taken for the account's number.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            action = re.search(r"Action=(\w+)", body)
            asked.append(action[1] if action else self.headers.get("X-Amz-Target", self.path))
            account = re.search(r"Credential=(\d{12})/", self.headers.get("Authorization", ""))
            known = asked[-1] == "GetCallerIdentity" and account
            answer = (
                '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
                f"<Arn>arn:aws:iam::{account[1]}:user/planner</Arn><UserId>U</UserId><Account>{account[1]}</Account>"
                "</GetCallerIdentityResult></GetCallerIdentityResponse>"
                if known and account
                else "<ErrorResponse/>"
            ).encode()
            self.send_response(200 if known else 400)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def images(copy: Path) -> dict[str, str]:
    """An image for every service of the project."""
    return {
        file.parent.name: f"registry.example/storyizer/{file.parent.name}@sha256:{index:064x}"
        for index, file in enumerate(sorted((copy / "services").glob("*/service.yaml")), start=1)
    }


@pytest.fixture(scope="session")
def first_plan(
    terraform: Callable[[str], Terraform],
    identity: tuple[str, list[str]],
    images: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Plan]:
    """`first_plan("staging", "-var=...")` is the first plan of an environment, by the real provider."""
    here = terraform("environment")
    folder = tmp_path_factory.mktemp("plans")

    def plan(environment: str, *more: str) -> Plan:
        name = "-".join((environment, *(re.sub(r"\W+", "-", word) for word in more)))
        variables = folder / f"{name}.tfvars.json"
        services = manifest.for_terraform(manifest.load(ROOT / "services", environment=environment))
        variables.write_text(json.dumps({**services, "images": images}))
        values = here.folder.parent / "environments" / f"{environment}.tfvars"
        account = re.search(r'account_id\s*=\s*"(\d{12})"', values.read_text())
        assert account, f"{values.name} names no account"
        caller = {
            **here.environment,
            "AWS_ENDPOINT_URL": identity[0],
            "AWS_ACCESS_KEY_ID": account[1],
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        planner = Terraform(here.folder, caller)
        saved = str(folder / f"{name}.tfplan")
        planner.must(
            "plan", "-input=false", "-no-color", "-lock=false", f"-out={saved}",
            *(f"-var-file={file}" for file in (here.folder.parent / "project.tfvars", values, variables)), *more,
        )  # fmt: skip
        return Plan(environment, json.loads(planner.must("show", "-json", saved)))

    return plan


@pytest.fixture(scope="session")
def plans(first_plan: Callable[..., Plan]) -> dict[str, Plan]:
    """The first plan of each environment."""
    with ThreadPoolExecutor(2) as pool:
        return {plan.environment: plan for plan in pool.map(first_plan, ENVIRONMENTS)}


@pytest.fixture(params=ENVIRONMENTS)
def plan(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> Plan:
    """The first plan of each environment in turn."""
    return plans[request.param]


@pytest.fixture(scope="session")
def services() -> dict[str, manifest.Service]:
    """The project's services by name, as the orchestrator reads them where no environment differs."""
    return {service.name: service for service in manifest.load(ROOT / "services")}


@pytest.fixture(scope="session")
def timing() -> ModuleType:
    """services/servicekit/timing.py, loaded by its path: the services' own requirements are not needed here."""
    path = ROOT / "services" / "servicekit" / "timing.py"
    spec = importlib.util.spec_from_file_location("servicekit_timing", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
