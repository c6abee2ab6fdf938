"""Tries images before they are pushed: once each, as Amazon ECS runs them."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from orchestrator.aws.session import Aws
from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.images import content_hash
from orchestrator.images.mirror.resolve import Resolved
from orchestrator.images.trial import container, verdict
from orchestrator.images.trial.container import Outcome, Restrictions, Setup
from orchestrator.images.trial.verdict import Image, Tried
from orchestrator.project.manifest import Service
from orchestrator.project.schema import among, between
from orchestrator.system import paths, process

# A service that takes longer is left to the rollout, which has more patience.
SECONDS = 8.0
# What runs without answering anybody shows within this whether it starts.
QUIET_SECONDS = 2.0


@contextmanager
def trials(aws: Aws, platform: str, console: Console, docker_host: str | None) -> Iterator[Trials]:
    """Tries images of an environment; what was made for that is removed in the end."""
    made = Trials(aws, platform, console, docker_host)
    try:
        yield made
    finally:
        made.close()


class Trials:
    """Several images, in several threads."""

    def __init__(self, aws: Aws, platform: str, console: Console, docker_host: str | None) -> None:
        self._aws = aws
        self._platform = platform
        self._console = console
        self._is_remote = bool(docker_host and docker_host.startswith(("tcp://", "ssh://")))
        self._network = f"storyizer-trial-{paths.work_id()}-{secrets.token_hex(4)}"
        self._used = False
        self._lock = threading.Lock()

    def check(self, service: Service, reference: str) -> None:
        """Try an image of the engine. Raises `Failure` for what it proves."""
        with self._console.stage(f"check {service.name}") as stage:
            if self._is_remote:
                stage.result = "skipped: the engine is on another machine"
                return
            for warning in self._try(service, reference, stage):
                self._console.say(f"warning: {warning}")

    def check_taken(self, service: Service, image: Resolved) -> None:
        """The same for one that is taken as it is: the engine pulls it with Docker's own login."""
        if image.engine_id:
            self.check(service, image.engine_id)
            return
        name = str(image.reference.at(image.digest))
        was_there = process.run(["docker", "image", "inspect", name]).ok
        with self._console.stage(f"pull {service.name}") as stage:
            pulled = process.run(["docker", "pull", "--quiet", name], on_line=stage.note)
            stage.result = (
                "" if pulled.ok else f"not checked, the engine cannot pull it: {(pulled.tail(1) or ['?'])[0]}"
            )
        if not pulled.ok:
            return
        try:
            self.check(service, name)
        finally:
            if not was_there:
                process.run(["docker", "image", "rm", name], check_interrupt=False, spared=True)

    def close(self) -> None:
        """Remove the network. Never fails."""
        if self._used:
            process.run(["docker", "network", "rm", self._network], check_interrupt=False, spared=True)

    def _try(self, service: Service, reference: str, stage: Stage) -> list[str]:
        image, has = _inspect(reference)
        if has and has != self._platform:
            stage.result = f"skipped: the engine does not run {has}"
            return []
        self._prepare()
        port = service.port if service.listens else None
        shares = content_hash.shares_dockerfile(service)
        tried = Tried(service.name, service.user, image, port, service.health, folders(service), shares)
        setup = Setup(
            reference, self._network, service.command or (), variables(service, self._aws),
            folders(service), port, service.health,
        )  # fmt: skip
        seconds = SECONDS if port else QUIET_SECONDS
        outcome = container.run(setup, Restrictions(service.user), seconds)
        if found := judge(tried, setup, outcome, seconds):
            raise found
        stage.result = summary(tried, outcome)
        return verdict.warnings(tried, outcome)

    def _prepare(self) -> None:
        """The network without a way out, and nothing of a run that was killed."""
        with self._lock:
            if not self._used:
                self._used = True
                self._make_network()

    def _make_network(self) -> None:
        # Another run of this copy, for another environment, may be trying its images now.
        mine = ["--filter", f"label={container.LABEL}={paths.work_id()}", "--format", container.FORMAT]
        for listing, removing in (
            (["ps", "--all"], ["rm", "--force", "--volumes"]),
            (["network", "ls"], ["network", "rm"]),
        ):
            left = container.left(process.run(["docker", *listing, *mine]).stdout.splitlines())
            if left:
                process.run(["docker", *removing, *left])
        process.run(["docker", "network", "create", "--internal", *container.labels(), self._network])


def judge(tried: Tried, setup: Setup, outcome: Outcome, seconds: float) -> Failure | None:
    """The failure that a run and those that its words call for prove, or None. Runs the latter side by side."""
    hows = verdict.suspicions(tried, outcome)
    if not hows:
        return verdict.failure(tried, outcome, {})

    def run(how: verdict.Relaxed) -> Outcome:
        return container.run(setup, verdict.restrictions(how, tried.user, tried.image.user), seconds)

    with ThreadPoolExecutor(len(hows)) as pool:
        freer = dict(zip(hows, pool.map(run, hows), strict=True))
    found = verdict.failure(tried, outcome, freer)
    # What ends by chance has no cause: it must fail once more.
    return found if found and not tried.is_fine(container.run(setup, Restrictions(tried.user), seconds)) else None


def folders(service: Service) -> tuple[str, ...]:
    """The writable folders that the manifest gives it."""
    return tuple(item.path for item in service.volumes.values())


def variables(service: Service, aws: Aws) -> dict[str, str]:
    """The environment variables of a task, as Terraform sets them, and keys that are good for nothing.

    What it has to know at its start is there, and none of it can be reached.
    """
    environment = aws.environment
    return {
        **service.environment,
        "SERVICE_NAME": service.name,
        "ENVIRONMENT": environment.name,
        "IMAGE_DIGEST": f"sha256:{'0' * 64}",
        "AWS_REGION": environment.region,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
        **({"PORT": str(service.port)} if service.listens else {}),
        **({"BASE_PATH": service.paths[0]} if service.paths else {}),
        **{grant.variable: f"{environment.prefix}-{grant.item}" for grant in among.grants(service)},
        **{between.url_variable(name): f"http://{name}" for name in service.calls},
        **dict.fromkeys(service.secrets, "none"),
    }


def summary(tried: Tried, outcome: Outcome) -> str:
    """How it went, for the person."""
    if outcome.status is not None:
        return f"as user {tried.user}, read-only: {tried.path} answers {outcome.status}"
    if outcome.error:
        return f"does not start: {outcome.error.splitlines()[-1]}"
    if outcome.exit_code is not None:
        return f"exited with {outcome.exit_code}"
    return "runs" if tried.port is None else f"does not answer {tried.path} within {SECONDS:.0f} s"


def _inspect(reference: str) -> tuple[Image, str]:
    """What an image says of itself, and its platform."""
    done = process.run(["docker", "image", "inspect", reference])
    if not done.ok:
        return Image(), ""
    found = json.loads(done.stdout)[0]
    config = found.get("Config") or {}
    image = Image(
        str(config.get("User") or ""),
        verdict.ports(tuple(config.get("ExposedPorts") or ())),
        frozenset(config.get("Volumes") or ()),
    )
    return image, f"{found.get('Os', 'linux')}/{found.get('Architecture', '')}"
