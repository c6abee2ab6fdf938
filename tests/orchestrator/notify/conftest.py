"""What the tests of notifications share: a real HTTP server that receives them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.orchestrator.notify.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that answers as the test wants it to."""
    with receiving() as server:
        yield server
