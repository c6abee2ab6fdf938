"""What the build takes out of installed packages."""

import ctypes
import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from .running import SERVICES


@pytest.fixture(scope="module")
def packages() -> ModuleType:
    """The build's program as a module."""
    spec = importlib.util.spec_from_file_location("image_packages", SERVICES / "image" / "packages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["msgspec._core", "httptools.parser.parser", "uvloop.loop"])
def test_a_compiled_module_without_debug_information_still_loads_and_is_not_larger(
    packages: ModuleType, tmp_path: Path, name: str
) -> None:
    spec = importlib.util.find_spec(name)
    assert spec and spec.origin
    original = Path(spec.origin)
    lean = packages.without_debug_information(original.read_bytes())
    assert len(lean) < original.stat().st_size
    file = tmp_path / original.name
    file.write_bytes(lean)
    ctypes.CDLL(str(file))
    assert packages.without_debug_information(lean) == lean


def test_what_is_no_compiled_module_stays_as_it_is(packages: ModuleType) -> None:
    for content in (b"", b"# a script\n", b"\x7fELF\x01\x01 of 32 bits"):
        assert packages.without_debug_information(content) == content


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with botocore's data of three services, and files that nobody reads at run time."""
    for name in ("dynamodb/2012-08-10/service-2.json.gz", "s3/2006-03-01/service-2.json.gz", "sts/x/service-2.json.gz"):
        (tmp_path / "botocore" / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "botocore" / "data" / name).write_text("{}")
    for name in ("_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"):
        (tmp_path / "botocore" / "data" / name).write_text("{}")
    for name in ("a/__init__.py", "a/types.pyi", "a/fast.pyx", "a/bin/data.txt", "a-1.dist-info/METADATA", "bin/a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def files(folder: Path) -> set[str]:
    """The files of a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_botocore_keeps_what_the_service_asks_for_and_what_all_services_share(
    packages: ModuleType, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wanted = tmp_path_factory.mktemp("service") / "botocore-data.txt"
    wanted.write_text("# why\ndynamodb  # stories\n\n")
    packages.main(installed, wanted)
    assert files(installed / "botocore" / "data") == {
        "_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json",
        "dynamodb/2012-08-10/service-2.json.gz",
    }  # fmt: skip


def test_botocore_keeps_everything_for_a_service_that_does_not_say(
    packages: ModuleType, installed: Path, tmp_path: Path
) -> None:
    before = files(installed / "botocore")
    packages.main(installed, tmp_path / "no such file")
    assert files(installed / "botocore") == before


def test_sources_and_metadata_stay_while_programs_stubs_and_build_inputs_go(
    packages: ModuleType, installed: Path
) -> None:
    shutil.rmtree(installed / "botocore")
    packages.main(installed, None)
    assert files(installed) == {"a/__init__.py", "a/bin/data.txt", "a-1.dist-info/METADATA"}


def test_a_service_of_aws_that_botocore_does_not_know_ends_the_build(
    packages: ModuleType, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wanted = tmp_path_factory.mktemp("service") / "botocore-data.txt"
    wanted.write_text("dynamodb\ndynamite\n")
    with pytest.raises(SystemExit, match="botocore knows no dynamite"):
        packages.main(installed, wanted)
