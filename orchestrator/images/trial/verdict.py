"""What a run under ECS's restrictions proves. Decides only.

Only four things stop a deploy here: a command that is not there, a user that is not there, an image that must be root,
and one that writes to its root file system. The last two are proven: the image said so, and it goes on where the same
image is allowed to. Everything else that goes wrong may have causes that only the rollout has, and is left to it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.errors import Failure
from orchestrator.images.trial.container import Outcome, Restrictions

SHOWN = 12
_READ_ONLY = re.compile(r"read-only file ?system|\bEROFS\b|Errno 30\b", re.IGNORECASE)
_NOT_ALLOWED = re.compile(
    r"permission denied|operation not permitted|\bEACCES\b|\bEPERM\b|must be (run as )?root|are you root",
    re.IGNORECASE,
)
_NO_USER = re.compile(r"unable to find (user|group)|no matching entries in (passwd|group) file")
_NO_COMMAND = re.compile(r"executable file not found|no command specified|no such file or directory")
_PATH = re.compile(r"(?<![\w./])(/[\w.@+-]+(?:/[\w.@+-]+)*)")
_FOLDER = re.compile(r"mkdir|director(y|ies)|folder", re.IGNORECASE)
_SCRATCH = ("/tmp", "/run")
# Where no service writes, and what the engine's own messages name.
_NO_FOLDERS = ("/proc", "/sys", "/dev", "/bin", "/usr/bin", "/lib")


class Relaxed(StrEnum):
    """In what a further run differs from ECS."""

    WRITABLE = "with a writable root file system"
    OWN_USER = "as the image's own user"
    ROOT = "as root, with the engine's usual capabilities"
    ROOT_AND_WRITABLE = "as root, with a writable root file system"


def restrictions(how: Relaxed, user: str, own_user: str) -> Restrictions:
    """What a run is allowed, for the manifest's user and the image's own."""
    return {
        Relaxed.WRITABLE: Restrictions(user, read_only=False),
        Relaxed.OWN_USER: Restrictions(own_user),
        Relaxed.ROOT: Restrictions("0:0", capabilities=True),
        Relaxed.ROOT_AND_WRITABLE: Restrictions("0:0", read_only=False, capabilities=True),
    }[how]


@dataclass(frozen=True)
class Image:
    """What an image says of itself: its user, the ports that it EXPOSEs, and the folders that are a VOLUME."""

    user: str = ""
    ports: frozenset[int] = frozenset()
    volumes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tried:
    """Who was tried, and how: its user, the image, where it is asked, and the folders that the manifest gives it.

    `shares_dockerfile`: its image is given these folders by the build.
    """

    service: str
    user: str
    image: Image
    port: int | None
    path: str
    folders: tuple[str, ...] = ()
    shares_dockerfile: bool = False

    def is_fine(self, outcome: Outcome) -> bool:
        """True if nothing more has to be found out. A job may end; whoever listens answers in some way."""
        if self.port is None:
            return outcome.is_running or outcome.exit_code == 0
        return outcome.status is not None and outcome.status < 500


def suspicions(tried: Tried, outcome: Outcome) -> list[Relaxed]:
    """With what a failed run is repeated: what it said speaks for a restriction as the cause."""
    text = "\n".join((*outcome.output, outcome.error))
    read_only, not_allowed = _READ_ONLY.search(text), _NOT_ALLOWED.search(text)
    if tried.is_fine(outcome) or _start_failure(tried, outcome) or not (read_only or not_allowed):
        return []
    found = [Relaxed.WRITABLE] if read_only else []
    if not_allowed:
        found += [Relaxed.OWN_USER] if tried.image.user not in ("", "0", "root", "0:0", tried.user) else []
        found.append(Relaxed.ROOT)
    return [*found, Relaxed.ROOT_AND_WRITABLE]


def failure(tried: Tried, outcome: Outcome, relaxed: Mapping[Relaxed, Outcome]) -> Failure | None:
    """The failure that is proven, or None."""
    if tried.is_fine(outcome):
        return None
    if found := _start_failure(tried, outcome):
        return found
    for how in Relaxed:
        if how in relaxed and _goes_on(tried, outcome, relaxed[how]):
            return _proven(tried, outcome, how, relaxed[how])
    return None


def warnings(tried: Tried, outcome: Outcome) -> list[str]:
    """What is odd, and stops nothing."""
    found = [
        f"the image of {tried.service} declares no VOLUME {folder}: on Fargate that folder may belong to root alone"
        for folder in tried.folders
        if folder not in tried.image.volumes
    ]
    if tried.port is None or tried.is_fine(outcome):
        return found
    if tried.image.ports and tried.port not in tried.image.ports:
        ports = ", ".join(map(str, sorted(tried.image.ports)))
        found.append(f"the image of {tried.service} EXPOSEs {ports}, its service.yaml has port {tried.port}")
    if outcome.exit_code is not None:
        found.append(
            f"the image of {tried.service} exited with {outcome.exit_code} when it was tried alone, without a network: "
            "the rollout shows whether it does so in its surroundings"
        )
    return found


def _goes_on(tried: Tried, restricted: Outcome, freer: Outcome) -> bool:
    """Whether a freer run comes further: it answers, or ends well where nobody is answered.

    That something still runs shows little, as a busy machine starts it late: it must have run much longer than the
    one that ended, and have said nothing of the kind.
    """
    if tried.port is not None or not freer.is_running:
        return tried.is_fine(freer)
    ran_on = not restricted.is_running and freer.seconds > 2 * restricted.seconds
    return ran_on and not any(map(_is_mark, freer.output))


def _start_failure(tried: Tried, outcome: Outcome) -> Failure | None:
    """For a container that does not even start, by the engine's words."""
    said = outcome.error
    if not said:
        return None
    details = said.splitlines()[-3:]
    if _NO_USER.search(said):
        return Failure(
            f"the image of {tried.service} has no user {tried.user}",
            reason="The engine says:",
            details=details,
            next_step=f'set `user: "UID:GID"` in services/{tried.service}/service.yaml: numbers need no entry',
        )
    if _NO_COMMAND.search(said):
        return Failure(
            f"the image of {tried.service} does not have the command that it is to run",
            reason="The engine says:",
            details=details,
            next_step=f"correct `command:` in services/{tried.service}/service.yaml, or the image's ENTRYPOINT and CMD",
        )
    return None


def _proven(tried: Tried, outcome: Outcome, how: Relaxed, freer: Outcome) -> Failure:
    ended = "did not answer" if outcome.is_running else f"exited with {outcome.exit_code}"
    if outcome.error:
        ended = "did not start"
    goes_on = f"answers {tried.path} with {freer.status}" if freer.status else "goes on"
    manifest = f"services/{tried.service}/service.yaml"
    lines = [*outcome.error.splitlines(), *outcome.output]
    reason = (
        f"Tried as ECS runs it (user {tried.user}, read-only root file system, no capabilities) it {ended}; "
        f"{how} it {goes_on}."
    )
    places = folders(lines)
    # Of a volume the build makes a folder of its user's: root's rights are not needed where that is all.
    if how is Relaxed.WRITABLE or (how is Relaxed.ROOT_AND_WRITABLE and tried.shares_dockerfile and places):
        message = f"the image of {tried.service} writes to its root file system, which is read-only on ECS"
        volumes = [f"  {_name(place)}: {{path: {place}}}" for place in places] or ["  NAME: {path: /FOLDER}"]
        owned = [] if tried.shares_dockerfile else _owned(tried.user, places)
        fix = "\n".join([f"give it writable folders in {manifest}:", "volumes:", *volumes, *owned])
    elif own := [folder for folder in tried.folders if any(folder in line for line in lines if _is_mark(line))]:
        message = f"the image of {tried.service} may not write to a volume of its own as user {tried.user}"
        fix = "\n".join(_owned(tried.user, own))
    elif how is Relaxed.OWN_USER:
        message = f"the image of {tried.service} does not run as user {tried.user}"
        fix = f'set `user: "{tried.image.user}"` in {manifest}'
    else:
        message = f"the image of {tried.service} must be root"
        fix = (
            f"use a variant of the image for another user, or let {tried.user} own its files (COPY --chown); "
            f"`user:` in {manifest} names another one"
        )
        if how is Relaxed.ROOT_AND_WRITABLE:
            message += " and writes to its root file system, which is read-only on ECS"
            fix += f"; `volumes:` there gives it writable folders: {', '.join(places) or 'its log names them'}"
    return Failure(message, reason=reason, details=lines[-SHOWN:], next_step=fix)


def _owned(user: str, folders: Sequence[str]) -> list[str]:
    """A volume is as the image has the folder, which is root's unless the image says otherwise."""
    lines = [f"RUN mkdir -p {folder} && chown {user} {folder}\nVOLUME {folder}" for folder in folders or ["/FOLDER"]]
    return ["let them belong to its user, in its Dockerfile:", *lines]


def _is_mark(line: str) -> bool:
    return bool(_READ_ONLY.search(line) or _NOT_ALLOWED.search(line))


def folders(lines: Iterable[str]) -> list[str]:
    """The folders that these lines say cannot be written to."""
    found: list[str] = []
    for line in lines:
        if not _is_mark(line):
            continue
        for path in _PATH.findall(line):
            parent = posixpath.dirname(path)
            # A folder of the root's is most likely the image's own: one in its place would hide what is in it.
            if parent.count("/") > 1 or parent in _SCRATCH:
                found.append(parent)
            elif _FOLDER.search(line):
                found.append(path)
    found = [folder for folder in found if not folder.startswith(_NO_FOLDERS)]
    return _outermost(dict.fromkeys(found))


def _outermost(folders: Iterable[str]) -> list[str]:
    kept = list(folders)
    return [item for item in kept if not any(item.startswith(f"{other}/") for other in kept)]


def _name(folder: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", posixpath.basename(folder).lower()).strip("-") or "folder"


def ports(exposed: Sequence[str]) -> frozenset[int]:
    """The TCP ports of an image's settings (`8080/tcp`)."""
    return frozenset(int(port) for port, _, kind in (item.partition("/") for item in exposed) if kind in ("", "tcp"))
