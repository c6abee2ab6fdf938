"""Which paths lead somewhere: exactly those of the routes, whatever is put around them."""

import asyncio
import importlib.util
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from servicekit import JSON, Settings, create_app, resource

from .running import RunningService

SERVICES = Path(__file__).parents[2] / "services"
FOLDERS = {path.parent.name: path.parent for path in SERVICES.glob("*/service.yaml")} | {
    "example": Path(__file__).parent / "example"
}
BASE_PATH = "/base"
PARAMETER = re.compile(r"\{[^}]*\}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CONTROLS = [chr(code) for code in (*range(0x20), 0x7F)]


def load(name: str) -> ModuleType:
    """A service's entry point, which starts nothing when it is imported."""
    package = f"paths_of_{name}"
    if package not in sys.modules:
        for module, file in ((package, "__init__.py"), (f"{package}.__main__", "__main__.py")):
            spec = importlib.util.spec_from_file_location(
                module, FOLDERS[name] / "app" / file, submodule_search_locations=[str(FOLDERS[name] / "app")]
            )
            assert spec and spec.loader
            loaded = sys.modules[module] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(loaded)
    return sys.modules[f"{package}.__main__"]


@pytest.fixture(scope="module", params=sorted(FOLDERS))
def app(request: pytest.FixtureRequest) -> Starlette:
    """Every service's application, as it is built before it starts."""
    variables = {"STORIES_TABLE": "stories", "AWS_REGION": "eu-west-1"}
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        settings = Settings.load({"BASE_PATH": BASE_PATH, "SERVICE_NAME": request.param})
        built: Starlette = load(request.param).build(settings)
        return built
    finally:
        os.environ.clear()
        os.environ.update(before)


def routes(app: Starlette) -> list[str]:
    """The path of every route, with its parameters."""
    found = []
    for route in app.routes:
        assert isinstance(route, Route)
        found.append(route.path)
    return found


def paths(app: Starlette) -> list[str]:
    """A path for every route, with something plausible in place of its parameters."""
    return [PARAMETER.sub("mzxw6ytboi3dcmrtgq2t", path) for path in routes(app)]


def ask(app: Starlette, requests: list[tuple[str, str]]) -> list[httpx.Response]:
    """The answers to methods and paths, which are sent as they are."""

    async def all_of_them() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return [await client.request(method, path) for method, path in requests]

    return asyncio.run(all_of_them())


def test_the_services_have_routes_with_and_without_parameters(app: Starlette) -> None:
    assert {"/healthz", "/readyz", "/version"} < set(paths(app))


def test_no_path_answers_with_a_control_character_behind_it(app: Starlette) -> None:
    requests = [
        (method, path + quote(ending))
        for path in paths(app)
        for ending in (*CONTROLS, "\r\n", "\n\n", "\x00\n")
        for method in (METHODS if ending in ("\n", "\r", "\x00", "\r\n") else ("GET",))
    ]
    answers = ask(app, requests)
    wrong = {
        request: answer.status_code
        for request, answer in zip(requests, answers, strict=True)
        if answer.status_code != 404
    }
    assert not wrong
    assert {answer.json()["status"] for answer in answers if answer.content} == {404}


def test_a_slash_too_many_is_another_path(app: Starlette) -> None:
    # A slash alone is the root's own.
    requests = [("GET", path + "/") for path in paths(app)]
    assert {answer.status_code for answer in ask(app, requests)} == {404}


@given(st.data())
def test_a_path_answers_only_as_it_is_written(app: Starlette, data: st.DataObject) -> None:
    """Whatever is put into a path without parameters, there is nothing; and a control character anywhere is enough."""
    path = data.draw(st.sampled_from(paths(app)))
    there = set(routes(app))
    position = data.draw(st.integers(1, len(path)))
    inserted = data.draw(st.one_of(st.sampled_from(CONTROLS), st.text(min_size=1, max_size=3)).filter(_encodable))
    changed = path[:position] + inserted + path[position:]
    has_control = any(character in CONTROLS for character in inserted)
    # Only of a path without parameters is it known that nothing else is there.
    assume(has_control or (path in there and not any(_fits(changed, route) for route in routes(app))))
    (answer,) = ask(app, [("GET", quote(changed))])
    assert answer.status_code == 404


def test_a_parameter_takes_everything_else() -> None:
    """Spaces, other scripts, signs: what a parameter may be is for the service to say."""
    found: list[str] = []

    async def read(request: Request) -> Response:
        found.append(request.path_params["name"])
        return JSON({})

    app = create_app(Settings.load({}), [resource("/of/{name}", GET=read)])
    names = ["a b", "곰", "50%", "a+b", "\x80", "\u2028", "%0A"]
    answers = ask(app, [("GET", "/of/" + quote(name, safe="")) for name in names])
    assert [answer.status_code for answer in answers] == [200] * len(names)
    assert found == names


def test_over_the_wire_a_line_feed_behind_a_path_is_a_404_problem(example: RunningService) -> None:
    for path in ("/healthz%0A", "/healthz%0D%0A", "/healthz%00", "/example%0a", "/example/notes%0A"):
        answer = example.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
    assert example.client.get("/healthz").status_code == 200


def _fits(path: str, template: str) -> bool:
    """Whether a path is one of a route's."""
    parts = PARAMETER.split(template)
    return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
