"""The services with the keys of their secrets, once every secret has been looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.project.manifest import Service
from orchestrator.secrets import finding, judging
from orchestrator.secrets.judging import Verdict
from orchestrator.secrets.uses import uses


def looked_at(aws: Aws, services: Sequence[Service]) -> Verdict:
    """What is known of the services' secrets. Changes nothing and reads no value."""
    wanted = uses(services, aws.environment)
    answers = finding.look(aws, [use.place for use in wanted])
    return judging.judge(wanted, answers, aws.environment.account_id, aws.shell_prefix)


def checked(
    aws: Aws, services: Sequence[Service], console: Console, *, strict: Collection[str] | None = None
) -> list[Service]:
    """The services, each secret with the customer key that encrypts it, which Terraform lets its reader decrypt with.

    Raises `Failure` if a secret cannot be read, before anything is changed; `strict` are the services of which that
    matters, without it all. What is wrong with the others, and what cannot be judged, is said.
    """
    if not any(service.secrets for service in services):
        return list(services)
    with console.stage("secrets") as stage:
        verdict = looked_at(aws, services)
        fatal = verdict.problems if strict is None else verdict.of(strict)
        for line in (*verdict.warnings, *(str(problem) for problem in verdict.problems if problem not in fatal)):
            console.say(f"warning: {line}")
        for line in verdict.unchecked:
            console.say(line)
        if fatal:
            raise judging.failure(fatal, aws.environment.name)
        count = sum(len(service.secrets) for service in services)
        stage.result = f"{count} looked at, no value read"
    return with_keys(services, verdict.keys)


def with_keys(services: Sequence[Service], keys: Mapping[tuple[str, str], str]) -> list[Service]:
    """The services with those keys: (service, variable) => ARN."""
    return [
        replace(
            service,
            secrets={
                variable: replace(secret, kms_key=keys.get((service.name, variable), secret.kms_key))
                for variable, secret in service.secrets.items()
            },
        )
        for service in services
    ]
