"""Images that are taken as they are: which one a tag names, with which login it is asked for, how it is mirrored."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import http.server
import json
import secrets
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.aws import ecr, state
from orchestrator.aws.session import Aws
from orchestrator.console import Console
from orchestrator.errors import Failure
from orchestrator.images import content_hash, delivery
from orchestrator.images.delivery import Base
from orchestrator.images.image import Image
from orchestrator.images.mirror import credentials, reference, resolve
from orchestrator.images.mirror.credentials import Login
from orchestrator.images.mirror.reference import Reference
from orchestrator.images.trial.trial import Trials
from orchestrator.project.environment import Environment
from orchestrator.project.manifest import Service

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
USER, PASSWORD = "robot", "robots-password"


@pytest.mark.parametrize(
    ("text", "host", "name", "wanted", "shown"),
    [
        ("nginx", "docker.io", "library/nginx", "latest", "nginx:latest"),
        ("nginx:1.27", "docker.io", "library/nginx", "1.27", "nginx:1.27"),
        ("team/shop:2", "docker.io", "team/shop", "2", "team/shop:2"),
        ("registry.test/nginx/nginx:1", "registry.test", "nginx/nginx", "1", "registry.test/nginx/nginx:1"),
        ("localhost/shop", "localhost", "shop", "latest", "localhost/shop:latest"),
        ("127.0.0.1:5000/shop:1", "127.0.0.1:5000", "shop", "1", "127.0.0.1:5000/shop:1"),
        (f"shop:1@sha256:{'a' * 64}", "docker.io", "library/shop", f"sha256:{'a' * 64}", f"shop@sha256:{'a' * 64}"),
    ],
)
def test_a_name_is_read_as_docker_reads_it(text: str, host: str, name: str, wanted: str, shown: str) -> None:
    found = reference.parse(text)
    assert (found.host, found.name, found.wanted, str(found)) == (host, name, wanted, shown)


@pytest.mark.parametrize(
    "text", ["", "Nginx", "nginx:", "nginx:a b", "-x", "a//b", "nginx@sha256:12", "https://a.test/x"]
)
def test_what_names_no_image_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="names no image"):
        reference.parse(text)


class Registry(http.server.BaseHTTPRequestHandler):
    """A registry that wants a token, which wants a login."""

    manifests: dict[str, tuple[str, bytes]]
    blobs: dict[str, bytes]
    asked: list[str]
    has_login = True

    def do_GET(self) -> None:
        self.asked.append(self.path)
        here = f"http://{self.headers['Host']}"
        login = self.headers.get("Authorization", "")
        if self.path.startswith("/token"):
            wanted = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
            self.answer(200 if login == wanted else 401, "application/json", b'{"token": "the-token"}')
        elif self.has_login and login != "Bearer the-token":
            scope = 'scope="repository:team/shop:pull"'
            self.answer(401, "text/plain", b"", f'Bearer realm="{here}/token",service="test",{scope}')
        else:
            kind, _, wanted = self.path.removeprefix("/v2/team/shop/").partition("/")
            found = {
                "manifests": self.manifests,
                "blobs": {k: ("application/octet-stream", v) for k, v in self.blobs.items()},
            }
            self.answer(*((200, *found[kind][wanted]) if wanted in found.get(kind, {}) else (404, "text/plain", b"no")))

    def answer(self, status: int, kind: str, body: bytes, challenge: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


class Shop:
    """What the registry holds of `team/shop`."""

    def __init__(self, handler: Any, host: str) -> None:
        self.handler, self.host = handler, host

    def blob(self, data: bytes) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.handler.blobs[digest] = data
        return {"mediaType": "application/octet-stream", "digest": digest, "size": len(data)}

    def put(self, kind: str, content: object, tag: str = "") -> str:
        # Spaces are part of what a digest stands for.
        data = json.dumps(content, indent=3).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        for name in filter(None, (digest, tag)):
            self.handler.manifests[name] = (kind, data)
        return digest

    def image(self, text: str, tag: str = "", architecture: str = "amd64") -> str:
        config = self.blob(json.dumps({"architecture": architecture, "os": "linux", "of": text}).encode())
        layers = [self.blob(f"{text} {number}".encode()) for number in (1, 2)]
        return self.put(MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}, tag)

    def index(self, tag: str, **images: str) -> str:
        parts = [
            {"mediaType": MANIFEST, "digest": digest, "size": 1, "platform": {"os": "linux", "architecture": name}}
            for name, digest in images.items()
        ]
        signature = {"mediaType": MANIFEST, "digest": self.image("signature"), "size": 1,
                     "platform": {"os": "unknown", "architecture": "unknown"}}  # fmt: skip
        return self.put(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [signature, *parts]}, tag)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The registry, and a Docker configuration with the login for it."""
    handler = type("Own", (Registry,), {"manifests": {}, "blobs": {}, "asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (tmp_path / "docker").mkdir()
        (tmp_path / "docker" / "config.json").write_text(json.dumps({"auths": {host: {"auth": login}}}))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
        yield Shop(handler, host)
        server.shutdown()


def resolved(shop: Shop, tag: str = "1", platform: str = "linux/amd64") -> str:
    return resolve.resolve("shop", f"{shop.host}/team/shop:{tag}", platform, ask_engine=False).digest


def test_a_tag_names_an_image_or_the_platforms_one_of_an_index(shop: Shop) -> None:
    one, other = shop.image("one", "plain"), shop.image("other", architecture="arm64")
    shop.index("both", amd64=one, arm64=other)
    assert resolved(shop, "plain") == one
    assert (resolved(shop, "both"), resolved(shop, "both", "linux/arm64")) == (one, other)
    assert resolve.resolve("shop", f"{shop.host}/team/shop@{one}", "linux/amd64").digest == one


def test_an_image_of_another_platform_is_refused(shop: Shop) -> None:
    shop.index("index", arm64=shop.image("x", "plain", architecture="arm64"))
    for tag in ("index", "plain"):
        with pytest.raises(Failure, match="is not for linux/amd64") as caught:
            resolved(shop, tag)
        assert "has linux/arm64" in caught.value.reason


def test_an_image_that_is_not_there_or_not_shown_is_named_with_the_login(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="there is no image") as caught:
        resolved(shop, "2")
    assert "it answered 404" in caught.value.reason
    shop.image("one", "1")
    (tmp_path / "docker" / "config.json").write_text("{}")
    with pytest.raises(Failure, match="there is no image") as caught:
        resolved(shop)
    assert "it answered 401" in caught.value.reason
    assert f"docker login {shop.host}" in caught.value.next_step


def test_a_registry_that_does_not_answer_is_named(shop: Shop) -> None:
    nobody = "127.0.0.1:9/team/shop:1"
    with pytest.raises(Failure, match=r"127\.0\.0\.1:9 does not say which image 127\.0\.0\.1:9/team/shop:1 is"):
        resolve.resolve("shop", nobody, "linux/amd64", ask_engine=False)


def test_another_manifest_than_was_asked_for_is_refused(shop: Shop) -> None:
    one, other = shop.image("one"), shop.image("other")
    shop.handler.manifests[one] = shop.handler.manifests[other]
    with pytest.raises(Failure) as caught:
        resolve.resolve("shop", f"{shop.host}/team/shop@{one}", "linux/amd64")
    assert "another manifest than was asked for" in caught.value.reason


HUB = "https://index.docker.io/v1/"
ROBOT = base64.b64encode(b"robot:pass:word").decode()


@pytest.mark.parametrize(
    ("auths", "names", "login"),
    [
        ({}, ("a.test",), None),
        ({"a.test": {"auth": ROBOT}}, ("a.test",), Login("robot", "pass:word")),
        ({"https://a.test": {"auth": ROBOT}}, ("a.test", "https://a.test"), Login("robot", "pass:word")),
        ({"a.test": {"auth": ROBOT, "identitytoken": "t"}}, ("a.test",), Login(identity_token="t")),
        ({"a.test": {}}, ("a.test",), None),
        ({"a.test": {"auth": "no base64"}}, ("a.test",), None),
        ({"a.test": "x"}, ("a.test",), None),
    ],
)
def test_logins_of_dockers_configuration(auths: dict[str, Any], names: tuple[str, ...], login: Login | None) -> None:
    assert credentials.in_file(auths, names) == login


def test_a_login_is_asked_of_dockers_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-test"
    helper.write_text('#!/bin/sh\nread -r host\necho "{\\"Username\\": \\"$host\\", \\"Secret\\": \\"s\\"}"\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "test", "credHelpers": {"b.test": "not-there"}}))
    assert credentials.find("a.test") == Login("a.test", "s")
    assert credentials.find("docker.io") == Login(HUB, "s")
    assert credentials.find("b.test") is None


def test_only_what_was_built_here_is_taken_from_the_engine() -> None:
    shop = Reference("docker.io", "library/shop", "1")
    assert not resolve.is_of_registry([], shop)
    assert not resolve.is_of_registry(["127.0.0.1:5000/storyizer/shop@sha256:0"], shop)
    assert resolve.is_of_registry(["shop@sha256:0"], shop)


def with_repository(emulated_aws: str, name: str, folder: Path) -> Aws:
    """An environment with a bucket and the repository of `shop`.

    Who logs in to an emulated registry is in its first account, so the calls go there, whatever account is named.
    """
    environment = Environment(name, "900000990001", "us-east-1", "X86_64", folder / f"{name}.tfvars")
    made = Aws(environment, emulated_aws, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    state.ensure_bucket(made)
    if "shop" not in ecr.existing_repositories(made):
        made.client("ecr").create_repository(repositoryName=ecr.repository("shop"))
    return made


@pytest.fixture
def aws(emulated_aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """An environment on AWS."""
    monkeypatch.setattr(Trials, "check_taken", lambda *arguments: None)
    return with_repository(emulated_aws, "staging", tmp_path)


def up(aws: Aws, service: Service, deployed: dict[str, str]) -> tuple[Image, delivery.Wanted]:
    """What an `up` does about the image."""
    base = Base("base", "base")
    wanted = delivery.wanted(aws, [service], base, "linux/amd64", deployed, resolve_tags=True)
    (made,) = delivery.deliver(
        aws, wanted, base, "linux/amd64", Console(live=False), docker_host=None, wait_for_repositories=lambda: None
    )
    deployed["shop"] = made.tag
    return made, wanted[0]


def test_an_image_is_mirrored_byte_for_byte_once_and_again_when_its_tag_moves(
    aws: Aws, shop: Shop, tmp_path: Path
) -> None:
    service = Service("shop", tmp_path / "shop", ("/shop",), image=f"{shop.host}/team/shop:1")
    deployed: dict[str, str] = {}
    first = shop.image("first", "1")
    made, _ = up(aws, service, deployed)
    assert (made.digest, made.built, made.pushed, made.why) == (first, False, True, "first deploy")
    assert ecr.holds(aws, "shop", first)

    shop.handler.asked.clear()
    again, wanted = up(aws, service, deployed)
    assert (again.digest, again.pushed, again.why) == (first, False, "")
    assert sum("/blobs/" in path for path in shop.handler.asked) == 1, "its settings, and no layer"
    assert f"/team/shop:1 is {first[:19]}" in str(wanted.taken)

    second = shop.index("1", amd64=shop.image("second"))
    moved, wanted = up(aws, service, deployed)
    digest = moved.digest
    assert digest not in (first, second)
    assert moved.why == f"{shop.host}/team/shop:1 is {digest[:19]} now, was {first[:19]}"

    # Whoever does not ask for what tags name now gets what is deployed, whatever the registry has.
    shop.image("third", "1")
    shop.handler.asked.clear()
    (found,) = delivery.wanted(aws, [service], Base("b", "b"), "linux/amd64", deployed)
    assert (found.digest, found.why, shop.handler.asked) == (digest, "", [])

    renamed = dataclasses.replace(service, image=f"{shop.host}/team/shop@{digest}")
    made, _ = up(aws, renamed, deployed)
    assert (made.digest, made.pushed) == (digest, False)


def test_an_image_of_the_engine_alone_is_pushed_and_keeps_its_name(
    emulated_aws: str, container_engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = with_repository(emulated_aws, "local", tmp_path)
    name = f"storyizer-test-shop:{secrets.token_hex(6)}"
    text = f'FROM scratch\nLABEL of="{name}"\nCMD ["/none"]\n'
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", name, "-"], input=text.encode(), check=True, capture_output=True
    )
    try:
        service = Service("shop", tmp_path / "shop", ("/shop",), image=name)
        (found,) = delivery.wanted(local, [service], Base("b", "b"), "linux/amd64", {}, resolve_tags=True)
        assert found.taken is not None and found.taken.engine_id.startswith("sha256:")
        assert "of this machine's engine" in str(found.taken)
        with pytest.raises(Failure, match="does not have the command") as caught:
            up(local, service, {})
        assert "`command:`" in caught.value.next_step
        monkeypatch.setattr(Trials, "check_taken", lambda *arguments: None)
        made, _ = up(local, service, {})
        assert ecr.holds(local, "shop", made.digest)
        assert not up(local, service, {})[0].pushed
        assert subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode == 0
    finally:
        subprocess.run(["docker", "image", "rm", "--force", name], capture_output=True, check=False)


def test_an_image_that_is_taken_has_no_files_and_needs_no_base(tmp_path: Path) -> None:
    service = Service("shop", tmp_path / "shop", ("/shop",), image="nginx")
    assert content_hash.check([service]) == []
    assert content_hash.sources(service) == (tmp_path / "shop" / "service.yaml",)
    assert not content_hash.needs_base(service)
