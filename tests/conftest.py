"""What all tests share: where CI is, a skipped test has failed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from orchestrator.console import Console
from orchestrator.local import engine


@pytest.fixture(scope="session")
def container_engine() -> Iterator[None]:
    """An engine that answers, installed and started if need be; ended with the tests if they started it."""
    engine.ensure(Console())
    yield
    engine.stop_if_ours(Console())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skip hides a gap: everything that a test needs, it installs."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, and in CI a skip is a failure: {reason}"
    return report
