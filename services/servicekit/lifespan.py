"""What a service does before its socket opens and after its last answer, and what is said when that fails."""

import logging
import traceback

from uvicorn import Config
from uvicorn.lifespan.on import LifespanOn, LifespanSendMessage

from . import logs
from .settings import SettingsError


class Lifespan(LifespanOn):
    """uvicorn's own, but that a failure is told in one line, which begins with the reason.

    Starlette sends the traceback as the message, and uvicorn has a line of its own to add.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.logger = logging.getLogger(__name__)
        self.logger.disabled = True

    async def main(self) -> None:
        """Runs the application's lifespan. The server ends if that fails at the start."""
        scope = {
            "type": "lifespan",
            "asgi": {"version": self.config.asgi_version, "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self.config.loaded_app(scope, self.receive, self.send)
        except Exception as error:
            self.error_occurred = True
            if self.startup_event.is_set():
                details = {"error": repr(error), "traceback": traceback.format_exc()}
                logs.emit("error", "the service did not end as it should", **details)
            else:
                tell(error)
        finally:
            self.startup_event.set()
            self.shutdown_event.set()

    async def send(self, message: LifespanSendMessage) -> None:
        """ASGI's send. Of a failure the exception comes next, and tells more."""
        if message["type"] not in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            await super().send(message)


def tell(error: Exception) -> None:
    """Writes the line that says why the service cannot start."""
    if isinstance(error, SettingsError):
        logs.emit("critical", str(error))
    else:
        logs.emit("critical", "the service cannot start", error=repr(error), traceback=traceback.format_exc())
