"""One manifest of a service or job: each of its keys goes to the module that knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from orchestrator.importing.item import Context, Item, empty, odd
from orchestrator.importing.mapping import count, http, image, known_keys, running, sidecars, variables
from orchestrator.importing.tree import Place, Value

# Copilot's types, and what they are here.
KINDS = {
    "Load Balanced Web Service": "web",
    "Request-Driven Web Service": "web",
    "Backend Service": "backend",
    "Worker Service": "worker",
    "Scheduled Job": "job",
}
STATIC_SITE = "Static Site"
APP_RUNNER = "Request-Driven Web Service"
_PARTS: dict[str, Callable[[Context, Place, Value], Iterator[Item]]] = {
    "image": image.image,
    "variables": variables.variables,
    "secrets": variables.secrets,
    "sidecars": sidecars.sidecars,
    "storage": sidecars.storage,
    "network": running.network,
    "platform": running.platform,
    "exec": running.execute,
    "deployment": running.deployment,
    "observability": running.observability,
    "logging": running.logging,
    "publish": running.publish,
    "subscribe": running.subscribe,
    "on": running.trigger,
    "retries": running.retries,
    "timeout": running.timeout,
    "taskdef_overrides": running.overrides,
    "tags": running.tags,
}
_ALONE: dict[str, Callable[[Context, Place, Value], Item]] = {
    "command": image.command,
    "entrypoint": image.entrypoint,
    "env_file": variables.env_file,
}
_NLB = "there is no network load balancer: what is not HTTP is reached by other services alone (`kind: backend`)"
_NO_ENVIRONMENT = "{name} cannot be the name of an environment here: {why}"


def items(context: Context, paths: tuple[str, ...], unusable: dict[str, str]) -> list[Item]:
    """What becomes of each key. `unusable` are the environments that cannot be used here, and why."""
    manifest = context.manifest
    found = [*_names(context)]
    found += _level(context, (), manifest, paths)
    overrides = manifest.get("environments")
    counts: dict[str, Value] = {}
    for name, below in overrides.pairs if overrides is not None else ():
        here = ("environments", name)
        if name in unusable:
            found.append(Item(here, instead=_NO_ENVIRONMENT.format(name=name, why=unusable[name])))
        elif below.kind == "nothing":
            found.append(empty(here))
        elif not below.is_mapping:
            found.append(odd(here, below, "a mapping"))
        else:
            found += _level(replace(context, environment=name), here, below, paths)
            given = below.get("count")
            if given is not None:
                counts[name] = given
    if context.kind == "job":
        places = [("count",), *(("environments", name, "count") for name in counts)]
        found += [Item(place, instead="a run of a job is one task") for place in places]
    else:
        found += count.count(context, manifest.get("count"), counts)
    found += _defaults(context, paths)
    return complete(manifest, found)


def _names(context: Context) -> Iterator[Item]:
    manifest = context.manifest
    name, kind = manifest.get("name"), manifest.get("type")
    if name is not None:
        same = name.text == context.name
        yield Item(("name",), into=f"the folder {context.name}",
                   why="" if same else "a name has 2 to 24 of a-z, 0-9 and -, that of a worker at most 20")  # fmt: skip
    if kind is not None:
        why = {
            APP_RUNNER: "App Runner is not used: the service runs on ECS, behind the load balancer of the environment",
        }.get(kind.text, "")
        # http: false makes another kind of a service; then that is what its `http` says.
        sets = () if context.manifest.get("http") is not None and context.kind != KINDS[kind.text] else (
            (("kind",), context.kind),
        )  # fmt: skip
        if not context.has("kind") and context.kind == "web":
            yield Item(("type",), into="a service behind the load balancer", why=why)
        else:
            yield Item(("type",), sets, into=f"kind: {context.kind}", why=why)


def _level(context: Context, above: Place, value: Value, paths: tuple[str, ...]) -> Iterator[Item]:
    for name, below in value.pairs:
        here = (*above, name)
        if name in ("count", "name", "type") or (name == "environments" and not above):
            continue
        if below.kind == "nothing" and (name in _PARTS or name in ("http", "nlb", "cpu", "memory")):
            yield empty(here)
        elif not known_keys.fits(name, context.type):
            continue
        elif name == "http":
            yield from http.http(context, here, below, paths)
        elif name == "nlb":
            yield Item(here, instead=_NLB, attention=True)
        elif name in ("cpu", "memory"):
            number = below.as_number()
            target = context.target(name)
            yield Item(here, ((target, number),)) if number is not None else odd(here, below, "a number")
        elif name in _ALONE:
            yield _ALONE[name](context, here, below)
        elif name in _PARTS:
            yield from _PARTS[name](context, here, below)


def _defaults(context: Context, paths: tuple[str, ...]) -> Iterator[Item]:
    """What is written because Copilot's default is another one."""
    manifest = context.manifest

    def added(place: Place, value: object, why: str) -> Item:
        return Item((), ((place, value),), why=why, added=True)

    if context.kind == "web":
        if manifest.get("http", "path") is None:
            yield added(("paths",), list(paths), "the load balancer needs a path of each service")
        health = manifest.get("http", "healthcheck")
        if health is None or (health.as_text() is None and health.get("path") is None):
            yield added(("health",), "/", "Copilot's default for http.healthcheck")
    if context.kind != "job" and manifest.get("count") is None:
        yield added(("count",), 1, "Copilot's default for count")
    if context.type == APP_RUNNER:
        for name, value in (("cpu", 1024), ("memory", 2048)):
            if manifest.get(name) is None:
                yield added((name,), value, f"Copilot's default for {name} of this type")
    if context.kind == "job":
        yield added(("overlap",), "allow", "Copilot starts a run also while another is not over")
        if manifest.get("timeout") is None:
            why = "Copilot stops no run that has no timeout: say here how long one may take"
            yield added(("timeout",), 86400, why)
    if context.kind == "backend" and manifest.get("image", "port") is None:
        why = "in Copilot nobody reaches a service without a port: nobody does here unless it is named in `calls`"
        yield Item((), into="kind: backend", needs=("kind",), why=why, added=True)
    if context.kind == "worker" and context.has("queue"):
        why = "the queue's URL is in QUEUE_URL, and not in COPILOT_QUEUE_URI as in Copilot"
        yield Item((), into="QUEUE_URL", why=why, added=True, attention=True)
    called = _called(context)
    if called:
        yield added(("calls",), called, "its variables name these services")
    if manifest.get("storage", "readonly_fs") is None or not manifest.get("storage", "readonly_fs").as_truth():  # type: ignore[union-attr]
        why = "the root file system is read-only here: name every folder that the program writes to"
        if _has_path(manifest, "/tmp"):
            yield Item((), into="volumes", why=why, added=True)
        else:
            yield added(("volumes", "tmp", "path"), "/tmp", why)
    why = "the image's USER does not count: containers run without rights of root, as 10001:10001 or as `user` says"
    yield Item((), into="user", why=why, added=True)


def _has_path(manifest: Value, path: str) -> bool:
    volumes = manifest.get("storage", "volumes")
    return any(
        (given := volume.get("path")) is not None and given.text.rstrip("/") == path
        for _, volume in (volumes.pairs if volumes is not None else ())
    )


def _called(context: Context) -> list[str]:
    """The backend services whose addresses its variables hold: http://NAME or http://NAME:PORT."""
    texts = [value.text for place, value in context.manifest.leaves() if "variables" in place]
    return sorted(
        name
        for name, kind in context.application.kinds.items()
        if kind == "backend" and name != context.name and any(known_keys.names_host(text, name) for text in texts)
    )


def complete(manifest: Value, found: list[Item]) -> list[Item]:
    """Every key exactly once: what no module has taken is reported, and none is reported twice."""
    open_ = dict(manifest.leaves())
    kept: list[Item] = []
    for item in found:
        covered = [place for place in open_ if place[: len(item.source)] == item.source]
        if item.added:
            kept.append(replace(item, line=manifest.line_of(("type",))))
        elif covered:
            kept.append(replace(item, line=manifest.line_of(item.source)))
            for place in covered:
                del open_[place]
    for place, value in open_.items():
        if place:
            item = empty(place) if _is_bare(place, value) else Item(place, instead=known_keys.why(place))
            kept.append(replace(item, line=manifest.line_of(place)))
    return kept


def _is_bare(place: Place, value: Value) -> bool:
    """True for a known key with nothing in it."""
    nothing = value.kind == "nothing" or (value.is_mapping and not value.entries)
    return nothing and known_keys.is_known(place)
