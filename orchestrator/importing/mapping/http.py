"""How a service is reached from outside: paths, health check and names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.importing.item import Context, Item, Setting, odd, resolve, settings
from orchestrator.importing.tree import Place, Value
from orchestrator.project.schema.rules import HIGHEST_PORT, LONGEST_PATH, LOWEST_PORT, PATH_PREFIX, URL_PATH

INTERNAL = "there is no load balancer inside: services name it in `calls`, and reach it at http://{name}:PORT"
_TIMES = "health checks are the same for all services (terraform/modules/alb)"
# What has one fixed value here, and what that is.
_FIXED = {
    "healthy_threshold": _TIMES, "unhealthy_threshold": _TIMES, "interval": _TIMES, "timeout": _TIMES,
    "grace_period": "the rollout waits for a new version as long as it makes progress (terraform/modules/ecs_service)",
}  # fmt: skip
# For the port that `image.port` names.
OWN = 0
_NOT_CARRIED = (
    "an additional rule has paths, a port of the service's own container from 1024 on and a health check; names, "
    "sources and the like are for the whole service: split what differs off into a service of its own"
)
_OTHER = {
    "target_container": "the load balancer sends to the service's own container, not to a sidecar: put what the "
    "sidecar does into the service, or make the sidecar's image the service and the other a sidecar",
    "targetContainer": "the load balancer sends to the service's own container, not to a sidecar",
    "target_port": "`paths` go to `port`: write this one there, and the other into `ports` if it has paths of its own",
    "deregistration_delay": "it is the same for all services (terraform/modules/alb)",
    "allowed_source_ips": "address ranges are for the whole load balancer: `allowed_cidrs` in the environment's tfvars",
    "alb": "each environment has a load balancer of its own",
}


def http(context: Context, place: Place, value: Value, paths: tuple[str, ...]) -> Iterator[Item]:
    """`http`. `paths` are those that the service gets."""
    if not value.is_mapping:
        yield _switch(context, place, value)
    elif context.type == "Backend Service":
        yield Item(place, instead=INTERNAL.format(name=context.name))
    else:
        yield from _rule(context, place, value, paths)


def _switch(context: Context, place: Place, value: Value) -> Item:
    if value.as_truth() is None:
        return odd(place, value, "a mapping or a boolean")
    if value.as_truth():
        return Item(place, into="`kind: web`")
    if context.environment:
        return Item(place, instead="a service is reached in the same way in all environments")
    return Item(place, ((("kind",), "backend"),), why="without HTTP it is reached by other services alone")


def _rule(context: Context, place: Place, value: Value, paths: tuple[str, ...]) -> Iterator[Item]:
    for name, below in value.pairs:
        here = (*place, name)
        if name == "path":
            yield _path(context, here, below, paths)
        elif name == "healthcheck":
            yield from _health(context, here, below)
        elif name in ("alias", "hosted_zone"):
            yield from _domain(context, here, below)
        elif name == "additional_rules" and below.kind == "list":
            yield from _additional(context, here, below, paths)
        elif name in ("stickiness", "redirect_to_https", "version"):
            yield _usual(here, below)
        elif name in _OTHER and not (name.startswith("target") and below.as_text() == context.name):
            yield Item(here, instead=_OTHER[name], attention=name.startswith("target"))
        elif name in _OTHER:
            yield Item(here, into="the service's own container")


def _usual(place: Place, value: Value) -> Item:
    """A switch of which one position is how it is here."""
    name, said = place[-1], value.as_truth()
    if name == "stickiness":
        if said is False:
            return Item(place, into="no stickiness, as always here")
        return Item(place, instead="requests are spread over all tasks: keep sessions outside of them")
    if name == "redirect_to_https":
        if said is not False:
            return Item(place, into="the redirect of an environment with a certificate")
        return Item(place, instead="with a certificate HTTP always redirects to HTTPS")
    if (value.as_text() or "").lower() == "http1":
        return Item(place, into="HTTP/1.1, as always here")
    return Item(place, instead="the load balancer speaks HTTP/1.1 to the tasks", attention=True)


def prefix(text: str) -> str:
    """A path of Copilot's as one of `paths`: / at its beginning, none at its end, no wildcard. Empty if it is none."""
    path = "/" + re.sub(r"/\*$", "", text.strip()).strip("/")
    return path if re.fullmatch(PATH_PREFIX, path) and len(path) <= LONGEST_PATH else ""


def candidates(manifest: Value, name: str) -> tuple[str, ...]:
    """The paths that a web service asks for at its usual port, those of additional rules among them."""
    found = [manifest.get("http", "path")]
    found += [rule.get("path") for rule in _rules(manifest) if _port_of(manifest, name, rule) == OWN]
    texts = [value.as_text() for value in found if value is not None]
    return tuple(dict.fromkeys(path for text in texts if text is not None and (path := prefix(text))))


def further(manifest: Value, name: str) -> tuple[tuple[int, str], ...]:
    """The paths that additional rules of the service of that name send to further ports of its own container."""
    found = [(_port_of(manifest, name, rule), rule.get("path")) for rule in _rules(manifest)]
    texts = [(port, value.as_text()) for port, value in found if port and value is not None]
    return tuple(dict.fromkeys((port, path) for port, text in texts if text is not None and (path := prefix(text))))


def _rules(manifest: Value) -> tuple[Value, ...]:
    rules = manifest.get("http", "additional_rules")
    return rules.items if rules else ()


def _port_of(manifest: Value, name: str, rule: Value) -> int | None:
    """The port that an additional rule sends to, OWN for the container's usual one; None for what is not carried."""
    keys = {key for key, _ in rule.pairs}
    container = rule.get("target_container")
    if not rule.is_mapping or not keys <= {"path", "healthcheck", "target_port", "target_container"}:
        return None
    if container is not None and container.as_text() != name:
        return None
    port, own = rule.get("target_port"), manifest.get("image", "port")
    if port is None or (own is not None and own.text == port.text):
        return OWN
    beside = manifest.get("sidecars")
    taken = {
        given.text.partition("/")[0] for _, each in (beside.pairs if beside else ()) if (given := each.get("port"))
    }
    number = port.as_number()
    usable = number is not None and LOWEST_PORT <= number <= HIGHEST_PORT and port.text not in taken
    return number if usable else None


def _path(context: Context, place: Place, value: Value, paths: tuple[str, ...]) -> Item:
    text = value.as_text()
    if text is None:
        return odd(place, value, "a path")
    if context.environment:
        return Item(place, instead="a service has the same paths in all environments")
    path = prefix(text)
    sets = ((("paths",), list(paths)),)
    if path in paths:
        covers_less = "" if text.strip().rstrip("/*") in (path.rstrip("/"), path.strip("/")) else "written as a prefix"
        return Item(place, sets, why=covers_less)
    why = f"`{text}` cannot be a path here" if not path else (
        f"another service has {path}, and one load balancer serves all of them, by path alone: have the service answer "
        "below this path, which it gets as BASE_PATH"
    )  # fmt: skip
    return Item(place, sets, why=why, attention=True)


def _health(context: Context, place: Place, value: Value, port: int = OWN) -> Iterator[Item]:
    if value.as_text() is not None:
        yield _health_path(context, place, value, port)
    elif not value.is_mapping:
        yield odd(place, value, "a path or a mapping")
    for name, below in value.pairs:
        here = (*place, name)
        if name == "path":
            yield _health_path(context, here, below, port)
        elif name == "port":
            yield _health_port(context, here, below, port)
        elif name == "success_codes":
            yield _codes(here, below)
        elif name in _FIXED:
            yield Item(here, instead=_FIXED[name])


def _health_path(context: Context, place: Place, value: Value, port: int) -> Item:
    text = value.as_text()
    if text is None:
        return odd(place, value, "a path")
    if context.environment:
        return Item(place, instead="a service has the same health check in all environments")
    path = "/" + text.partition("?")[0].lstrip("/")
    if not re.fullmatch(URL_PATH, path):
        return Item(place, instead="write a path that needs no encoding into `health`", attention=True)
    why = "" if path == text else "written as a path alone"
    return Item(place, (((*_below(port), "health"), path),), why=why)


def _below(port: int) -> Place:
    """Where the keys of a port stand; those of the usual one are the service's."""
    return () if port == OWN else ("ports", str(port))


def _health_port(context: Context, place: Place, value: Value, port: int) -> Item:
    own = context.manifest.get("image", "port")
    if value.text == (str(port) if port != OWN else own and own.text):
        return Item(place, into="`port`: the health check asks the port that serves")
    return Item(place, instead="the health check asks the port that serves", attention=True)


def _codes(place: Place, value: Value) -> Item:
    text = value.as_text() or ""
    if text == "200":
        return Item(place, into="200, as always here")
    if _has_200(text):
        return Item(place, into="200 alone", why="the load balancer takes no other answer")
    instead = (
        f"the load balancer takes 200 alone, and Copilot took {text or 'other codes'}: name a path that answers 200"
    )
    return Item(place, instead=instead, attention=True)


def _has_200(text: str) -> bool:
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdecimal() and int(first) <= 200 <= (int(last) if last.isdecimal() else int(first)):
            return True
    return False


def _domain(context: Context, place: Place, value: Value) -> Iterator[Item]:
    if value.is_mapping:
        yield odd(place, value, "a name or a list")
        return
    for number, item in enumerate(value.items if any(below.is_mapping for below in value.items) else ()):
        here = (*place, f"[{number}]")
        for name, below in item.pairs:
            if name in ("name", "hosted_zone"):
                yield _named(context, (*here, name), (below.as_text() or "",))
        if not item.is_mapping:
            yield _named(context, here, (item.as_text() or "",))
    if not any(below.is_mapping for below in value.items):
        yield _named(context, place, value.as_texts() or (value.as_text() or "",))


def _named(context: Context, place: Place, names: tuple[str, ...]) -> Item:
    variable = "dns_zone_id" if place[-1] == "hosted_zone" else "domain_name"
    found = resolve(context, names[0])
    if not names[0] or found.unknown:
        instead = f"{found.why_not if names[0] else 'it is empty'}; write `{variable}` into the environment's tfvars"
        return Item(place, instead=instead)
    wanted: tuple[Setting, ...]
    if found.per_environment is not None:
        wanted = tuple(Setting(name, variable, text) for name, text in found.per_environment.items())
    else:
        wanted = settings(context, ("http", "alias"), variable, found.text)
    why = f"one name per environment: not {', '.join(names[1:])}" if len(names) > 1 else ""
    return Item(place, settings=wanted, why=why)


def _additional(context: Context, place: Place, value: Value, paths: tuple[str, ...]) -> Iterator[Item]:
    seen: set[int] = set()
    for number, rule in enumerate(value.items):
        here = (*place, f"[{number}]")
        port = _port_of(context.manifest, context.name, rule)
        if port is None:
            yield Item(here, instead=_NOT_CARRIED, attention=True)
        elif port == OWN or context.environment:
            yield from _of_own_port(context, here, rule, paths)
        else:
            yield from _of_port(context, here, rule, port, port not in seen)
            seen.add(port)


def _of_own_port(context: Context, place: Place, rule: Value, paths: tuple[str, ...]) -> Iterator[Item]:
    for name, below in rule.pairs:
        here = (*place, name)
        if name == "path":
            yield _path(context, here, below, paths)
        elif name == "healthcheck":
            yield Item(here, instead="each port has one health check, and that of `port` is `health`")
        else:
            yield Item(here, into="`paths`: they lead to `port` of the service's own container")


def _of_port(context: Context, place: Place, rule: Value, port: int, is_first: bool) -> Iterator[Item]:
    """A rule for a further port; the first one of each says what its health check is."""
    mine, health = context.ports.get(port, ()), rule.get("healthcheck")
    for name, below in rule.pairs:
        here = (*place, name)
        if name == "path" and below.as_text() is not None and prefix(below.as_text() or "") in mine:
            yield Item(here, (((*_below(port), "paths"), list(mine)),))
        elif name == "path":
            why = "it cannot be a path here, or another service has it: choose another one"
            yield Item(here, instead=f"{why}, and add it to `ports`", attention=True)
        elif name == "healthcheck" and is_first and mine:
            yield from _health(context, here, below, port)
        elif name == "healthcheck":
            yield Item(here, instead="each port has one health check: that of the first rule that leads to it")
        else:
            yield Item(here, into="`ports`: the port of the service's own container", needs=("ports",))
    if is_first and mine and (health is None or (health.as_text() is None and health.get("path") is None)):
        why = "Copilot's default for the healthcheck of a rule"
        yield Item((), (((*_below(port), "health"), "/"),), why=why, added=True)
