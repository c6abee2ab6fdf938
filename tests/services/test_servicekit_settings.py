"""Settings, and what a service says when they are wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from servicekit import Settings, SettingsError, Variables, body, timing

SERVICES = Path(__file__).parents[2] / "services"


def test_everything_has_a_default_for_a_start_by_hand() -> None:
    settings = Settings.load({})
    assert (settings.environment, settings.port, settings.base_path) == ("local", 8000, "/")
    assert (settings.image_digest, settings.git_commit) == ("unknown", "unknown")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.load({"PORT": "", "BASE_PATH": ""}) == Settings.load({})


def test_locally_there_is_nothing_to_drain() -> None:
    assert Settings.load({"ENVIRONMENT": "local"}).drain_seconds == 0


def test_elsewhere_the_drain_is_the_timing_budgets() -> None:
    assert Settings.load({"ENVIRONMENT": "production"}).drain_seconds == timing.DRAIN_SECONDS
    assert Settings.load({"ENVIRONMENT": "production", "DRAIN_SECONDS": "3"}).drain_seconds == 3


@pytest.mark.parametrize(
    ("base_path", "below", "path"),
    [("/", "", "/"), ("/", "/{id}", "/{id}"), ("/api/words", "", "/api/words"), ("/api", "/{id}", "/api/{id}")],
)
def test_paths_are_built_under_the_base_path(base_path: str, below: str, path: str) -> None:
    assert Settings.load({"BASE_PATH": base_path}).path(below) == path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("BASE_PATH", "api"),
        ("BASE_PATH", "/api/"),
        ("BASE_PATH", "/{id}"),
        ("SERVICE_NAME", "My Service"),
        ("ENVIRONMENT", "Production"),
        ("GIT_COMMIT", "two words"),
        ("LOG_LEVEL", "verbose"),
        ("DRAIN_SECONDS", "forever"),
        ("DRAIN_SECONDS", str(timing.STOP_TIMEOUT_SECONDS - timing.GRACEFUL_SHUTDOWN_SECONDS)),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as error:
        Settings.load({name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_variable_without_default_must_be_set() -> None:
    with pytest.raises(SettingsError, match=r"^STORIES_TABLE is not set$"):
        Variables({}).text("STORIES_TABLE")


@pytest.mark.parametrize(
    ("service", "variables", "message"),
    [
        ("words", {"PORT": "http"}, "PORT must be an integer between 0 and 65535, not 'http'"),
        ("save", {"AWS_REGION": "eu-west-1"}, "STORIES_TABLE is not set"),
    ],
)
def test_a_service_with_wrong_settings_ends_with_one_log_line(
    service: str, variables: dict[str, str], message: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=SERVICES / service,
        env={"PYTHONPATH": str(SERVICES), "PYTHONDONTWRITEBYTECODE": "1"} | variables,
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr == b""
    line = json.loads(ended.stdout)
    assert (line["level"], line["message"]) == ("critical", message)


def test_a_service_that_cannot_be_built_ends_with_one_log_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from servicekit import main; main(lambda settings: 1 / 0)"],
        env={"PYTHONPATH": str(SERVICES), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr == b""
    line = json.loads(ended.stdout)
    assert (line["level"], line["error"]) == ("critical", "ZeroDivisionError('division by zero')")
    assert "in <lambda>" in line["traceback"]


def test_the_timing_budget_loses_no_request() -> None:
    assert timing.READINESS_TIMEOUT_SECONDS < timing.REQUEST_DEADLINE_SECONDS < timing.GRACEFUL_SHUTDOWN_SECONDS
    assert timing.REQUEST_DEADLINE_SECONDS + body.LINGER_SECONDS < timing.GRACEFUL_SHUTDOWN_SECONDS
    assert timing.LOAD_BALANCER_IDLE_SECONDS < timing.KEEP_ALIVE_SECONDS
    assert timing.DRAIN_SECONDS + timing.GRACEFUL_SHUTDOWN_SECONDS < timing.STOP_TIMEOUT_SECONDS
