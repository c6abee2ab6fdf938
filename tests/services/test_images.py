"""The images of the services, built as `up` builds them: what is in them, how they run, what their papers say."""

import http.server
import json
import re
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.parser import HeaderParser
from pathlib import Path
from urllib.parse import unquote

import boto3
import httpx
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from orchestrator.console import Console, Stage
from orchestrator.images import build, content_hash
from orchestrator.machine import base_image, engine
from orchestrator.project import manifest
from orchestrator.system import paths, process

from .containers import Image, docker
from .running import REGION, free_port

SERVICES = ("save", "website", "words")
MEGABYTES = {"save": 65, "website": 60, "words": 60}
"""At most this much in a registry, compressed (10^6 bytes)."""
AWS_SDK = re.compile(r"srv/lib/(botocore|boto3|pynamodb|s3transfer)(/|-|$)")
PROGRAM = re.compile(r"(usr/)?(local/)?s?bin/(?P<name>[^/]+)")
NOT_NEEDED = re.compile(
    r"(.*/)?(pip|ensurepip|setuptools|apt|perl|gcc|cc1|dpkg-deb|busybox|dash|bash|sh)(-[0-9.]+)?(/.*)?"
)


@pytest.fixture(scope="module")
def contents(
    container_engine: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, content_hash.Content]]:
    """What goes into each image, on the base image that this machine can have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "WORK", tmp_path_factory.mktemp("work"))
        console = Console(live=False)
        base = base_image.choose(console, Stage("base image", _console=console))
        found = engine.find()
        assert found
        platform = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}[found.architecture]
        yield {
            service.name: content_hash.content(service, base=base.content_id, platform=platform, tools=build.TOOLS)
            for service in manifest.load()
        }


@pytest.fixture(scope="module")
def built(contents: dict[str, content_hash.Content]) -> Iterator[dict[str, Image]]:
    """The images by service."""
    references = {name: f"storyizer-test/{name}:{secrets.token_hex(6)}" for name in contents}
    base = base_image.remembered()
    assert base
    for name, content in contents.items():
        build.build(
            content,
            references[name],
            base_reference=base.reference,
            platform=content.inputs["platform"],
            labels={},
            note=lambda line: None,
        )
    yield {name: Image(reference) for name, reference in references.items()}
    docker("image", "rm", "--force", *references.values())


def test_every_service_has_an_image(built: dict[str, Image]) -> None:
    assert set(built) == set(SERVICES)


@pytest.fixture(scope="module")
def registry(emulated_aws: str) -> Callable[[str], str]:
    """Makes a repository; returns its address without a scheme."""
    client = boto3.client(
        "ecr", endpoint_url=emulated_aws, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )

    def make(name: str) -> str:
        client.create_repository(repositoryName=name)
        return f"{emulated_aws.removeprefix('http://')}/{name}"

    return make


@pytest.mark.parametrize("service", SERVICES)
def test_a_registry_holds_few_megabytes_of_it(
    built: dict[str, Image], registry: Callable[[str], str], service: str
) -> None:
    repository = registry(f"sizes/{service}")
    docker("tag", built[service].reference, f"{repository}:latest")
    try:
        docker("push", "--quiet", f"{repository}:latest")
    finally:
        docker("image", "rm", f"{repository}:latest")
    host, _, name = repository.partition("/")
    accepted = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
    answer = httpx.get(f"http://{host}/v2/{name}/manifests/latest", headers={"Accept": accepted}, trust_env=False)
    stored = sum(layer["size"] for layer in answer.raise_for_status().json()["layers"])
    assert 10e6 < stored <= MEGABYTES[service] * 1e6


@pytest.mark.parametrize("service", SERVICES)
def test_python_is_the_only_program_in_it(built: dict[str, Image], service: str) -> None:
    image = built[service]
    programs = {found["name"] for path in image.paths() if (found := PROGRAM.fullmatch(path))}
    assert programs <= {"python", "python3", "python3.13"}
    assert [
        path for path in image.paths() if NOT_NEEDED.fullmatch(path) and not path.startswith("usr/share/doc/")
    ] == []
    with pytest.raises(AssertionError, match=r"executable file not found|no such file"):
        docker("run", "--rm", "--entrypoint", "sh", image.reference)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_in_it_gives_rights_or_may_be_changed_by_the_service(built: dict[str, Image], service: str) -> None:
    image = built[service]
    assert image.settings["Config"]["User"] == "10001:10001"
    assert [member.name for member in image if member.mode & 0o6000 and not member.isdir()] == []
    # What the engine itself adds to an export belongs to root as well.
    assert [member.name for member in image if member.uid == 10001] == []
    assert [
        member.name for member in image if member.mode & 0o002 and not member.issym() and member.name != "tmp"
    ] == []


@pytest.mark.parametrize("service", ["website", "words"])
def test_a_service_that_talks_to_nothing_of_aws_carries_no_sdk(built: dict[str, Image], service: str) -> None:
    assert [path for path in built[service].paths() if AWS_SDK.match(path)] == []


def test_save_s_sdk_knows_of_dynamodb_only(built: dict[str, Image]) -> None:
    folder = "srv/lib/botocore/data/"
    known = {path.removeprefix(folder).partition("/")[0] for path in built["save"].paths() if path.startswith(folder)}
    assert known == {
        "dynamodb", "_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json",
    }  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_every_module_comes_with_its_source_and_its_bytecode(built: dict[str, Image], service: str) -> None:
    files = built[service].paths()
    sources = {path for path in files if path.startswith("srv/") and path.endswith(".py")}
    expected = {re.sub(r"([^/]*)\.py$", r"__pycache__/\1.cpython-313.pyc", path) for path in sources}
    assert expected == {path for path in files if path.startswith("srv/") and path.endswith(".pyc")}
    unchecked = (
        "import sys, ssl, asyncio, app; print([open(m.__cached__, 'rb').read()[4] for m in (ssl, asyncio, app)])"
    )
    assert built[service].python("-c", unchecked) == "[1, 1, 1]"


def test_its_python_has_certificates_time_zones_and_what_the_standard_library_loads(built: dict[str, Image]) -> None:
    code = (
        "import bz2, ctypes, decimal, hashlib, lzma, pydoc, sqlite3, ssl, uuid, xml.parsers.expat, zoneinfo, locale;"
        "from pathlib import Path;"
        "sources = Path(ssl.get_default_verify_paths().openssl_capath).glob('*.0');"
        "print(len(list(sources)) > 100, zoneinfo.ZoneInfo('Asia/Seoul'), locale.getpreferredencoding())"
    )
    assert built["words"].python("-c", code) == "True Asia/Seoul UTF-8"


@pytest.mark.parametrize("service", ["website", "words"])
def test_it_runs_without_rights_answers_and_ends_within_a_second_of_sigterm(
    built: dict[str, Image], service: str
) -> None:
    image = built[service]
    commit = image.settings["Config"]["Labels"]["org.opencontainers.image.revision"]
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", commit)
    path = {"website": "/", "words": "/api/words"}[service]
    with image.running(free_port(), SERVICE_NAME=service, BASE_PATH=path, ENVIRONMENT="local") as container:
        assert container.client.get("/version").json()["git_commit"] == commit
        assert container.client.get(path, params={"kind": "noun"} if service == "words" else {}).status_code == 200
        status, _ = container.terminate()
        assert status == 0, container.log()
        # By its own log: how long the engine's client takes is another matter.
        told = [json.loads(line) for line in container.log().splitlines()]
        began, ended = (
            datetime.fromisoformat(line["timestamp"]) for line in told if line["message"] in ("stopping", "stopped")
        )
        assert ended - began < timedelta(seconds=1)


@pytest.fixture
def task_credentials() -> Iterator[str]:
    """The address of what gives a task its role's credentials, as Amazon ECS has it."""
    answer = {
        "AccessKeyId": "test", "SecretAccessKey": "test", "Token": "token", "Expiration": "2099-01-01T00:00:00Z",
        "RoleArn": "arn:aws:iam::000000000000:role/save",
    }  # fmt: skip

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/credentials"
        server.shutdown()


def test_save_keeps_a_story_with_the_credentials_of_its_task(
    built: dict[str, Image], dynamodb_endpoint: str, create_table: Callable[[str], str], task_credentials: str
) -> None:
    variables = {
        "SERVICE_NAME": "save", "BASE_PATH": "/api/stories", "AWS_REGION": REGION, "ENVIRONMENT": "local",
        "STORIES_TABLE": create_table("image-stories"), "AWS_ENDPOINT_URL": dynamodb_endpoint,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": task_credentials,
    }  # fmt: skip
    with built["save"].running(free_port(), **variables) as container:
        assert container.client.get("/readyz").status_code == 200, container.log()
        story = {"template": "The {noun} sleeps", "text": "The bear sleeps"}
        created = container.client.post("/api/stories", json=story)
        assert created.status_code == 201, container.log()
        assert container.client.get(created.headers["location"]).json()["text"] == story["text"]
        assert container.terminate()[0] == 0


@pytest.fixture
def bill(built: dict[str, Image], tmp_path: Path) -> Callable[[str], str]:
    """The text of an image's bill of materials, as the orchestrator copies it out."""

    def read(service: str) -> str:
        file = tmp_path / service / "sbom.cdx.json"
        assert build.copy_sbom(built[service].reference, file)
        return file.read_text()

    return read


def installed(image: Image) -> set[tuple[str, str]]:
    """Name and version of everything that the image's own records name, Python's packages and Debian's."""
    records = [image.read(path) for path in image.paths() if re.fullmatch(r"srv/lib/[^/]+\.dist-info/METADATA", path)]
    found = {(fields["Name"], fields["Version"]) for fields in map(HeaderParser().parsestr, records)}
    stanzas = map(HeaderParser().parsestr, image.read("var/lib/dpkg/status").strip().split("\n\n"))
    return found | {(fields["Package"], fields["Version"]) for fields in stanzas}


@pytest.mark.parametrize("service", SERVICES)
def test_its_bill_of_materials_is_valid_and_names_everything_that_is_installed(
    built: dict[str, Image], contents: dict[str, content_hash.Content], bill: Callable[[str], str], service: str
) -> None:
    text = bill(service)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    subject = document["metadata"]["component"]
    assert (subject["name"], subject["version"]) == (service, contents[service].tag)
    named = {(item["name"], item["version"]) for item in document["components"] if item["type"] == "library"}
    assert named == installed(built[service])
    assert {"uvicorn", "msgspec", "libc6", "libssl3t64", "tzdata"} <= {name for name, _ in named}
    assert ("botocore" in {name for name, _ in named}) == (service == "save")
    for item in document["components"]:
        if item["type"] == "library":
            kind = "pypi" if "pypi" in item["purl"] else "deb/debian"
            assert item["purl"].startswith(f"pkg:{kind}/")
            assert item["version"] in unquote(item["purl"])
            if kind == "pypi":
                assert item["licenses"], item["name"]
                assert item["hashes"][0]["content"] in (paths.SERVICES / service / "requirements.txt").read_text()


def test_an_image_without_a_bill_of_materials_is_told_from_one_with(
    contents: dict[str, content_hash.Content], tmp_path: Path
) -> None:
    base = base_image.remembered()
    assert base
    assert build.copy_sbom(base.reference, tmp_path / "sbom.cdx.json") is False
    assert not (tmp_path / "sbom.cdx.json").exists()


def test_its_bill_of_materials_says_what_needs_what(bill: Callable[[str], str]) -> None:
    document = json.loads(bill("save"))
    names = {item["bom-ref"]: item["name"] for item in document["components"]}
    needs = {
        names.get(item["ref"], "image"): {names[ref] for ref in item["dependsOn"]} for item in document["dependencies"]
    }
    assert needs["image"] == set(names.values())
    assert needs["pynamodb"] == {"botocore"}
    assert needs["botocore"] == {"jmespath", "python-dateutil", "urllib3"}
    assert "libc6" in needs["libssl3t64"]


def test_the_licences_of_what_is_installed_come_along(built: dict[str, Image]) -> None:
    for image in built.values():
        found = image.paths()
        for path in found:
            if re.fullmatch(r"srv/lib/[^/]+\.dist-info", path):
                assert any(
                    re.match(rf"{re.escape(path)}/(licenses/|LICEN|COPYING|NOTICE)", other) for other in found
                ), path
    code = (
        "import re; from pathlib import Path;"
        "names = re.findall(r'^Package: (.*)', Path('/var/lib/dpkg/status').read_text(), re.M);"
        "files = [Path('/usr/share/doc', name, 'copyright') for name in names];"
        "print(len(files) > 15, [str(file) for file in files if not (file.is_file() and file.stat().st_size > 100)])"
    )
    assert built["words"].python("-c", code) == "True []"


def test_the_same_input_gives_the_same_layers_and_another_commit_only_another_label(
    built: dict[str, Image], contents: dict[str, content_hash.Content]
) -> None:
    content, base = contents["words"], base_image.remembered()
    assert base
    assert content.requirements
    wheels = build.wheels(content.requirements, content.inputs["platform"])
    reference = f"storyizer-test/again:{secrets.token_hex(6)}"
    command = build.command(content, reference, base.reference, {}, "0" * 40)
    try:
        with tempfile.TemporaryFile() as context:
            content_hash.write_context(content, wheels, context)
            context.seek(0)
            done = process.run([*command, "--no-cache", "-"], stdin=context, env=build.builder_environment())
        assert done.ok, done.tail()
        again = Image(reference)
        assert again.layers == built["words"].layers
        assert again.settings["Config"]["Labels"]["org.opencontainers.image.revision"] == "0" * 40
    finally:
        docker("image", "rm", "--force", reference)


def test_services_share_the_layers_below_their_own(built: dict[str, Image]) -> None:
    words, website, save = (built[name].layers for name in ("words", "website", "save"))
    assert words[:2] == website[:2]
    assert words[0] == save[0]
