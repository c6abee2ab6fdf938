"""Amazon ECR: which images are there, logging in, pushing."""

from __future__ import annotations

import base64
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestrator.aws import causes, told
from orchestrator.aws import session as aws_errors
from orchestrator.aws.session import Aws
from orchestrator.errors import ExitCode, Failure
from orchestrator.project.environment import project
from orchestrator.system import childenv, process
from orchestrator.system.childenv import Child

MANIFEST_TYPES = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
_DELETED_AT_ONCE = 100


def repository(service: str) -> str:
    """The name of a service's ECR repository."""
    return f"{project()}/{service}"


def uri(aws: Aws, service: str, digest: str) -> str:
    """The image's address as task definitions name it: by digest, never by tag."""
    return f"{aws.registry_host}/{repository(service)}@{digest}"


def find(aws: Aws, service: str, tag: str) -> str | None:
    """The digest (`sha256:...`) of the image with that tag, or None if the registry has none."""
    from botocore.exceptions import ClientError

    try:
        answer = aws.client("ecr").describe_images(repositoryName=repository(service), imageIds=[{"imageTag": tag}])
    except ClientError as error:
        if aws_errors.is_code(error, "ImageNotFoundException", "RepositoryNotFoundException"):
            return None
        raise
    details = answer.get("imageDetails", [])
    return str(details[0]["imageDigest"]) if details else None


def holds(aws: Aws, service: str, digest: str) -> bool:
    """True if the registry has the image with that digest."""
    from botocore.exceptions import ClientError

    try:
        answer = aws.client("ecr").describe_images(
            repositoryName=repository(service), imageIds=[{"imageDigest": digest}]
        )
    except ClientError as error:
        if aws_errors.is_code(error, "ImageNotFoundException", "RepositoryNotFoundException"):
            return False
        raise
    return bool(answer.get("imageDetails"))


def tags(aws: Aws, service: str) -> dict[str, str]:
    """Every tag in the service's repository, and the digest that it names; none where there is no repository."""
    from botocore.exceptions import ClientError

    found: dict[str, str] = {}
    pages = aws.client("ecr").get_paginator("describe_images").paginate(
        repositoryName=repository(service), filter={"tagStatus": "TAGGED"}
    )  # fmt: skip
    try:
        for page in pages:
            found |= {tag: item["imageDigest"] for item in page["imageDetails"] for tag in item.get("imageTags", ())}
    except ClientError as error:
        if not aws_errors.is_code(error, "RepositoryNotFoundException"):
            raise
    return found


def put_tag(aws: Aws, service: str, digest: str, tag: str) -> bool:
    """Give an image one more tag. False if the registry does not hold the image."""
    from botocore.exceptions import ClientError

    client, name = aws.client("ecr"), repository(service)
    images = client.batch_get_image(
        repositoryName=name, imageIds=[{"imageDigest": digest}], acceptedMediaTypes=list(MANIFEST_TYPES)
    )["images"]
    if not images:
        return False
    try:
        client.put_image(
            repositoryName=name, imageManifest=images[0]["imageManifest"], imageTag=tag, imageDigest=digest,
            imageManifestMediaType=images[0]["imageManifestMediaType"],
        )  # fmt: skip
    except ClientError as error:
        # Another machine has been faster: what the tag names is compared when tags are looked at again.
        if not aws_errors.is_code(error, "ImageAlreadyExistsException", "ImageTagAlreadyExistsException"):
            raise
    return True


def untag(aws: Aws, service: str, names: Sequence[str]) -> None:
    """Take these tags off their images. An image whose last tag that is goes with it."""
    client = aws.client("ecr")
    for start in range(0, len(names), _DELETED_AT_ONCE):
        batch = [{"imageTag": name} for name in names[start : start + _DELETED_AT_ONCE]]
        client.batch_delete_image(repositoryName=repository(service), imageIds=batch)


def existing_repositories(aws: Aws) -> set[str]:
    """The services that have a repository in this account."""
    found: set[str] = set()
    for page in aws.client("ecr").get_paginator("describe_repositories").paginate():
        names = (item["repositoryName"] for item in page["repositories"])
        found |= {name.removeprefix(f"{project()}/") for name in names if name.startswith(f"{project()}/")}
    return found


def push(aws: Aws, service: str, tag: str, *, docker_host: str | None, on_line: Callable[[str], None]) -> str:
    """Push the local image `HOST/storyizer/SERVICE:TAG` and return its digest.

    The credentials exist only while the push runs, in a folder that only this user reads. Raises `Failure`.
    """
    reference = f"{aws.registry_host}/{repository(service)}:{tag}"
    with tempfile.TemporaryDirectory(prefix="storyizer-push-") as folder:
        _login(aws, Path(folder))
        environment = {"DOCKER_CONFIG": folder} | ({"DOCKER_HOST": docker_host} if docker_host else {})
        pushed = process.run(
            ["docker", "push", reference], env=childenv.of(Child.DOCKER, **environment), on_line=on_line
        )
    # Pushed by somebody else in the meantime: tags are immutable, so what is there is what a plan can name.
    digest = find(aws, service, tag)
    if digest is not None:
        return digest
    raise push_failure(service, pushed.stderr + pushed.stdout, pushed.tail(5))


def push_failure(service: str, output: str, last_lines: Sequence[str]) -> Failure:
    """What to tell of a push that the engine gave up. Decides only."""
    reason, remedy = _reason(output)
    cause = None if remedy else told.cause(output)
    if cause is not None and cause.kind in causes.UNREACHED:
        reason, remedy = f"The engine did not reach the registry: {cause.why}.", _ENGINES.get(cause.kind, cause.remedy)
    return Failure(
        f"the push of {service} was not finished",
        reason=reason,
        details=list(last_lines),
        next_step=f"{remedy}; then run the same command again" if remedy else "run the same command again",
        exit_code=ExitCode.FAILURE,
    )


def login_token(aws: Aws) -> str:
    """`user:password` for the registry in base64, valid for hours. Raises `Failure`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        data = aws.client("ecr").get_authorization_token()["authorizationData"][0]
    except (BotoCoreError, ClientError) as error:
        cause = causes.of(error)
        raise Failure(
            "cannot log in to the image registry",
            reason=cause.why,
            next_step=cause.remedy or "use credentials that allow ecr:GetAuthorizationToken",
        ) from error
    base64.b64decode(data["authorizationToken"], validate=True)
    return str(data["authorizationToken"])


def _login(aws: Aws, folder: Path) -> None:
    # The token is what Docker's configuration wants.
    token = login_token(aws)
    config = folder / "config.json"
    config.touch(mode=0o600)
    config.write_text(json.dumps({"auths": {aws.registry_host: {"auth": token}}}))


# What is otherwise for the engine, which has settings of its own.
_ENGINES = {
    causes.Kind.UNTRUSTED: "let the engine trust it: its certificate in /etc/docker/certs.d/REGISTRY/ca.crt",
    causes.Kind.PROXY: "correct the engine's own proxy settings (docker info)",
}


def _reason(output: str) -> tuple[str, str]:
    """Why a push failed, and what helps where it is something else than doing it again."""
    if re.search(r"no basic auth|authorization token has expired|unauthorized", output, re.IGNORECASE):
        return "The registry did not accept the login: it has expired.", "renew the credentials (aws sso login)"
    if re.search(r"denied", output, re.IGNORECASE):
        return "These credentials may not push here.", "allow ecr:PutImage and ecr:UploadLayerPart to whoever is named"
    if re.search(r"no space left", output, re.IGNORECASE):
        return "The disk of the engine or of the registry is full.", "make room"
    if re.search(r"received unexpected HTTP status: 5\d\d", output):
        return "The registry has a fault. What it has taken of the image is kept.", ""
    return "The last lines of the push say:", ""
