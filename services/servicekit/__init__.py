"""What every service shares. A service needs no more than this:

    from servicekit import JSON, Settings, create_app, main, resource

    async def hello(request):
        return JSON({"hello": "world"})

    def build(settings: Settings):
        return create_app(settings, [resource(settings.path(), GET=hello)])

    main(build)

services/README.md says the rest.
"""

from .application import DEFAULT_MAX_BODY_BYTES, create_app
from .middleware import request_id
from .payload import JSON, read_json
from .problems import InvalidField, Problem, invalid
from .routes import probes, resource
from .server import main, serve
from .settings import Settings, SettingsError, Variables

__all__ = [
    "DEFAULT_MAX_BODY_BYTES",
    "JSON",
    "InvalidField",
    "Problem",
    "Settings",
    "SettingsError",
    "Variables",
    "create_app",
    "invalid",
    "main",
    "probes",
    "read_json",
    "request_id",
    "resource",
    "serve",
]
