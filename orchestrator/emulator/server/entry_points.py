"""The `entryPoint` of a container definition, which the emulator keeps and does not use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def honour() -> None:
    """From here on containers are started with the entry point of their definition, as ECS starts them."""
    from ministack.services import ecs

    ecs._build_run_kwargs = honoured(ecs._build_run_kwargs)


def honoured(build: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What makes the engine's options from a container definition, with the definition's entry point among them."""

    def with_entry_point(definition: Mapping[str, Any], *rest: Any, **more: Any) -> dict[str, Any]:
        options = build(definition, *rest, **more)
        if definition.get("entryPoint"):
            options["entrypoint"] = list(definition["entryPoint"])
        return options

    return with_entry_point
