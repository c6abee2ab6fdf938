"""What a service runs: image and build, the port, and what is started."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from orchestrator.importing.item import Context, Item, Sets, odd, resolve
from orchestrator.importing.tree import Place, Value
from orchestrator.project.schema import describe
from orchestrator.project.schema.service import Service

NO_CHECK = (
    "containers have no health check of their own: a web service is checked at its `health` path, for the rest the "
    "rollout watches that the tasks stay up"
)
_DEPENDS = "the service waits until the sidecar has started (or ended, if it is not essential)"


def image(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`image`."""
    if context.document and value.as_text() is not None:
        yield _location(context, place, value)
        return
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
        return
    for name, below in value.pairs:
        here = (*place, name)
        if context.document and name not in ("build", "location"):
            continue
        if name == "build":
            yield from build(context, here, below)
        elif name == "location":
            yield _location(context, here, below)
        elif name == "port":
            yield port(context, here, below)
        elif name == "healthcheck":
            yield Item(here, instead=NO_CHECK)
        elif name == "depends_on":
            yield from _depends_on(context, here, below)
        elif name == "credentials":
            instead = "images are copied to ECR by the container engine: log in to the registry with it (docker login)"
            yield Item(here, instead=instead)
        elif name == "labels":
            yield Item(here, instead="put LABEL into the Dockerfile")


def _location(context: Context, place: Place, value: Value) -> Item:
    """An image that is not built."""
    text = value.as_text()
    if text is None:
        return odd(place, value, "an image's name")
    found = resolve(context, text)
    if found.text is None:
        return Item(
            place, attention=True,
            instead=f"{found.why_not}; write the image to deploy into `image`, by tag or digest",
        )  # fmt: skip
    is_tagged = "@" in text or ":" in text.rpartition("/")[2]
    why = "" if is_tagged and not text.endswith(":latest") else (
        "the image is looked up at each deploy and deployed by its digest; name a version to decide that yourself"
    )  # fmt: skip
    return Item(place, ((context.target("image"), found.text),), why=why)


def build(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`image.build`, a Dockerfile or a mapping. Paths begin where the folder copilot/ is."""
    if value.as_text() is not None:
        yield _source(context, place, value.text, "")
        return
    if not value.is_mapping:
        yield odd(place, value, "a Dockerfile or a mapping")
        return
    files = {name: below.as_text() or "" for name, below in value.pairs if name in ("dockerfile", "context")}
    for name, below in value.pairs:
        here = (*place, name)
        text = below.as_text()
        if name in ("dockerfile", "context"):
            if text is None:
                yield odd(here, below, "a path")
            else:
                item = _source(context, here, files.get("dockerfile", ""), files.get("context", ""))
                both = {"dockerfile", "context"} <= files.keys()
                # Each of two keys says one of two things; one alone says both.
                other = {"dockerfile": "context", "context": "dockerfile"}[name] if both else ""
                kept = tuple((place, value) for place, value in item.sets if place[-1] != other)
                yield replace(item, sets=kept, why="" if both and name == "dockerfile" else item.why)
        elif name == "target":
            target = context.target("build", "target")
            yield Item(here, ((target, text),)) if text is not None else odd(here, below, "the name of a stage")
        elif name == "args":
            yield from _arguments(context, here, below)
        elif name == "cache_from":
            yield Item(here, instead="an image is built only if a file of its context has changed")
    if value.entries and not files:
        why = "Copilot builds the Dockerfile beside copilot/ where the manifest names none"
        item = _source(context, place, "", "", added=True)
        yield replace(item, why="; ".join(filter(None, (why, item.why))))


def _source(context: Context, place: Place, file: str, folder: str, *, added: bool = False) -> Item:
    """Context and Dockerfile. Where only one is given, Copilot takes the other from it."""
    found = [resolve(context, text) for text in (file, folder)]
    if any(item.text is None for item in found):
        why_not = next(item.why_not for item in found if item.text is None)
        return Item(place, instead=f"{why_not}; write it into `build`", attention=True)
    root, here = context.application.root, context.folder
    base = root / folder if folder else (root / file).parent if file else root
    dockerfile = root / file if file else base / "Dockerfile"
    base, dockerfile = Path(os.path.normpath(base)), Path(os.path.normpath(dockerfile))
    sets: Sets
    if all(path.is_relative_to(context.application.checkout) for path in (base, dockerfile, here)):
        sets, why = _where(context, os.path.relpath(base, here), os.path.relpath(dockerfile, here)), ""
    else:
        inside = dockerfile.is_relative_to(base)
        name = dockerfile.relative_to(base) if inside else Path(dockerfile.name)
        sets = _where(context, "source", f"source/{name}")
        why = f"the source is outside of this checkout: copy {_from(root, base)} to {here.name}/source"
        why += "" if inside else f", and {_from(root, dockerfile)} to {here.name}/source/{name}"
    if context.has("build", "network"):
        # Copilot's builds reach the network, and nearly all of them fetch packages.
        sets = (*sets, (context.target("build", "network"), True))
    return Item(place, sets, why=why, attention=bool(why), added=added)


def _where(context: Context, folder: str, dockerfile: str) -> Sets:
    return ((context.target("build", "context"), folder), (context.target("build", "dockerfile"), dockerfile))


def _from(root: Path, path: Path) -> str:
    return os.path.relpath(path, root) if path != root else "the folder in which copilot/ is"


def _arguments(context: Context, place: Place, value: Value) -> Iterator[Item]:
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here, text = (*place, name), below.as_text()
        found = resolve(context, text) if text is not None else None
        if found is None:
            yield odd(here, below, "text")
        elif found.text is None:
            instead = f"{found.why_not}; write the value into `build.arguments`"
            yield Item(here, instead=instead, attention=True)
        else:
            yield Item(here, ((context.target("build", "arguments", name), found.text),))


def port(context: Context, place: Place, value: Value) -> Item:
    """The port that the container listens on."""
    number = value.as_number() if value.kind == "number" else Value(0, "number", value.text).as_number()
    if number is None:
        return odd(place, value, "a port")
    if context.kind not in ("web", "backend"):
        return Item(place, instead=f"nothing reaches a {context.kind} by the network")
    about = describe.at(Service, ("port",))
    low = about.low if about is not None and about.low is not None else 1
    if number < low:
        return Item(
            place, attention=True,
            instead=f"on Fargate a container without root's rights cannot listen on port {number}, though it can in "
            f"Docker: have it listen on {low} or above, as its variable PORT says, and write that as `port`",
        )  # fmt: skip
    return Item(place, ((context.target("port"), number),))


def _depends_on(context: Context, place: Place, value: Value) -> Iterator[Item]:
    if not value.is_mapping:
        yield odd(place, value, "a mapping of sidecars")
    for name, below in value.pairs:
        condition = (below.as_text() or "").lower()
        folder = context.application.sidecars.get((context.name, name))
        exact = condition in ("start", "complete", "success")
        why = "" if exact else f"{_DEPENDS}, for no sidecar has a health check: `{condition}` is not waited for"
        if folder is None:
            yield Item((*place, name), instead="the sidecar is not carried, or none has that name")
        else:
            yield Item((*place, name), ((context.target("sidecars", folder, "before"), True),), why=why)


def command(context: Context, place: Place, value: Value) -> Item:
    """`command`: a list, or a text that Copilot splits as a shell does."""
    words = value.as_texts()
    if words is None and value.as_text() is not None:
        try:
            words = tuple(shlex.split(value.text, comments=True))
        except ValueError as error:
            return Item(place, instead=f"it cannot be split into words ({error}); correct it")
    if words is None:
        return odd(place, value, "a text or a list of texts")
    if not words:
        return Item(place, into="nothing: an empty command is the image's own")
    found = [resolve(context, word) for word in words]
    unknown = next((item.why_not for item in found if item.text is None), None)
    if unknown is not None:
        return Item(place, instead=f"{unknown}; write the command into `command`", attention=True)
    texts = [item.text for item in found]
    return Item(place, ((context.target("command"), texts),))


def entrypoint(context: Context, place: Place, value: Value) -> Item:
    """`entrypoint`."""
    if value.kind == "nothing" or (value.kind == "list" and not value.items):
        return Item(place, into="nothing: it is empty")
    instead = "the image's own is used: put ENTRYPOINT into the Dockerfile, or the whole into `command` if it has none"
    return Item(place, instead=instead, attention=True)
