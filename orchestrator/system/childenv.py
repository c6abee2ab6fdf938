"""What each child process gets of the shell's environment variables: one table, and nothing that is not in it.

A shell holds settings for other uses of the same tools. Handed on, they would change what is built, planned and applied
from one terminal to the next. Standard library only: the first run of all depends on it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orchestrator.system import tempfolder


class Child(StrEnum):
    """The kinds of programs that are started."""

    TERRAFORM = "terraform"
    """Against the emulated AWS."""
    TERRAFORM_ON_AWS = "terraform on AWS"
    DOCKER = "docker"
    ENGINE = "dockerd"
    GIT = "git"
    PACKAGES = "apt-get"
    PIP = "pip"
    EMULATOR = "emulator"
    TESTS = "pytest"
    HOOK = "notify_command"
    OTHER = "another program"


@dataclass(frozen=True)
class Passed:
    """Variables that some children get. `X_*` stands for every name that begins with `X_`."""

    names: tuple[str, ...]
    children: frozenset[Child]
    why: str


def _passed(names: str, children: Iterable[Child], why: str) -> Passed:
    return Passed(tuple(names.split()), frozenset(children), why)


_TERRAFORM = (Child.TERRAFORM, Child.TERRAFORM_ON_AWS)
_NETWORK = (*_TERRAFORM, Child.DOCKER, Child.ENGINE, Child.PACKAGES, Child.PIP)

PASSED: tuple[Passed, ...] = (
    _passed("HOME USER LOGNAME", Child, "where a person's own configuration of the tool is"),
    _passed(
        "XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_CACHE_HOME XDG_RUNTIME_DIR", Child,
        "the same, and where caches and sockets are",
    ),
    _passed("LD_LIBRARY_PATH", (Child.PIP, Child.EMULATOR), "where a Python that is a shared library finds itself"),
    _passed(
        "HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy", _NETWORK,
        "the way to registries and package indexes, and to AWS",
    ),
    _passed("SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE", _NETWORK, "a private certificate authority"),
    _passed("REQUESTS_CA_BUNDLE CURL_CA_BUNDLE", (Child.PIP,), "the same, as Python's packages read it"),
    _passed(
        "TF_CLI_CONFIG_FILE TF_PLUGIN_CACHE_DIR TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE TF_TOKEN_* "
        "TF_REGISTRY_DISCOVERY_RETRY TF_REGISTRY_CLIENT_TIMEOUT", _TERRAFORM,
        "where providers come from; the lock file says which",
    ),
    _passed("TF_LOG TF_LOG_* TF_APPEND_USER_AGENT", _TERRAFORM, "Terraform's own log settings"),
    _passed("TFENV_* TENV_* ASDF_* MISE_*", _TERRAFORM, "where a version manager's `terraform` finds the real one"),
    _passed("*", (Child.TERRAFORM_ON_AWS,), "the way to log in: a credential_process may be any program"),
    _passed("*", (Child.HOOK,), "a program of the person's own, with its tokens and settings"),
    _passed("*", (Child.TESTS,), "pytest and its plugins are set by what they like; what the tests start is not"),
    _passed(
        "DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION",
        (Child.DOCKER,), "which engine, and how it is reached",
    ),
    _passed("DOCKER_TLS_VERIFY DOCKER_CERT_PATH", (Child.EMULATOR,), "the same; DOCKER_HOST is the address found"),
    _passed(
        "SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS GNUPGHOME GPG_TTY PASSWORD_STORE_DIR", (Child.DOCKER,),
        "engines over ssh, and the helpers that keep logins",
    ),
    _passed(
        "GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM GIT_CONFIG_COUNT GIT_CONFIG_KEY_* GIT_CONFIG_VALUE_*",
        (Child.GIT,), "where safe.directory may stand",
    ),
    _passed(
        "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_NO_INDEX PIP_FIND_LINKS PIP_TRUSTED_HOST PIP_CERT PIP_CLIENT_CERT "
        "PIP_PROXY PIP_TIMEOUT PIP_DEFAULT_TIMEOUT PIP_RETRIES PIP_CACHE_DIR PIP_NO_CACHE_DIR PIP_CONFIG_FILE "
        "PIP_KEYRING_PROVIDER NETRC DBUS_SESSION_BUS_ADDRESS", (Child.PIP,),
        "where packages come from; the lock file says which",
    ),
    _passed("APT_CONFIG", (Child.PACKAGES,), "where packages come from"),
)  # fmt: skip

# Not even those get these to whom everything is passed. PYTHON*: another Python's modules and switches.
_NEVER: Mapping[Child, tuple[str, ...]] = {
    Child.TERRAFORM_ON_AWS: ("TF_*", "LD_PRELOAD"),
    Child.HOOK: ("PYTHON*", "LD_PRELOAD"),
    Child.TESTS: ("PYTHON*", "LD_PRELOAD", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"),
}
# Who sets one of these means something by it: that it changes nothing here is said.
_SURPRISING = (
    "TF_VAR_*", "TF_CLI_ARGS*", "TF_WORKSPACE", "TF_DATA_DIR", "TF_REATTACH_PROVIDERS", "TF_SKIP_PROVIDER_VERIFY",
    "DOCKER_BUILDKIT", "DOCKER_DEFAULT_PLATFORM", "DOCKER_CONTENT_TRUST", "BUILDKIT_*", "BUILDX_*",
    "PIP_TARGET", "PIP_USER", "PIP_PREFIX", "PIP_ROOT", "PIP_NO_DEPS", "PIP_CONSTRAINT", "PIP_REQUIRE_VIRTUALENV",
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "PYTHONPATH", "PYTHONHOME", "LD_PRELOAD",
)  # fmt: skip
# Folders that a non-login shell's PATH may lack.
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")
_BY_PROGRAM = {"apt-get": Child.PACKAGES, "pip": Child.PIP}


def passed(child: Child, shell: Mapping[str, str]) -> dict[str, str]:
    """What a child gets where the shell holds these variables.

    Whatever the shell's language, a child speaks English in UTF-8: what it says is read.
    """
    patterns = [name for row in PASSED if child in row.children for name in row.names if name != "*"]
    everything = any("*" in row.names for row in PASSED if child in row.children)
    refused = _NEVER.get(child, ())
    found = {
        name: value
        for name, value in shell.items()
        if value and (_matches(name, patterns) or (everything and not _matches(name, refused)))
    }
    found["PATH"] = search_path(shell)
    if child is not Child.ENGINE:  # which outlives the folder
        found["TMPDIR"] = str(tempfolder.chosen(shell).folder)
    if child is not Child.TESTS:
        found["LC_ALL"] = "C.UTF-8"
    if child is Child.PIP:
        found["PYTHONSAFEPATH"] = "1"  # no module out of the folder that somebody happens to stand in
    return found


def of(child: Child, **changes: str) -> dict[str, str]:
    """The environment variables of a child of this process, with `changes`; an empty value is none at all."""
    wanted = {**passed(child, os.environ), **changes}
    return {name: value for name, value in wanted.items() if value != ""}


def of_program(program: str) -> dict[str, str]:
    """The environment variables of a program by its name or path. Of all Python programs it is pip that is started."""
    name = Path(program).name
    if name.startswith("python"):
        return of(Child.PIP)
    known = {child.value: child for child in (Child.TERRAFORM, Child.DOCKER, Child.ENGINE, Child.GIT)}
    return of((known | _BY_PROGRAM).get(name, Child.OTHER))


def search_path(shell: Mapping[str, str]) -> str:
    """PATH, with the system's folders behind it where it lacks them."""
    given = [part for part in shell.get("PATH", "").split(os.pathsep) if part]
    return os.pathsep.join(dict.fromkeys([*given, *SYSTEM_FOLDERS]))


def ignored(shell: Mapping[str, str], allowed: Iterable[str] = ()) -> list[str]:
    """The variables that are set and change nothing here, though their names promise that; but not the `allowed`."""
    names = {name for name, value in shell.items() if value and _matches(name, _SURPRISING)}
    return sorted(names.difference(allowed))


def settle_on_the_emulated_aws() -> None:
    """Take out of this very process what a person has set for the real AWS: boto3 reads it wherever it is told to go.

    To be called once, before the first thread.
    """
    for name in [name for name in os.environ if name.startswith("AWS_") or name == "BOTO_CONFIG"]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def without_proxy() -> dict[str, str]:
    """NO_PROXY in both spellings, with this machine in it."""
    listed = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    value = ",".join(part for part in (listed, "127.0.0.1", "localhost") if part)
    return {"NO_PROXY": value, "no_proxy": value}


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(name.startswith(part[:-1]) if part.endswith("*") else name == part for part in patterns)
