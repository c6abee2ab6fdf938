"""Containers beside the service's own, and volumes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from orchestrator.importing.item import Context, Item, Sets, odd
from orchestrator.importing.mapping import image, variables
from orchestrator.importing.tree import Place, Value

LONGEST = 20
LOWEST_PORT = 1024
_WITHOUT_IMAGE = "a sidecar has an image or a build, and runs in all environments: this one is not carried"
_OTHER = {
    "credentialsParameter": "images are copied to ECR by the container engine: log in to the registry (docker login)",
    "labels": "put LABEL into the Dockerfile",
    "depends_on": "the service can wait for a sidecar (`before`), a sidecar waits for nothing",
    "healthcheck": "a sidecar has no health check: the task ends when an essential one does",
    "entrypoint": "the image's own is used: put ENTRYPOINT into the Dockerfile",
    "env_file": variables.ENV_FILE,
}
EFS = (
    "Copilot's own file system: find its id in EFS, or copy its files to another, and add a volume with `path`, "
    "`file_system` and `access_point`; a volume without a file system is empty at each start"
)


def short_name(name: str) -> str:
    """The name of a sidecar or volume, in the letters and the length that there are."""
    plain = re.sub(r"[^a-z0-9-]+", "-", name.lower()).lstrip("-0123456789")[:LONGEST].strip("-")
    return plain or "x"


def with_image(manifest: Value) -> Iterator[str]:
    """The names of the sidecars that can be carried: those with an image or a build, in all environments."""
    given = manifest.get("sidecars")
    for name, below in given.pairs if given is not None else ():
        image_of = below.get("image")
        if image_of is not None and (image_of.as_text() or image_of.get("location") or image_of.get("build")):
            yield name


def sidecars(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`sidecars`: each of them is a folder of its own, which the service names."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here = (*place, name)
        folder = context.application.sidecars.get((context.name, name))
        if not below.is_mapping:
            yield odd(here, below, "a mapping")
        elif folder is None:
            yield Item(here, instead=_WITHOUT_IMAGE, attention=True)
        else:
            own = replace(context, kind="sidecar", document=folder)
            if context.environment is None:
                sets: Sets = ((own.target("kind"), "sidecar"), (("sidecars", folder), {}))
                yield Item((), sets, why=f"the sidecar {name} is a folder of its own here", added=True)
            yield from _sidecar(context, own, here, below)


def _sidecar(context: Context, own: Context, place: Place, value: Value) -> Iterator[Item]:
    """`context` is that of the service, `own` that of the sidecar's folder."""
    for key, below in value.pairs:
        here = (*place, key)
        if key == "image":
            yield from image.image(own, here, below)
        elif key == "port":
            yield _port(here, below)
        elif key == "essential":
            said = below.as_truth()
            target = context.target("sidecars", own.document, "essential")
            yield Item(here, ((target, said),)) if said is not None else odd(here, below, "a boolean")
        elif key == "variables":
            yield from variables.variables(own, here, below)
        elif key == "secrets":
            yield from variables.secrets(own, here, below)
        elif key == "command":
            yield image.command(own, here, below)
        elif key == "mount_points":
            yield from _mounts(context, here, below, own.document)
        elif key in _OTHER:
            yield Item(here, instead=_OTHER[key])


def _port(place: Place, value: Value) -> Item:
    number = (value.as_text() or "").partition("/")[0]
    if not number.isdecimal() or len(number) > 5:
        return odd(place, value, "a port, or PORT/tcp")
    if int(number) < LOWEST_PORT:
        instead = (
            f"on Fargate a container without root's rights cannot listen on port {number}, though it can in Docker: "
            f"have it listen on {LOWEST_PORT} or above"
        )
        return Item(place, instead=instead, attention=True)
    return Item(place, into="127.0.0.1, where the containers of a task reach each other at any port",
                needs=("sidecars",))  # fmt: skip


def _mounts(context: Context, place: Place, value: Value, name: str) -> Iterator[Item]:
    if value.kind != "list":
        yield odd(place, value, "a list")
    for number, mount in enumerate(value.items):
        here = (*place, f"[{number}]")
        volume, path = mount.get("source_volume"), mount.get("path")
        known = volume is not None and _is_carried(context, volume.text)
        for key, below in mount.pairs:
            text = below.as_text()
            if not known or volume is None or path is None:
                yield Item((*here, key), instead="the volume is not carried, or none has that name")
            elif key == "path" and text is not None:
                target = context.target("sidecars", name, "mounts", short_name(volume.text))
                yield Item((*here, key), ((target, text),))
            elif key == "source_volume":
                yield Item((*here, key), into="sidecars.mounts", needs=("sidecars",))
            elif key == "read_only":
                is_written = below.as_truth() is False
                instead = "a sidecar can write to a volume that is not read-only"
                yield Item((*here, key), needs=("sidecars",), into="a writable mount" if is_written else "",
                           instead=instead)  # fmt: skip


def _is_carried(context: Context, name: str) -> bool:
    volume = context.manifest.get("storage", "volumes", name)
    return volume is not None and volume.get("path") is not None and _file_system(volume) != ""


def storage(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`storage`."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here = (*place, name)
        if name == "volumes":
            yield from _volumes(context, here, below)
        elif name == "readonly_fs":
            yield _read_only(here, below)
        elif name == "ephemeral":
            instead = "a task has Fargate's 20 GiB; what needs more belongs into a bucket or a file system"
            yield Item(here, instead=instead)


def _read_only(place: Place, value: Value) -> Item:
    if value.as_truth():
        return Item(place, into="the read-only root file system, as always here")
    return Item(place, instead="the root file system is read-only: name the folders to write to in `volumes`")


def _volumes(context: Context, place: Place, value: Value) -> Iterator[Item]:
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, volume in value.pairs:
        here, target = (*place, name), short_name(name)
        file_system = _file_system(volume)
        if not volume.is_mapping:
            yield odd(here, volume, "a mapping")
            continue
        if file_system == "" or volume.get("path") is None:
            instead = EFS if file_system == "" else "no container of the service has a path for it"
            yield Item(here, instead=instead, attention=file_system == "")
            continue
        for key, below in volume.pairs:
            text = below.as_text()
            if key == "path" and text is not None:
                yield Item((*here, key), ((context.target("volumes", target, "path"), text),))
            elif key == "read_only":
                yield _volume_mode(context, (*here, key), below, target, file_system)
            elif key == "efs":
                yield from _efs(context, (*here, key), below, target)


def _volume_mode(
    context: Context, place: Place, value: Value, name: str, file_system: str | None
) -> Item:  # fmt: skip
    said = value.as_truth()
    if said is None:
        return odd(place, value, "a boolean")
    if file_system is None:
        if not said:
            return Item(place, into="a volume that can be written to")
        instead = "a volume without a file system can be written to; for the service it was read-only"
        return Item(place, instead=instead)
    return Item(place, ((context.target("volumes", name, "read_only"), said),))


def _file_system(volume: Value) -> str | None:
    """The id of its file system; None if it has none, empty if it is one that is not known here."""
    efs = volume.get("efs")
    if efs is None or efs.kind == "nothing" or efs.as_truth() is False:
        return None
    given = efs.get("id")
    text = given.as_text() if given is not None else None
    return text if text and text.startswith("fs-") else ""


def _efs(context: Context, place: Place, value: Value, name: str) -> Iterator[Item]:
    if not value.is_mapping:
        yield Item(place, into="no file system: it is empty at each start")
    for key, below in value.pairs:
        here = (*place, key)
        if key == "id":
            yield Item(here, ((context.target("volumes", name, "file_system"), below.text),))
        elif key == "root_dir":
            is_root = below.as_text() == "/"
            yield Item(here, into="the root of the file system" if is_root else "",
                       instead="make an access point for that folder, and write it into `access_point`")  # fmt: skip
        elif key == "auth":
            for inner, leaf in below.pairs:
                if inner == "access_point_id" and leaf.as_text():
                    target = context.target("volumes", name, "access_point")
                    yield Item((*here, inner), ((target, leaf.text),))
                elif inner == "iam":
                    is_used = leaf.as_truth() is True
                    yield Item((*here, inner), into="IAM, as always here" if is_used else "",
                               instead="tasks always use IAM for a file system")  # fmt: skip
