"""A base image for services out of Debian's own packages, for machines that reach no image registry.

The packages are downloaded and checked by apt into a folder of its own, merged into one file system without unpacking
them on the host (so root is not needed, and nothing of the host gets in), and configured inside a container.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from orchestrator.console import Stage
from orchestrator.errors import Failure, PrerequisiteMissing
from orchestrator.machine import apt
from orchestrator.machine.engine import Engine
from orchestrator.system import childenv, interrupt, process
from orchestrator.system.childenv import Child
from orchestrator.system.paths import cache

RELEASE = "trixie"
# What a shell script in a Dockerfile and a Python service need, and nothing that installs or compiles.
PACKAGES = (
    "base-files", "base-passwd", "ca-certificates", "coreutils", "dash", "debianutils", "findutils", "grep",
    "libc-bin", "mawk", "netbase", "passwd", "python3", "sed", "tzdata",
)  # fmt: skip
# Dependencies of the packages' installation scripts, which do not run here.
UNUSED_PACKAGES = frozenset({"debconf", "dpkg", "openssl-provider-legacy", "tar"})
UNUSED_FILES = re.compile(
    r"""usr/share/(applications|bash-completion|bug|debconf|info|lintian|locale|man|pixmaps)(/|$)
    | usr/share/doc/[^/]+/(?!copyright$)  # licences stay
    | usr/lib/python3\.\d+/(pydoc_data|test)(/|$)
    | usr/lib/[^/]+/gconv(/|$)  # character sets for C programs; Python has its own
    """,
    re.VERBOSE,
)
# Raised when `merge` makes something else of the same packages.
MERGE_VERSION = 2
# Names of folders in the root that Debian keeps as links into /usr.
ALIASES = ("bin", "lib", "lib64", "sbin")
# What the packages' installation scripts would have done, by the same programs where there are any.
CONFIGURE = """
set -e
cp /usr/share/libc-bin/nsswitch.conf /etc/nsswitch.conf
sed 's#^root:\\(.*\\):/bin/bash$#root:\\1:/bin/sh#' /usr/share/base-passwd/passwd.master > /etc/passwd
cp /usr/share/base-passwd/group.master /etc/group
ln -sf mawk /usr/bin/awk
ln -sf which.debianutils /usr/bin/which
rm -rf /var/run
ln -s /run /var/run
mkdir -p /opt /srv /usr/local/bin /usr/local/lib /usr/local/sbin /usr/local/share
ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime
cd /usr/share/ca-certificates
find . -name '*.crt' | sed 's#^./##' | sort > /etc/ca-certificates.conf
update-ca-certificates > /dev/null
python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /usr/lib/python3.13 /usr/lib/python3
ldconfig
"""
IMAGE_SETTINGS = (
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "ENV LANG=C.UTF-8",
    'CMD ["python3"]',
)
# The Docker engine's names of processor architectures, and Debian's.
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
KEYRINGS = tuple(
    Path("/usr/share/keyrings") / name for name in ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")
)


def recipe() -> str:
    """Twelve hexadecimal digits over everything here that decides what the image is made of."""
    parts = (
        RELEASE, PACKAGES, sorted(UNUSED_PACKAGES), UNUSED_FILES.pattern, MERGE_VERSION, ALIASES, CONFIGURE,
        IMAGE_SETTINGS,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def reference() -> str:
    """The image's name on this machine."""
    return f"storyizer-base:{recipe()}"


def build(engine: Engine, stage: Stage) -> None:
    """Make the image `reference()`. Takes 10 to 15 seconds. Not to be called twice at once.

    Raises `PrerequisiteMissing` on a machine without apt, or without a mirror to be reached.
    """
    if process.which("apt-get") is None or process.which("dpkg-deb") is None:
        raise PrerequisiteMissing(
            "no base image for the services",
            reason="The image registry cannot be reached, and this machine has no apt-get to build a base image with.",
            next_step="give this machine access to docker.io, or `docker load` the image python:3.13-slim-trixie,\n"
            "or run this on a Debian or Ubuntu machine",
        )
    keyring = _keyring(stage)
    cache().mkdir(parents=True, exist_ok=True)
    for leftover in cache().glob("base-image-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="base-image-", dir=cache()) as name:
        folder = Path(name)
        packages = _download(folder, keyring, ARCHITECTURES.get(engine.architecture, "amd64"), stage)
        stage.note(f"merging {len(packages)} packages")
        archive = folder / "base.tar"
        merge(packages, archive)
        shutil.rmtree(folder / "cache", ignore_errors=True)
        _import(archive, stage)


def _keyring(stage: Stage) -> Path:
    for attempt in range(2):
        for path in KEYRINGS:
            if path.is_file():
                return path
        if attempt == 0 and apt.can_install():
            apt.install(["debian-archive-keyring"], stage.event, "its keys prove that packages are Debian's")
    raise PrerequisiteMissing(
        "Debian's keys are not on this machine",
        reason="The base image's packages cannot be checked without them.",
        next_step="sudo apt-get install debian-archive-keyring",
    )


def _download(folder: Path, keyring: Path, architecture: str, stage: Stage) -> list[Path]:
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "state" / "status").touch()
    mirrors = apt.mirrors()
    problem = process.Completed((), 1, "", "apt's sources on this machine name no mirror of Debian")
    choices = [] if mirrors is None else [(mirrors, True), (mirrors, False)] if mirrors.security else [(mirrors, False)]
    for choice, with_security in choices:
        stage.note("reading the package lists")
        (folder / "sources.list").write_text(sources_list(choice, keyring, with_security))
        problem = _apt(folder, architecture, "update", "--error-on=any")
        if not problem.ok:
            continue
        if not with_security:
            stage.event("the mirror has no security updates for the base image: it is built without them")
        stage.note("downloading packages")
        problem = _apt(folder, architecture, "install", "--download-only", *PACKAGES)
        if problem.ok:
            return sorted((folder / "cache" / "archives").glob("*.deb"))
    raise PrerequisiteMissing(
        "no base image for the services",
        reason="Neither the image registry nor a mirror of Debian can be reached.",
        details=problem.tail(6),
        next_step="give this machine access to docker.io or to a Debian mirror (see /etc/apt), then run this again",
    )


def sources_list(mirrors: apt.Mirrors, keyring: Path, with_security: bool) -> str:
    """apt's sources for the release."""
    options = f"[signed-by={keyring}]"
    lines = [f"deb {options} {mirrors.packages} {RELEASE} main"]
    if with_security:
        lines.append(f"deb {options} {mirrors.packages} {RELEASE}-updates main")
        lines.append(f"deb {options} {mirrors.security} {RELEASE}-security main")
    return "\n".join(lines) + "\n"


def _apt(folder: Path, architecture: str, command: str, *arguments: str) -> process.Completed:
    settings = {
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "state" / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Cache::archives": folder / "cache" / "archives",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferencesparts": "-",
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "APT::Keep-Downloaded-Packages": "true",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "20",
        "Debug::NoLocking": "true",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    return process.run(
        ["apt-get", *options, "-y", command, *arguments],
        env=childenv.of(Child.PACKAGES, DEBIAN_FRONTEND="noninteractive", APT_CONFIG=""),
    )


def merge(packages: list[Path], archive: Path) -> None:
    """Write the file systems of Debian packages into one tar archive, without what is not needed, owners kept."""
    # Where image scanners, and services/image, look for the packages that an image is made of.
    status: list[str] = []
    records: dict[str, str] = {}
    seen: set[str] = set()
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as target:
        for alias in ALIASES:
            _add_link(target, alias, f"usr/{alias}")
            seen.add(alias)
        for package in packages:
            interrupt.check("the base image")
            name = package.name.split("_", 1)[0]
            if name in UNUSED_PACKAGES:
                continue
            status.append(_control(package))
            records[f"info/{name}.list"] = "".join(f"/{file}\n" for file in _copy(package, target, seen))
        records["status"] = "\n".join(status)
        for path, content in records.items():
            member = tarfile.TarInfo(f"var/lib/dpkg/{path}")
            member.size = len(content.encode())
            target.addfile(member, io.BytesIO(content.encode()))


def _add_link(target: tarfile.TarFile, name: str, destination: str) -> None:
    member = tarfile.TarInfo(name)
    member.type = tarfile.SYMTYPE
    member.linkname = destination
    target.addfile(member)


def _control(package: Path) -> str:
    fields = process.run(["dpkg-deb", "--field", package]).stdout.rstrip("\n")
    first, _, rest = fields.partition("\n")
    return f"{first}\nStatus: install ok installed\n{rest}\n"


def _copy(package: Path, target: tarfile.TarFile, seen: set[str]) -> list[str]:
    """Add what is wanted of a package's files. Returns their names."""
    files: list[str] = []
    # Like every child in a session of its own: Ctrl-C is answered between two packages.
    unpacking = subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE, start_new_session=True,
        env=childenv.of_program("dpkg-deb"),
    )  # fmt: skip
    broken = False
    with unpacking:
        try:
            with tarfile.open(fileobj=unpacking.stdout, mode="r|") as source:
                files = _add_members(source, target, seen)
        except tarfile.TarError:
            broken = True
    interrupt.check("the base image")
    if broken or unpacking.returncode != 0:
        raise Failure(f"cannot read the package {package.name}", next_step="run the same command again")
    return files


def _add_members(source: tarfile.TarFile, target: tarfile.TarFile, seen: set[str]) -> list[str]:
    files: list[str] = []
    for member in source:
        member.name = canonical(member.name)
        if member.islnk():
            member.linkname = canonical(member.linkname)
        if not wanted(member.name) or member.name in seen:
            continue
        seen.add(member.name)
        # Nothing in a service's container may gain rights from a file.
        member.mode &= ~0o6000
        target.addfile(member, source.extractfile(member) if member.isreg() else None)
        if not member.isdir():
            files.append(member.name)
    return files


def canonical(name: str) -> str:
    """A package's file name without its leading dot, in /usr where the root has only a link."""
    name = name.removeprefix("./").rstrip("/")
    first, slash, rest = name.partition("/")
    return f"usr/{first}/{rest}" if slash and first in ALIASES else name


def wanted(name: str) -> bool:
    """False for documentation, translations and the like. Licences stay."""
    return name not in ("", ".") and not UNUSED_FILES.match(name)


def _import(archive: Path, stage: Stage) -> None:
    settings = [word for setting in IMAGE_SETTINGS for word in ("--change", setting)]
    raw, container = "storyizer-base-raw:latest", "storyizer-base-build"
    _remove(container, raw)  # what a killed build left
    try:
        stage.note("loading it into the engine")
        _docker("import", *settings, str(archive), raw)
        stage.note("configuring it in a container")
        _docker("run", "--name", container, "--network", "none", raw, "sh", "-c", CONFIGURE)
        flat = archive.with_suffix(".flat.tar")
        _docker("export", "--output", str(flat), container)
        _docker("import", *settings, "--message", "Debian packages", str(flat), reference())
    finally:
        _remove(container, raw)


def _remove(container: str, image: str) -> None:
    process.run(["docker", "rm", "--force", container], check_interrupt=False)
    process.run(["docker", "rmi", "--force", image], check_interrupt=False)


def _docker(*arguments: str) -> None:
    done = process.run(["docker", *arguments])
    if not done.ok:
        raise Failure(
            "the base image could not be made",
            reason=f"`docker {arguments[0]}` ended with code {done.returncode}",
            details=done.tail(8),
            next_step="check the engine's free disk space (`docker system df`), then run the same command again",
        )
