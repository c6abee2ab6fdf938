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
from .exchange import request_id
from .operation import API, Answer, Endpoint, Operation
from .parameters import bearer_token, read_headers, read_path, read_query
from .payload import JSON, read_json
from .problems import InvalidField, Problem, invalid
from .routes import probes, resource
from .server import main, serve
from .settings import Settings, SettingsError, Variables

__all__ = [
    "API",
    "DEFAULT_MAX_BODY_BYTES",
    "JSON",
    "Answer",
    "Endpoint",
    "InvalidField",
    "Operation",
    "Problem",
    "Settings",
    "SettingsError",
    "Variables",
    "bearer_token",
    "create_app",
    "invalid",
    "main",
    "probes",
    "read_headers",
    "read_json",
    "read_path",
    "read_query",
    "request_id",
    "resource",
    "serve",
]
