"""Finding Terraform's provider without its registry."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from orchestrator.errors import ExitCode, PrerequisiteMissing
from orchestrator.machine import providers


def unpacked_mirror(folder: Path, version: str = providers.VERSION) -> Path:
    place = folder / providers.SOURCE / version / providers.target()
    place.mkdir(parents=True)
    (place / f"terraform-provider-aws_v{version}_x5").touch()
    return folder


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that cannot reach the registry, with an empty home and cache."""
    monkeypatch.setattr(providers, "REGISTRY", "http://127.0.0.1:9/")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "shared"))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.setattr(providers, "likely_roots", lambda: [tmp_path / "opt"])
    return tmp_path


@pytest.mark.parametrize("place", ["plugins", "vendor/plugins", "."])
def test_a_mirror_up_to_two_levels_below_a_root_is_found(tmp_path: Path, place: str) -> None:
    mirror = unpacked_mirror(tmp_path / place)
    assert providers.find_mirror([tmp_path / "missing", tmp_path]) == mirror


def test_a_mirror_deeper_than_that_is_not_looked_for(tmp_path: Path) -> None:
    unpacked_mirror(tmp_path / "a/b/c")
    assert providers.find_mirror([tmp_path]) is None


def test_a_mirror_of_another_version_does_not_count(tmp_path: Path) -> None:
    unpacked_mirror(tmp_path / "plugins", version="4.0.0")
    assert providers.find_mirror([tmp_path]) is None


def test_a_mirror_with_packed_providers_counts(tmp_path: Path) -> None:
    folder = tmp_path / providers.SOURCE
    folder.mkdir(parents=True)
    (folder / f"terraform-provider-aws_{providers.VERSION}_{providers.target()}.zip").touch()
    assert providers.find_mirror([tmp_path]) == tmp_path


def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    assert providers.find_mirror([tmp_path, Path("/proc/1/root/nothing")]) is None


def test_without_a_registry_terraform_is_pointed_at_the_mirror_with_a_configuration_of_its_own(cut_off: Path) -> None:
    mirror = unpacked_mirror(cut_off / "opt" / "with space")
    said: list[str] = []
    settings = providers.terraform_env(said.append)
    content = Path(settings["TF_CLI_CONFIG_FILE"]).read_text()
    assert json.dumps(str(mirror)) in content
    assert "direct" in content
    assert settings["TF_INPUT"] == "0"
    assert len(said) == 1
    assert str(mirror) in said[0]


def test_what_was_found_is_remembered_until_it_is_gone(cut_off: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = unpacked_mirror(cut_off / "opt" / "plugins")
    assert providers.find() == str(mirror)
    monkeypatch.setattr(providers, "likely_roots", lambda: [])
    assert providers.find() == str(mirror)
    mirror.rename(cut_off / "moved")
    assert providers.find() == ""


def test_a_mirror_that_terraform_finds_by_itself_needs_no_configuration(cut_off: Path) -> None:
    unpacked_mirror(cut_off / "home/.terraform.d/plugins")
    assert "TF_CLI_CONFIG_FILE" not in providers.terraform_env()


def test_what_terraform_downloaded_once_is_used_again_without_the_registry(cut_off: Path) -> None:
    downloads = unpacked_mirror(cut_off / "cache/storyizer/terraform-plugins")
    assert providers.find() == str(downloads)
    assert json.dumps(str(downloads)) in Path(providers.terraform_env()["TF_CLI_CONFIG_FILE"]).read_text()


def test_with_the_registry_in_reach_downloads_are_kept_for_the_next_copy(
    cut_off: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as registry:
        threading.Thread(target=answer_once, args=(registry,), daemon=True).start()
        monkeypatch.setattr(providers, "REGISTRY", f"http://127.0.0.1:{registry.getsockname()[1]}/")
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(cut_off / "missing.tfrc"))
        settings = providers.terraform_env()
    assert settings["TF_CLI_CONFIG_FILE"] == ""
    assert Path(settings["TF_PLUGIN_CACHE_DIR"]).is_dir()


def answer_once(listener: socket.socket) -> None:
    connection = listener.accept()[0]
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def test_a_persons_own_configuration_is_theirs(cut_off: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = cut_off / "own.tfrc"
    own.touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    assert providers.terraform_env() == providers.SETTINGS


def test_a_configuration_that_is_named_and_missing_is_replaced(cut_off: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked_mirror(cut_off / "opt" / "plugins")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(cut_off / "missing.tfrc"))
    assert Path(providers.terraform_env()["TF_CLI_CONFIG_FILE"]).is_file()


def test_neither_registry_nor_mirror_is_a_missing_prerequisite_that_names_both_ways_out(cut_off: Path) -> None:
    with pytest.raises(PrerequisiteMissing) as caught:
        providers.terraform_env()
    assert caught.value.exit_code == ExitCode.PREREQUISITE_MISSING
    assert "registry.terraform.io" in caught.value.next_step
    assert "terraform providers mirror" in caught.value.next_step
