"""Where and how a service runs: network, platform, deployment, logs, topics and queues, when a job starts."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.importing.item import Context, Item, odd, settings
from orchestrator.importing.mapping import schedule
from orchestrator.importing.tree import Place, Value

_ARM, _X86 = ("arm", "arm64"), ("x86_64", "amd64")
_SUBNETS = "tasks run in the private subnets of the environment's own VPC"
_TRACING = "traces are not collected: run the collector as a sidecar"
_FIRELENS = "logs go to CloudWatch Logs (`logs` shows them); route them on with a subscription filter of the log group"
_TOPICS = (
    "there are no topics: name the worker's queue as `storage` with `access: send` in the service that publishes, and "
    "send to it"
)
_SUBSCRIBED = "there are no topics: the service that publishes sends to this worker's queue"
_INSIGHTS = "the environment's container_insights"


def network(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`network`."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here = (*place, name)
        if name == "connect":
            yield from _connect(context, here, below)
        elif name == "vpc":
            for key, inner in below.pairs:
                if key == "placement":
                    yield _placement((*here, key), inner)
                elif key == "security_groups":
                    instead = "each service has a security group of its own: open it, or theirs, in Terraform"
                    yield Item((*here, key), instead=instead, attention=True)


def _connect(context: Context, place: Place, value: Value) -> Iterator[Item]:
    if value.as_truth() is False:
        yield Item(place, into="no `calls`")
    elif value.as_truth():
        why = "a service names in `calls` what it calls, and reaches it at http://NAME:PORT"
        yield Item(place, into="Service Connect", why=why)
    elif not value.is_mapping:
        yield odd(place, value, "a boolean or a mapping")
    for key, _ in value.pairs:
        if key == "alias":
            yield Item((*place, key), instead="a service is called by its own name")


def _placement(place: Place, value: Value) -> Item:
    text = value.as_text()
    if text == "private":
        return Item(place, into="the private subnets, as always here")
    if text == "public":
        return Item(place, into="the private subnets", why=f"{_SUBNETS}, and reach the Internet by its `egress`")
    return Item(place, instead=_SUBNETS)


def platform(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`platform`."""
    if value.as_text() is not None:
        system, _, machine = value.text.lower().partition("/")
        yield _architecture(context, place, system, machine)
    elif not value.is_mapping:
        yield odd(place, value, "OS/ARCHITECTURE or a mapping")
    for name, below in value.pairs:
        text = (below.as_text() or "").lower()
        if name == "architecture":
            yield _architecture(context, (*place, name), "linux", text)
        elif name == "osfamily":
            is_linux = text == "linux"
            yield Item((*place, name), into="Linux" if is_linux else "", instead="containers run on Linux alone")


def _architecture(context: Context, place: Place, system: str, machine: str) -> Item:
    if system != "linux":
        return Item(place, instead="containers run on Linux alone", attention=True)
    if machine not in (*_ARM, *_X86):
        return Item(place, instead="set `cpu_architecture` in the environment's tfvars to X86_64 or ARM64")
    value = "ARM64" if machine in _ARM else "X86_64"
    return Item(place, settings=settings(context, ("platform",), "cpu_architecture", value))


def execute(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`exec`."""
    instead = (
        "it needs `enable_execute_command = true` in the environment's tfvars, which makes the root file systems of "
        "all its services writable: it is for you to decide"
    )
    places = [((*place, name), below) for name, below in value.pairs if name == "enable"]
    for here, below in places or [(place, value)]:
        if below.as_truth() is None:
            yield odd(here, below, "a boolean")
        elif below.as_truth():
            yield Item(here, instead=instead)
        else:
            yield Item(here, into="no `exec`, as always without enable_execute_command")


def deployment(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`deployment`."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here = (*place, name)
        if name == "rolling" and below.as_text() == "default":
            yield Item(here, into="the old version serves until the new one is verified, as always here")
        elif name == "rolling":
            yield Item(here, instead="the old version serves until the new one is verified, always")
        elif name == "rollback_alarms":
            yield from _alarms(context, here, below)


def _alarms(context: Context, place: Place, value: Value) -> Iterator[Item]:
    if not value.is_mapping:
        yield Item(place, instead="alarms of others are not watched: describe them as `alarms`, with `rollback`")
    names = {"cpu_utilization": "cpu", "memory_utilization": "memory"}
    watched = [names[name] for name, _ in value.pairs if name in names]
    for name, below in value.pairs:
        here = (*place, name)
        if name in names:
            try:
                number = round(float(below.text))
            except (ValueError, OverflowError):
                yield odd(here, below, "a percentage")
                continue
            sets = ((context.target("alarms", names[name]), number), (context.target("alarms", "rollback"), watched))
            yield Item(here, sets, why="" if float(below.text) == number else "a whole number of percent")
        elif name == "messages_delayed":
            yield Item(here, instead="`alarms.queue_age` watches how long the oldest message waits, in seconds")


def observability(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`observability` of a service."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, _ in value.pairs:
        if name == "tracing":
            yield Item((*place, name), instead=_TRACING)


def logging(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`logging`."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    known = (
        "image",
        "destination",
        "enableMetadata",
        "secretOptions",
        "configFilePath",
        "variables",
        "secrets",
        "env_file",
    )
    for name, below in value.pairs:
        here = (*place, name)
        if name == "retention":
            number = below.as_number()
            wanted = settings(context, ("logging", "retention"), "log_retention_days", number)
            yield Item(here, settings=wanted) if number is not None else odd(here, below, "a number of days")
        elif name in known:
            yield Item(here, instead=_FIRELENS, attention=name == "destination")


def publish(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`publish`."""
    yield Item(place, instead=_TOPICS, attention=True)


def subscribe(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`subscribe` of a worker: its queue."""
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here = (*place, name)
        if name == "topics":
            yield Item(here, instead=_SUBSCRIBED, attention=True)
        elif name == "queue":
            yield from _queue(context, here, below)


def _queue(context: Context, place: Place, value: Value) -> Iterator[Item]:
    if not value.is_mapping:
        yield odd(place, value, "a mapping")
    for name, below in value.pairs:
        here, seconds = (*place, name), below.as_seconds()
        if name == "timeout" and seconds is not None:
            yield Item(here, ((context.target("queue", "visibility"), round(seconds)),))
        elif name == "retention" and seconds is not None:
            days = max(1, -(-int(seconds) // 86400))
            why = "" if days * 86400 == seconds else "whole days"
            yield Item(here, ((context.target("queue", "keep_days"), days),), why=why)
        elif name in ("timeout", "retention"):
            yield odd(here, below, "a duration like 30s")
        elif name == "delay":
            yield Item(here, instead="messages are delivered at once: pass DelaySeconds where they are sent")
        elif name == "fifo":
            yield from _fifo(context, here, below)
        elif name == "dead_letter":
            for key, inner in below.pairs:
                tries = inner.as_number()
                if key == "tries" and tries is not None:
                    yield Item((*here, key), ((context.target("queue", "attempts"), tries),))


def _fifo(context: Context, place: Place, value: Value) -> Iterator[Item]:
    target = context.target("queue", "fifo")
    if not value.is_mapping:
        said = value.as_truth()
        yield Item(place, ((target, said),)) if said is not None else odd(place, value, "a boolean or a mapping")
        return
    for number, (name, _) in enumerate(value.pairs):
        instead = "the queue is a FIFO queue with AWS's own defaults"
        yield Item((*place, name), ((target, True),) if number == 0 else (), why=instead if number == 0 else "",
                   instead=instead)  # fmt: skip


def trigger(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`on`: when a job runs."""
    given = value.get("schedule")
    text = given.as_text() if given is not None else None
    if given is None or text is None:
        yield odd(place, given or value, "a mapping with a schedule")
        return
    here = (*place, "schedule")
    if text.strip() == schedule.NEVER:
        yield Item(here, into="no `schedule`: only `run` starts the job")
        return
    found = schedule.convert(text)
    if found.problem:
        instead = f"`{text}` cannot be converted ({found.problem}): write `schedule` as EventBridge takes it"
        yield Item(here, instead=instead, attention=True)
    else:
        yield Item(here, ((context.target("schedule"), found.expression),), why=found.differs)


def retries(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`retries` of a job."""
    number = value.as_number()
    target = context.target("retries")
    yield Item(place, ((target, number),)) if number is not None else odd(place, value, "a number")


def timeout(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`timeout` of a job, in seconds here."""
    seconds = value.as_seconds()
    if seconds is None or seconds < 1:
        yield odd(place, value, "a duration like 1h30m")
    else:
        why = "" if seconds == int(seconds) else "whole seconds"
        yield Item(place, ((context.target("timeout"), int(seconds)),), why=why)


def overrides(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`taskdef_overrides`: each of them by itself."""
    instead = "the task definition is in terraform/modules/ecs_service: change it there, for all services"
    for number, item in enumerate(value.items):
        path = item.get("path")
        named = f"{path.text}: {instead}" if path is not None and path.text else instead
        yield Item((*place, f"[{number}]"), instead=named, attention=True)
    if value.kind != "list":
        yield odd(place, value, "a list")


def tags(context: Context, place: Place, value: Value) -> Iterator[Item]:
    """`tags`."""
    yield Item(place, instead="set `tags` in the environment's tfvars, for all of its resources")
