"""Settings from environment variables, checked once when the process starts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .timing import DRAIN_SECONDS, GRACEFUL_SHUTDOWN_SECONDS, STOP_TIMEOUT_SECONDS

LOCAL_ENVIRONMENT: Final = "local"
LOG_LEVELS: Final = ("debug", "info", "warning", "error")

# One second is for the end itself: SIGKILL must not come before it.
_DRAIN_SECONDS_MAX: Final = STOP_TIMEOUT_SECONDS - GRACEFUL_SHUTDOWN_SECONDS - 1

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PATH = re.compile(r"/|(/[A-Za-z0-9._~-]+)+")


class SettingsError(Exception):
    """An environment variable is missing or wrong. The message is one line that names it."""


class Variables:
    """Typed, checked reading of environment variables.

    An empty variable counts as one that is not set.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str | None = None, *, pattern: str | re.Pattern[str] = r"(?s).*") -> str:
        """The variable's value, which must match `pattern` from end to end.

        Raises SettingsError if it does not, or if it is not set and there is no default.
        """
        value = self._variables.get(name) or default
        if value is None:
            raise SettingsError(f"{name} is not set")
        if not re.fullmatch(pattern, value):
            expected = pattern if isinstance(pattern, str) else pattern.pattern
            raise SettingsError(f"{name} must match {expected}, not {value!r}")
        return value

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """The variable's value as an integer between `low` and `high`, both included."""
        value = self._variables.get(name) or str(default)
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise SettingsError(f"{name} must be an integer between {low} and {high}, not {value!r}")
        return int(value)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """The variable's value, which must be one of `choices`."""
        value = self._variables.get(name) or default
        if value not in choices:
            raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return value


@dataclass(frozen=True)
class Settings:
    """What every service is told about itself."""

    service_name: str
    """SERVICE_NAME: the name in logs and at `/version`."""
    environment: str
    """ENVIRONMENT: local, staging, production."""
    port: int
    """PORT: the port to listen on; 0 lets the system choose (the log tells which)."""
    base_path: str
    """BASE_PATH: the path under which the load balancer routes to this service, without a slash
    at its end; "/" for the root."""
    image_digest: str
    """IMAGE_DIGEST: the digest of the image that runs, "unknown" outside of ECS."""
    git_commit: str
    """GIT_COMMIT: the commit that the image was built from, with "-dirty" behind it if files differed;
    "unknown" outside of an image."""
    log_level: str
    """LOG_LEVEL: one of LOG_LEVELS. Health checks that succeed are logged at "debug" only."""
    drain_seconds: int
    """DRAIN_SECONDS: how long to keep answering after SIGTERM. In the local environment it is 0
    unless set: nothing takes tasks out of a load balancer there before they get the signal."""

    @classmethod
    def load(cls, variables: Mapping[str, str]) -> "Settings":
        """Reads the settings from environment variables. Raises SettingsError."""
        read = Variables(variables)
        environment = read.text("ENVIRONMENT", LOCAL_ENVIRONMENT, pattern=_NAME)
        return cls(
            service_name=read.text("SERVICE_NAME", "service", pattern=_NAME),
            environment=environment,
            port=read.integer("PORT", 8000, low=0, high=65535),
            base_path=read.text("BASE_PATH", "/", pattern=_PATH),
            image_digest=read.text("IMAGE_DIGEST", "unknown"),
            git_commit=read.text("GIT_COMMIT", "unknown", pattern=r"[0-9A-Za-z._-]{1,100}"),
            log_level=read.choice("LOG_LEVEL", "info", LOG_LEVELS),
            drain_seconds=read.integer(
                "DRAIN_SECONDS",
                0 if environment == LOCAL_ENVIRONMENT else DRAIN_SECONDS,
                low=0,
                high=_DRAIN_SECONDS_MAX,
            ),
        )

    def path(self, below: str = "") -> str:
        """A path under BASE_PATH: `path()` is BASE_PATH itself, `path("/{id}")` one level down."""
        return self.base_path.rstrip("/") + below or "/"
