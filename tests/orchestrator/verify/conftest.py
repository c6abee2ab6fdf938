"""Accounts at the emulator that knows networks, certificates and quotas: one for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.orchestrator.verify import account as accounts
from tests.orchestrator.verify.account import Account, Accounts

_numbers = itertools.count(700000000001)


@pytest.fixture(scope="session")
def every_account(moto: str) -> Accounts:
    """The accounts of the emulator."""
    return Accounts(moto)


@pytest.fixture
def empty(every_account: Accounts, tmp_path: Path) -> Account:
    """An account with nothing in it."""
    return every_account.empty(next(_numbers), tmp_path)


@pytest.fixture
def deployed(empty: Account) -> Callable[..., Account]:
    """`deployed("endpoints")` is an account with an environment that lacks nothing, with that way out."""
    return lambda egress="nat_per_zone": accounts.with_everything(empty, egress=egress)
