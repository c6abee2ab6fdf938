"""Builds with a network: they reach the registries that this machine is set up for, and nothing of that stays."""

from __future__ import annotations

import base64
import dataclasses
import http.server
import json
import secrets
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from orchestrator.console import Console, Stage
from orchestrator.errors import Failure
from orchestrator.images import build, build_failure, content_hash
from orchestrator.images.registries import forwarder, handed_on, settings, trust
from orchestrator.images.registries.upstream import Registries, upstream
from orchestrator.machine import base_image
from orchestrator.project.manifest import Service
from orchestrator.project.schema.build import Build
from orchestrator.system import process

TOKEN = "npm-token-0123456789"
PASSWORD = "pip-password-0123456789"


class Registry(http.server.BaseHTTPRequestHandler):
    """An npm registry below /private/npm/ and an index of Python packages below /private/simple/, both with a login."""

    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        login = self.headers.get("Authorization", "")
        self.asked.append((self.path, login))
        here = f"http://{self.headers['Host']}"
        pages: dict[str, tuple[str, str]] = {
            "/private/npm/thing": (
                "application/json",
                json.dumps(
                    {"versions": {"1.0.0": {"dist": {"tarball": f"{here}/private/npm/thing/-/thing-1.0.0.tgz"}}}}
                ),
            ),
            "/private/npm/thing/-/thing-1.0.0.tgz": ("application/octet-stream", "the package"),
            "/private/simple/thing/": ("text/html", '<a href="../../files/thing-1.whl#sha256=0">thing</a>'),
            "/private/files/thing-1.whl": ("application/octet-stream", "the wheel"),
        }
        kind, text = pages.get(self.path, ("", ""))
        expected = f"Bearer {TOKEN}" if "/npm/" in self.path else f"Basic {basic('user', PASSWORD)}"
        self.send_response(404 if not kind else 200 if login == expected else 401)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def private() -> Iterator[str]:
    """The host and port of registries with a login."""
    handler = type("Own", (Registry,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def host(private: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, work: None) -> str:
    """This machine is set up for them, and a copy of its own, on which depends where builds ask."""
    (tmp_path / "npmrc").write_text(
        f"registry = http://{private}/private/npm\n//{private}/private/:_authToken=${{THE_TOKEN}}\n"
    )
    monkeypatch.setenv("THE_TOKEN", TOKEN)
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "npmrc"))
    monkeypatch.setenv("PIP_INDEX_URL", f"http://user:{PASSWORD}@{private}/private/simple")
    return private


def fetched(url: str) -> bytes:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=60) as answer:
        data: bytes = answer.read()
        return data


def test_what_a_registry_points_to_is_fetched_here_too_with_its_login(host: str) -> None:
    with handed_on.to_a_build({"npm_config_registry", "PIP_INDEX_URL"}) as given:
        npm, pip = given.variables["npm_config_registry"], given.variables["PIP_INDEX_URL"]
        tarball = json.loads(fetched(f"{npm}thing"))["versions"]["1.0.0"]["dist"]["tarball"]
        assert host not in tarball
        assert fetched(tarball) == b"the package"
        page = fetched(f"{pip}thing/").decode()
        wheel = page.partition('href="')[2].partition('"')[0]
        assert wheel.endswith("#sha256=0")
        assert fetched(wheel.partition("#")[0]) == b"the wheel"
        assert given.secrets >= {TOKEN, PASSWORD}
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetched(f"{npm}another")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetched(npm.replace("/npm/", "/files/9/etc/passwd"))
    with pytest.raises(OSError, match="refused"):
        fetched(npm)


def test_two_builds_at_once_have_the_same_address(host: str) -> None:
    with handed_on.to_a_build({"npm_config_registry"}) as one, handed_on.to_a_build({"PIP_INDEX_URL"}) as two:
        first, second = one.variables["npm_config_registry"], two.variables["PIP_INDEX_URL"]
        assert first.split("/")[2] == second.split("/")[2]
        assert set(one.variables) & set(handed_on.ARGUMENTS) == {"npm_config_registry"}


def test_a_registry_that_does_not_answer_is_named_without_its_login() -> None:
    nobody = upstream("http://user:secret-word@127.0.0.1:9/")
    with forwarder.running(Registries(nobody, nobody), forwarder.opener(trust.context({})), 0) as server:
        with pytest.raises(urllib.error.HTTPError, match="502") as caught:
            fetched(f"{server.url}/npm/thing")
        said = caught.value.read().decode()
    assert said.startswith("http://127.0.0.1:9 does not answer: ")
    assert "secret-word" not in said


def test_another_hosts_file_gets_no_login() -> None:
    npm = upstream("https://a.test/npm/", "Bearer t")
    registries = Registries(npm, upstream("https://b.test/simple/"))
    with forwarder.running(registries, forwarder.opener(trust.context({})), 0) as server:
        own, other = (server.local(f"https://{name}.test/x.tgz", npm).removeprefix(server.url) for name in ("a", "c"))
        found = [server.ask(own), server.ask(other)]
    assert [(item.url, item.authorization) for item in found if item] == [
        ("https://a.test/x.tgz", "Bearer t"), ("https://c.test/x.tgz", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "environment", "url", "login"),
    [
        (["registry=https://a.test/npm"], {}, "https://a.test/npm/", ""),
        (["registry=https://a.test", "; registry=c\nregistry = 'https://b.test'"], {}, "https://b.test/", ""),
        (["registry=https://a.test"], {"npm_config_registry": "https://e.test"}, "https://e.test/", ""),
        (["registry=https://a.test"], {"NPM_CONFIG_REGISTRY": "https://e.test"}, "https://e.test/", ""),
        (["registry=https://a.test/x/y\n//a.test/x/:_authToken=t"], {}, "https://a.test/x/y/", "Bearer t"),
        (["registry=https://a.test\n//b.test/:_authToken=t"], {}, "https://a.test/", ""),
        (["registry=https://a.test\n//a.test/:_auth=dTpw"], {}, "https://a.test/", "Basic dTpw"),
        (["registry=https://a.test\n//a.test/:username=u\n//a.test/:_password=cA=="], {}, "https://a.test/",
         f"Basic {basic('u', 'p')}"),
        (["registry=https://a.test\n//a.test/:_authToken=${T}"], {"T": "x"}, "https://a.test/", "Bearer x"),
        (["registry=https://u:p@a.test"], {}, "https://a.test/", f"Basic {basic('u', 'p')}"),
    ],
)  # fmt: skip
def test_npms_settings(files: list[str], environment: Mapping[str, str], url: str, login: str) -> None:
    npm = settings.npm_settings(environment, files)
    found = settings.of_npm(npm["registry"], npm)
    assert (found.url, found.authorization) == (url, login)


@pytest.mark.parametrize(
    ("listed", "index"),
    [
        ("", ""),
        ("global.index-url='https://a.test/simple'\n", "https://a.test/simple"),
        ("global.extra-index-url='file:///x'\nglobal.index-url='https://a.test/'\n", "https://a.test/"),
        ("global.index-url='https://a.test/'\n:env:.index-url='https://e.test/'\n", "https://e.test/"),
        ("global.index-url='https://a.test/'\ninstall.index-url='https://i.test/'\n", "https://i.test/"),
    ],
)
def test_pips_settings(listed: str, index: str) -> None:
    assert settings.pip_index(listed) == index


def test_a_proxy_is_handed_on_in_both_spellings_and_its_password_is_known_as_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in handed_on.PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    assert handed_on.proxies({}) == {}
    given = handed_on.proxies({"https_proxy": "http://user:pass-word@proxy.test:3128"})
    assert given["HTTPS_PROXY"] == given["https_proxy"] == "http://user:pass-word@proxy.test:3128"
    assert "127.0.0.1" in given["NO_PROXY"]
    assert handed_on.proxy_passwords(given) == {"pass-word"}


@pytest.fixture(scope="module")
def base(container_engine: None) -> str:
    """A base image that this machine has."""
    console = Console(live=False)
    return base_image.choose(console, Stage("base image", _console=console)).reference


@pytest.fixture
def built(tmp_path: Path, base: str, work: None) -> Iterator[Callable[..., str]]:
    """Builds a service with a network and these lines in its Dockerfile."""
    folder = tmp_path / "services" / "shop"
    folder.mkdir(parents=True)
    (folder / "random").write_text(secrets.token_hex())
    reference = f"storyizer-test/network:{secrets.token_hex(6)}"

    def make(*lines: str, network: bool = True) -> str:
        (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
        service = Service("shop", folder, ("/shop",), build=Build(network=network))
        made = content_hash.content(service, base=base, platform="linux/amd64", tools=build.TOOLS)
        build.build(made, reference, base_reference=base, platform="linux/amd64", labels={}, note=lambda line: None)
        return reference

    yield make
    docker("image", "rm", "--force", reference)


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False).stdout


FETCH = (
    "import json,os,urllib.request as u; b=os.environ['npm_config_registry']; "
    "t=json.load(u.urlopen(b+'thing'))['versions']['1.0.0']['dist']['tarball']; "
    "open('/fetched','wb').write(u.urlopen(t).read())"
)


def test_a_build_fetches_from_the_hosts_registry_and_its_image_says_nothing_of_it(
    host: str, built: Callable[..., str]
) -> None:
    reference = built(
        "ARG BASE_IMAGE", "FROM ${BASE_IMAGE}", "COPY random /", "ARG npm_config_registry", f'RUN python3 -c "{FETCH}"'
    )
    said = docker("history", "--no-trunc", reference) + docker("image", "inspect", reference)
    assert docker("run", "--rm", "--network", "none", reference, "cat", "/fetched") == "the package"
    assert "npm_config_registry=http://127.0.0.1:" in said
    for word in (TOKEN, PASSWORD, host, "private"):
        assert word not in said
    assert "npm_config_registry" not in docker("run", "--rm", "--network", "none", reference, "env")


def test_a_proxys_password_is_not_in_the_image_unless_the_dockerfile_puts_it_there(
    built: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@127.0.0.1:9")
    lines = ("ARG BASE_IMAGE", "FROM ${BASE_IMAGE}", "COPY random /")
    reference = built(*lines, 'RUN test -n "$HTTP_PROXY" && test "$http_proxy" = "$HTTP_PROXY"')
    assert PASSWORD not in docker("history", "--no-trunc", reference) + docker("image", "inspect", reference)
    with pytest.raises(Failure, match="holds a password of this machine") as caught:
        built(*lines, "ARG HTTP_PROXY", "ENV PROXY=${HTTP_PROXY}")
    assert PASSWORD not in caught.value.render()
    assert docker("image", "ls", "--quiet", reference) == ""


def test_without_a_network_a_build_has_none_and_is_told_the_key(built: Callable[..., str]) -> None:
    fetch = "import urllib.request as u; u.urlopen('http://registry.test/')"
    with pytest.raises(Failure, match="does not build") as caught:
        built("ARG BASE_IMAGE", "FROM ${BASE_IMAGE}", "COPY random /", f'RUN python3 -c "{fetch}"', network=False)
    assert "set `network: true` below `build:` in services/shop/service.yaml" in caught.value.next_step


@pytest.mark.parametrize(
    ("network", "declared", "line", "said"),
    [
        (False, (), "npm error code EAI_AGAIN", "set `network: true`"),
        (False, ("npm_config_registry",), "KeyError: 'npm_config_registry'", "set `network: true`"),
        (True, (), "npm error code SELF_SIGNED_CERT_IN_CHAIN", "ARG npm_config_registry"),
        (True, tuple(handed_on.ARGUMENTS), "npm error code SELF_SIGNED_CERT_IN_CHAIN", "correct the Dockerfile"),
        (True, (), "npm error code E404", "correct the Dockerfile"),
    ],
)
def test_what_to_do_about_a_failed_build_is_read_from_what_it_says(
    network: bool, declared: tuple[str, ...], line: str, said: str
) -> None:
    from orchestrator.images.own_context import Recipe

    recipe = Recipe("Dockerfile", b"", network=network, declared=frozenset(declared))
    content = dataclasses.replace(content_hash.Content("shop", (), {}, ()), recipe=recipe)
    failure = build_failure.failure(content, process.Completed(("docker",), 1, line, ""))
    assert said in failure.next_step
