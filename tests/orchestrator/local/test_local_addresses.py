"""On which addresses the emulated AWS listens."""

from __future__ import annotations

import socket

import pytest

from orchestrator.local.server.addresses import addresses


def test_this_machine_and_the_engines_bridge_and_nobody_else():
    assert addresses("127.0.0.2", 0) == ["127.0.0.1", "127.0.0.2"]


def test_everywhere_where_the_bridge_is_not_on_this_machine():
    assert addresses("192.0.2.1", 0) == ["0.0.0.0"]


def test_a_port_that_is_taken_on_the_bridge_is_no_reason_to_listen_everywhere():
    with socket.create_server(("127.0.0.2", 0)) as holder, pytest.raises(OSError, match="in use"):
        addresses("127.0.0.2", holder.getsockname()[1])
