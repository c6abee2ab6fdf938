"""Whose credentials are used: one boto3 session for all clients, so that what a person must type is asked for once.

A profile whose role asks for an MFA code needs somebody at a terminal, for each of its sessions (an hour, unless the
profile says otherwise). The session is kept where the AWS CLI keeps its own, so either finds the other's.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import ExitCode, Failure
from orchestrator.system import notices

if TYPE_CHECKING:
    import boto3

# https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html#cli-configure-role-cache
CACHE = Path("~/.aws/cli/cache")
_METHOD = "assume-role"


def session(region: str, profile: str | None, keys: Mapping[str, str] | None) -> boto3.Session:
    """A session with these keys (of the emulated AWS), or of that profile, or of this process.

    Roles are assumed in that region.
    """
    import boto3
    import botocore.session

    if keys is not None:
        return boto3.Session(
            region_name=region,
            aws_access_key_id=keys.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=keys.get("AWS_SECRET_ACCESS_KEY"),
        )
    core = botocore.session.Session(profile=profile)
    core.set_config_variable("region", region)
    if asks_for_a_code(core):
        _prepare(core)
    return boto3.Session(botocore_session=core)


def asks_for_a_code(core: Any) -> bool:
    """True if the profile, or one that it takes its credentials from, is a role that asks for an MFA code."""
    profiles, name, seen = core.full_config.get("profiles", {}), core.profile or "default", set()
    while name in profiles and name not in seen:
        seen.add(name)
        if "role_arn" in profiles[name] and "mfa_serial" in profiles[name]:
            return True
        name = profiles[name].get("source_profile", "")
    return False


def _prepare(core: Any) -> None:
    from botocore.utils import JSONFileCache

    provider = core.get_component("credential_provider").get_provider(_METHOD)
    provider.cache = JSONFileCache(CACHE.expanduser())
    # botocore takes it from its caller only where the provider is made.
    provider._prompter = _ask


def _ask(prompt: str) -> str:
    if not notices.can_ask():
        raise Failure(
            "the AWS profile asks for an MFA code, and nobody can type one here",
            reason="Standard input is no terminal.",
            next_step="run any command of this project or of the AWS CLI with the same profile at a terminal before: "
            "the\nsession is kept. In a pipeline use a role without MFA",
            exit_code=ExitCode.PREREQUISITE_MISSING,
        )
    code = notices.ask(lambda: getpass.getpass(prompt))
    if not code:
        raise Failure("no MFA code was typed", next_step="run it again", exit_code=ExitCode.PREREQUISITE_MISSING)
    return code


def for_children(made: boto3.Session) -> dict[str, str]:
    """Variables with the session's credentials, for programs that could not ask for a code; nothing otherwise.

    All others renew theirs by themselves. These last until the session ends.
    """
    credentials = made.get_credentials()
    if credentials is None or credentials.method != _METHOD or not asks_for_a_code(made._session):
        return {}
    now = credentials.get_frozen_credentials()
    return {
        "AWS_ACCESS_KEY_ID": str(now.access_key),
        "AWS_SECRET_ACCESS_KEY": str(now.secret_key),
        "AWS_SESSION_TOKEN": str(now.token),
        "AWS_PROFILE": "",
        "AWS_DEFAULT_PROFILE": "",
    }
