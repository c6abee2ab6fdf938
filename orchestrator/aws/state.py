"""The bucket that holds Terraform's states, and the small objects kept beside them."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from orchestrator.aws import causes
from orchestrator.aws import session as aws_errors
from orchestrator.aws.session import Aws
from orchestrator.errors import Failure
from orchestrator.project.environment import project

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def backend(aws: Aws, key: str) -> dict[str, str]:
    """The partial configuration of Terraform's S3 backend for the state `key`."""
    environment = aws.environment
    return {
        "bucket": environment.state_bucket,
        "key": f"{key}/terraform.tfstate",
        "region": environment.region,
        "encrypt": "true",
    }


def identity(aws: Aws, key: str) -> tuple[str, int]:
    """Lineage and serial number of Terraform's state `key`, which say which state it is; `""` and 0 without one.

    The rest of the state, which holds secrets, is not looked at.
    """
    place = backend(aws, key)["key"]
    value = read(aws, place)
    if value is None:
        return "", 0
    try:
        return str(value["lineage"]), int(value["serial"])
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(aws, place, f"a state without {error}") from error


def version(aws: Aws, key: str) -> str:
    """Names Terraform's state `key` as it is now, another one after every write; empty without a state."""
    from botocore.exceptions import ClientError

    place = backend(aws, key)
    try:
        found = aws.client("s3").head_object(Bucket=place["bucket"], Key=place["key"])
    except ClientError as error:
        if aws_errors.is_code(error, "404", "NoSuchKey", "NoSuchBucket", "NotFound"):
            return ""
        raise
    return f"{found.get('VersionId', '')} {found['ETag']}"


def output(aws: Aws, key: str, name: str) -> Any | None:
    """The value of an output of Terraform's state `key`; None without a state, the output, or a value of it.

    Nothing else of the state is looked at.
    """
    place = backend(aws, key)["key"]
    value = read(aws, place)
    if value is None:
        return None
    try:
        found = value["outputs"].get(name)
        return None if found is None else found["value"]
    except (AttributeError, KeyError, TypeError) as error:
        raise Broken(aws, place, f"a state without {error}") from error


def ensure_bucket(aws: Aws) -> bool:
    """Make the bucket if it is missing: private, encrypted, TLS only, versioned. True if it was made now.

    Versioning comes last and so marks a finished bucket: one that lacks it was left half made and is finished. Raises
    `Failure` if the bucket cannot be reached, is somebody else's or in another region, or cannot be made.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    s3, bucket = aws.client("s3"), aws.environment.state_bucket
    try:
        made = not exists(aws)
        if made:
            _refuse_another_project(aws)
            _create(aws)
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            _protect(aws)
    except (BotoCoreError, ClientError) as error:
        cause = causes.of(error)
        raise Failure(
            f"the state bucket {bucket} cannot be made ready",
            reason=cause.why,
            next_step=cause.remedy
            or "use credentials that may create and configure it, or create it once: private, encrypted, versioned",
        ) from error
    return made


def _refuse_another_project(aws: Aws) -> None:
    """An emulated AWS is for one project: the load balancers of two would have one address. Raises `Failure`."""
    if not aws.endpoint:
        return
    own = project()
    end = aws.environment.state_bucket.removeprefix(own)
    names = [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
    others = [name.removesuffix(end) for name in names if name.endswith(end)]
    if others:
        raise Failure(
            f"the emulated AWS of this machine holds the project {others[0]!r}",
            reason=f"What it deployed would go on running beside {own!r}, under its own name.",
            next_step="name it in terraform/project.tfvars again, then: python3 orchestrate.py down",
        )


def exists(aws: Aws) -> bool:
    """Whether the bucket is there. Raises `Failure` if it is somebody else's or in another region."""
    from botocore.exceptions import ClientError

    bucket, region = aws.environment.state_bucket, aws.environment.region
    try:
        found = aws.client("s3").head_bucket(Bucket=bucket, ExpectedBucketOwner=aws.environment.account_id)
        place = found["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", region)
    except ClientError as error:
        if aws_errors.is_code(error, "404", "NoSuchBucket"):
            return False
        if aws_errors.is_code(error, "403", "AccessDenied"):
            raise Failure(
                f"the state bucket {bucket} is not accessible",
                reason=f"It belongs to another account, or {_caller(aws)} may not read it (s3:ListBucket).",
                next_step="use credentials that may read and write it",
            ) from error
        if not aws_errors.is_code(error, "301", "PermanentRedirect"):
            raise
        headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        place = headers.get("x-amz-bucket-region") or "another region"
    if place != region:
        raise Failure(
            f"the state bucket {bucket} is not in {region}",
            reason=f"It is in {place}, and Terraform looks for it in {region}.",
            next_step=f"name its region in {aws.environment.file.name}, or remove the bucket if nothing is in it",
        )
    return True


def _caller(aws: Aws) -> str:
    return "these credentials" if aws.endpoint else aws.caller()


def _create(aws: Aws) -> None:
    from botocore.exceptions import ClientError

    region = aws.environment.region
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        aws.client("s3").create_bucket(Bucket=aws.environment.state_bucket, **location)
    except ClientError as error:
        # Another run was faster.
        if not aws_errors.is_code(error, "BucketAlreadyOwnedByYou"):
            raise


def _protect(aws: Aws) -> None:
    s3, bucket = aws.client("s3"), aws.environment.state_bucket
    private = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(private, True))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(f"arn:{aws.partition}:s3:::{bucket}")))
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def _tls_only(arn: str) -> dict[str, Any]:
    statement = {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


class Broken(Failure):
    """An object beside the states that is not what this program writes there."""

    def __init__(self, aws: Aws, key: str, why: str) -> None:
        place = f"s3://{aws.environment.state_bucket}/{key}"
        super().__init__(
            f"{place} is broken",
            reason=f"It is not what was written there: {why}.",
            next_step=_mend(aws, key),
        )


def _mend(aws: Aws, key: str) -> str:
    if key.endswith("terraform.tfstate"):
        what = "it is Terraform's state: take back its last version (the bucket keeps them all)"
    elif "/releases/" in key:
        what = "take back its last version (the bucket keeps them all), or delete it: the release before it is the last"
    elif "/pictures/" in key:
        what = "delete it: only the release's picture is lost"
    elif "/audit/" in key:
        what = "take back its last version (the bucket keeps them all), or delete it: only this record is lost"
    else:
        what = "delete it: the next run makes it again"
    return f"{what}\n{_command(aws, 'list-object-versions', f'--prefix {key}')}"


def _command(aws: Aws, verb: str, option: str) -> str:
    keys = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test " if aws.endpoint else ""
    endpoint = f" --endpoint-url {aws.endpoint}" if aws.endpoint else ""
    region = f"--region {aws.environment.region}"
    return f"{keys}aws s3api {verb} {region} --bucket {aws.environment.state_bucket} {option}{endpoint}"


def read(aws: Aws, key: str) -> Any | None:
    """The JSON object `key` beside the states, or None. Raises `Broken` if it is none."""
    from botocore.exceptions import ClientError

    try:
        answer = aws.client("s3").get_object(Bucket=aws.environment.state_bucket, Key=key)
        return json.loads(answer["Body"].read())
    except ValueError as error:
        raise Broken(aws, key, f"no JSON ({error})") from error
    except ClientError as error:
        if aws_errors.is_code(error, "NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise


def read_made_again(aws: Aws, key: str) -> dict[str, Any]:
    """The JSON object `key` that is made again where it is missing: one that is broken counts as missing."""
    try:
        value = read(aws, key)
    except Broken:
        return {}
    return value if isinstance(value, dict) else {}


def read_as(aws: Aws, key: str, kind: type[T]) -> T | None:
    """The dataclass that is kept at `key`, or None. Raises `Broken` if that is something else.

    What only another version of this program knows of it is left out.
    """
    value = read(aws, key)
    if value is None:
        return None
    known = {item.name for item in fields(kind)}
    try:
        return kind(**{name: part for name, part in value.items() if name in known})
    except (AttributeError, TypeError) as error:
        raise Broken(aws, key, str(error)) from error


def write(aws: Aws, key: str, value: Any) -> None:
    """Write the JSON object `key` beside the states."""
    _put(aws, key, value)


def create(aws: Aws, key: str, value: Any) -> bool:
    """Write the JSON object `key` if there is none. False, with nothing written, if another machine has been faster."""
    from botocore.exceptions import ClientError

    try:
        _put(aws, key, value, IfNoneMatch="*")
    except ClientError as error:
        if aws_errors.is_code(error, "PreconditionFailed", "412", "ConditionalRequestConflict"):
            return False
        raise
    return True


def _put(aws: Aws, key: str, value: Any, **condition: str) -> None:
    aws.client("s3").put_object(
        Bucket=aws.environment.state_bucket,
        Key=key,
        Body=json.dumps(value, indent=1, sort_keys=True).encode(),
        ContentType="application/json",
        **condition,
    )


def keys(aws: Aws, prefix: str) -> list[str]:
    """The keys of all objects that begin with `prefix`, in order."""
    from botocore.exceptions import ClientError

    found: list[str] = []
    try:
        pages = (
            aws.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=aws.environment.state_bucket, Prefix=prefix)
        )
        for page in pages:
            found += [item["Key"] for item in page.get("Contents", [])]
    except ClientError as error:
        if not aws_errors.is_code(error, "NoSuchBucket", "404"):
            raise
    return sorted(found)
