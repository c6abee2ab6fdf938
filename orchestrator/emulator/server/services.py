"""Services that MiniStack lacks, entered in its own lists: routed, and saved and loaded with its services."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import ministack.app
from ministack.core import router


def add(name: str, module: ModuleType, target_prefix: str) -> None:
    """Enter a service: its requests are those whose `X-Amz-Target` begins with the prefix.

    The module has MiniStack's shape: `handle_request`, `get_state`, `load_persisted_state`, `reset`.
    """
    app: Any = ministack.app
    app._loaded_modules[name] = module
    app.SERVICE_REGISTRY[name] = {"module": name}
    app.SERVICE_HANDLERS[name] = module.handle_request
    app._state_map[name] = name
    router.SERVICE_PATTERNS[name] = {"target_prefixes": [target_prefix]}
