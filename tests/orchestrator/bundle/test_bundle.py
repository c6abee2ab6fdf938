"""Bundles on disk: written whole, read only as they were written. And what must hold for one to be applied."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.bundle import conditions, fingerprints, on_disk
from orchestrator.bundle.on_disk import Bundle, Refused, StateId
from orchestrator.errors import Failure
from orchestrator.images.image import Image
from orchestrator.project import environment
from orchestrator.review.model import Counts, Finding, Plan, Review, Severity, Verdict

SECRET = b"a saved plan\0with the state in clear"
RENDERINGS = {name: f"the review as {name}, \N{SNOWMAN}\n" for name in on_disk.RENDERINGS}
AWS = "registry.terraform.io/hashicorp/aws"
WORDS = Image("words", "0123456789abcdef", "host/words@sha256:" + "a" * 64)

DESCRIBED = {
    "service": "words",
    "tag": WORDS.tag,
    "digest": WORDS.digest,
    "uri": WORDS.uri,
    "missing": False,
    "why": "",
}


def described(**more: Any) -> Bundle:
    values: dict[str, Any] = {
        "environment": "staging",
        "account_id": environment.load("staging").account_id,
        "region": environment.load("staging").region,
        "commit": "0123456789ab",
        "created_at": "2026-11-22T10:00:00Z",
        "created_by": "kim",
        "terraform_version": "1.11.4",
        "providers": {AWS: "5.100.0"},
        "images": {"words": WORDS},
        "state": StateId("a-lineage", 7),
        "sources": {"terraform/environment/main.tf": "1" * 64, "services/words/service.yaml": "2" * 64},
        "has_changes": True,
        "stops": False,
    }
    return Bundle(**(values | more))


@pytest.fixture
def written(tmp_path: Path) -> Bundle:
    return write(tmp_path / "bundle")


def write(folder: Path, **more: Any) -> Bundle:
    plan = folder.with_name("environment.tfplan")
    plan.write_bytes(SECRET)
    return on_disk.write(folder, described(**more), plan, RENDERINGS)


def refused(kind: str, match: str | None = None) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, match=match, check=lambda error: error.kind == kind)


def test_a_bundle_is_read_as_it_was_written(written: Bundle) -> None:
    assert on_disk.read(written.folder) == written
    assert on_disk.read(written.folder, sha256=written.sha256.upper()) == written
    assert written.file(on_disk.REVIEW_HTML).read_text() == RENDERINGS[on_disk.REVIEW_HTML]
    assert written.plan_file is not None and written.plan_file.read_bytes() == SECRET


def test_its_hash_is_that_of_its_description_and_is_in_no_file(written: Bundle) -> None:
    assert written.sha256 == fingerprints.of(written.file(on_disk.DESCRIPTION).read_bytes())
    assert not any(written.sha256.encode() in file.read_bytes() for file in written.folder.iterdir())


def test_only_this_user_can_read_it_and_the_plan_is_nowhere_else(written: Bundle) -> None:
    assert stat.S_IMODE(written.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in written.folder.iterdir()} == {0o600}
    assert [file.name for file in written.folder.parent.iterdir()] == ["bundle"]


def test_a_plan_without_changes_is_a_bundle_without_a_plan(tmp_path: Path) -> None:
    made = on_disk.write(tmp_path / "bundle", described(has_changes=False), None, RENDERINGS)
    assert made.plan_file is None
    assert on_disk.PLAN not in made.files
    assert on_disk.read(made.folder) == made


def test_a_new_bundle_takes_the_place_of_an_old_one(written: Bundle) -> None:
    newer = write(written.folder, commit="newer")
    assert newer.sha256 != written.sha256
    assert on_disk.read(written.folder).commit == "newer"


def test_no_other_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1").write_text("years of work")
    with pytest.raises(Failure, match="is not a bundle") as caught:
        write(tmp_path / "thesis")
    assert caught.value.exit_code == 64
    assert (tmp_path / "thesis" / "chapter-1").read_text() == "years of work"


@pytest.mark.parametrize("name", ["chapter-1", ".git", "environment.tfplan.bak"])
def test_a_folder_with_a_bundle_and_something_else_in_it_is_not_replaced(written: Bundle, name: str) -> None:
    (written.folder / name).write_text("years of work")
    with pytest.raises(Failure, match="is not a bundle") as caught:
        write(written.folder)
    assert name in caught.value.reason
    assert (written.folder / name).read_text() == "years of work"


def test_the_plan_that_is_taken_is_the_one_that_was_checked_whatever_comes_after(
    written: Bundle, tmp_path: Path
) -> None:
    found = on_disk.read(written.folder, sha256=written.sha256)
    taken = on_disk.take_plan(found, tmp_path / "work" / "taken")
    write(written.folder, commit="newer")
    assert taken is not None
    assert taken.read_bytes() == SECRET
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600


def test_a_plan_that_was_exchanged_after_the_check_is_not_taken(written: Bundle, tmp_path: Path) -> None:
    found = on_disk.read(written.folder, sha256=written.sha256)
    assert written.plan_file is not None
    written.plan_file.write_bytes(b"another plan")
    with refused("tampered", match="environment.tfplan"):
        on_disk.take_plan(found, tmp_path / "taken")
    assert not (tmp_path / "taken").exists()
    written.plan_file.unlink()
    with refused("applied"):
        on_disk.take_plan(found, tmp_path / "taken")


def test_a_bundle_that_cannot_be_finished_leaves_the_old_one_and_no_plan(written: Bundle, tmp_path: Path) -> None:
    plan = tmp_path / "environment.tfplan"
    plan.write_bytes(SECRET)
    with pytest.raises(KeyError):
        on_disk.write(written.folder, described(), plan, {on_disk.REVIEW_JSON: "{}"})
    assert on_disk.read(written.folder) == written
    assert [file.name for file in tmp_path.iterdir()] == ["bundle"]


def test_what_a_killed_run_left_of_a_bundle_goes_with_the_next(written: Bundle) -> None:
    for name in (".bundle.partial", ".bundle.old"):
        (written.folder.parent / name).mkdir()
        (written.folder.parent / name / on_disk.PLAN).write_bytes(SECRET)
    write(written.folder)
    assert [file.name for file in written.folder.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize("name", [on_disk.PLAN, *on_disk.RENDERINGS])
def test_a_file_that_differs_in_one_byte_is_refused_by_name(written: Bundle, name: str) -> None:
    data = written.file(name).read_bytes()
    for position in range(len(data)):
        written.file(name).write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        with refused("tampered", match=name):
            on_disk.read(written.folder)
    for other in (data[:-1], data + b"\n", b""):
        written.file(name).write_bytes(other)
        with refused("tampered", match=name):
            on_disk.read(written.folder)
    written.file(name).write_bytes(data)
    assert on_disk.read(written.folder) == written


def test_a_description_that_differs_in_one_byte_is_not_the_one_that_was_reviewed(written: Bundle) -> None:
    file = written.file(on_disk.DESCRIPTION)
    data = file.read_bytes()
    for position in range(len(data)):
        file.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        with refused("other-hash") as caught:
            on_disk.read(written.folder, sha256=written.sha256)
        assert written.sha256 in caught.value.reason


@pytest.mark.parametrize("name", on_disk.RENDERINGS)
def test_a_bundle_that_lacks_a_file_is_half_a_bundle(written: Bundle, name: str) -> None:
    written.file(name).unlink()
    with refused("half", match="half a bundle") as caught:
        on_disk.read(written.folder)
    assert name in caught.value.reason


def test_a_bundle_that_lacks_its_description_is_half_a_bundle(written: Bundle) -> None:
    written.file(on_disk.DESCRIPTION).unlink()
    with refused("half"):
        on_disk.read(written.folder)


def test_a_bundle_whose_plan_is_gone_has_been_applied(written: Bundle) -> None:
    assert written.plan_file is not None
    written.plan_file.unlink()
    with refused("applied", match="has been used") as caught:
        on_disk.read(written.folder)
    assert "python3 orchestrate.py plan staging" in caught.value.next_step


def test_a_bundle_whose_plan_is_gone_is_read_where_it_may_have_been_used_and_all_else_of_it_is_checked(
    written: Bundle,
) -> None:
    assert written.plan_file is not None
    assert not on_disk.read(written.folder, may_be_used=True).is_used
    written.plan_file.write_bytes(b"another plan")
    with refused("tampered", match="environment.tfplan"):
        on_disk.read(written.folder, may_be_used=True)
    written.plan_file.unlink()
    assert on_disk.read(written.folder, sha256=written.sha256, may_be_used=True).is_used
    written.file(on_disk.REVIEW_HTML).unlink()
    with refused("half"):
        on_disk.read(written.folder, may_be_used=True)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with refused("not-a-bundle", match="is not a bundle"):
        on_disk.read(tmp_path)
    with refused("not-a-bundle", match="is not a bundle"):
        on_disk.read(tmp_path / "nowhere")


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_format_is_refused(written: Bundle, version: int | str | None) -> None:
    rewrite(written, format=version)
    with refused("format") as caught:
        on_disk.read(written.folder)
    assert repr(version) in caught.value.reason


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": 7},
        {"stops": "no"},
        {"has_changes": 1},
        {"providers": []},
        {"sources": {"main.tf": None}},
        {"images": {"words": {"service": "words"}}},
        {"images": {"save": DESCRIBED}},
        {"images": {"words": DESCRIBED | {"digest": "sha256:" + "b" * 64}}},
        {"images": {"words": DESCRIBED | {"missing": "no"}}},
        {"images": {"words": DESCRIBED | {"built": True}}},
        {"images": []},
        {"state": {"lineage": 7, "serial": 7}},
        {"state": None},
        {"more": 1},
        {"files": {"../../etc/passwd": "0" * 64}},
        {"files": {}},
        {"has_changes": False},
    ],
    ids=str,
)
def test_a_description_that_makes_no_sense_is_refused(written: Bundle, changes: dict[str, Any]) -> None:
    rewrite(written, **changes)
    with refused("not-a-bundle", match="cannot be read"):
        on_disk.read(written.folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '{"environment": "staging"}', "\xff"])
def test_a_description_that_is_no_object_is_refused(written: Bundle, text: str) -> None:
    written.file(on_disk.DESCRIPTION).write_bytes(text.encode("latin-1"))
    with refused("not-a-bundle", match="cannot be read"):
        on_disk.read(written.folder)


def rewrite(written: Bundle, **changes: Any) -> None:
    file = written.file(on_disk.DESCRIPTION)
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


# What must hold for a bundle to be applied.


def test_a_bundle_fits_where_it_was_made() -> None:
    made = described()
    conditions.other_environment(made, environment.load("staging"))
    conditions.missing_when_planned(made)
    conditions.missing_now(made, [])
    conditions.other_versions(made, "1.11.4", {AWS: "5.100.0"})
    conditions.other_checkout(made, dict(made.sources))
    conditions.moved_state(made, StateId("a-lineage", 7))


def test_a_bundle_for_another_environment_is_refused() -> None:
    with refused("environment", match="for staging, not for production") as caught:
        conditions.other_environment(described(), environment.load("production"))
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("other", [{"account_id": "999999999999"}, {"region": "mars-east-1"}])
def test_a_bundle_for_another_account_or_region_is_refused(other: dict[str, str]) -> None:
    with refused("account") as caught:
        conditions.other_environment(described(**other), environment.load("staging"))
    assert next(iter(other.values())) in caught.value.reason
    assert caught.value.exit_code == 5


def test_another_terraform_is_refused() -> None:
    with refused("terraform", match="1.11.4's, this is Terraform 1.12.0") as caught:
        conditions.other_versions(described(), "1.12.0", {AWS: "5.100.0"})
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("now", [{AWS: "6.0.0"}, {}, {AWS: "5.100.0", "registry.terraform.io/hashicorp/null": "3.0.0"}])
def test_other_providers_are_refused(now: dict[str, str]) -> None:
    with refused("providers") as caught:
        conditions.other_versions(described(), "1.11.4", now)
    assert "then," in caught.value.reason


def test_a_checkout_that_differs_is_refused_with_each_file() -> None:
    now = {"terraform/environment/main.tf": "9" * 64, "terraform/environment/new.tf": "3" * 64}
    with refused("checkout") as caught:
        conditions.other_checkout(described(), now)
    assert caught.value.reason.splitlines() == [
        "services/words/service.yaml is gone",
        "terraform/environment/main.tf has changed",
        "terraform/environment/new.tf is new",
    ]
    assert "0123456789ab" in caught.value.next_step


def test_many_files_that_differ_are_cut_with_their_number() -> None:
    with refused("checkout") as caught:
        conditions.other_checkout(described(sources={}), {f"{number:02}.tf": "0" for number in range(25)})
    assert caught.value.reason.splitlines()[-1] == "and 15 more"


@pytest.mark.parametrize(
    ("then", "now", "reason"),
    [
        (
            StateId("a", 7),
            StateId("a", 8),
            "Planned against its serial 7, it is at 8: something has been applied since.",
        ),
        (StateId(), StateId("b", 1), "There is a state now, and there was none."),
    ],
)
def test_a_state_that_has_moved_is_a_reason_to_refuse(then: StateId, now: StateId, reason: str) -> None:
    refusal = conditions.moved_state(described(state=then), now)
    assert refusal is not None
    assert (refusal.kind, refusal.message) == ("state-moved", "the state of staging has moved since the plan")
    assert refusal.reason == reason
    assert refusal.exit_code == 1
    conditions.another_state(described(state=then), now)  # it may be what this bundle's own apply has made of it
    assert conditions.moved_state(described(state=now), now) is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [(StateId("b", 7), "It is another state altogether."), (StateId(), "There is no state any more.")],
)
def test_another_state_is_refused_at_once(now: StateId, reason: str) -> None:
    with refused("state-moved", match="the state of staging has moved") as caught:
        conditions.another_state(described(state=StateId("a", 7)), now)
    assert caught.value.reason == reason


def test_an_image_that_was_never_built_is_refused_by_name() -> None:
    images = {"words": replace(WORDS, missing=True, why="service/app.py changed")}
    with refused("images-missing", match="an image is missing: words") as caught:
        conditions.missing_when_planned(described(images=images))
    assert "words: service/app.py changed" in caught.value.reason


def test_an_image_that_has_gone_from_the_registry_is_refused_by_name() -> None:
    with refused("images-missing", match="an image is missing: words") as caught:
        conditions.missing_now(described(), ["words"])
    assert WORDS.uri in caught.value.reason


def test_findings_that_the_policy_stops_are_refused_with_exit_code_3() -> None:
    finding = Finding("data-destroyed", Severity.CRITICAL, "aws_x.y", "It goes.", "Do not.")
    passed = replace(finding, address="aws_x.z", excepted="agreed")
    review = Review(
        Plan(), Verdict.DANGEROUS, "it goes", Counts(), (finding, passed), stops=True, policy_notes=("a note",)
    )
    with refused("policy", match="for production: it goes") as caught:
        conditions.policy(review, "production")
    assert caught.value.exit_code == 3
    assert caught.value.reason.splitlines() == ["critical data-destroyed aws_x.y", "a note"]
    assert "terraform/review.toml" in caught.value.next_step
    conditions.policy(replace(review, stops=False), "production")


# What Terraform reads of a checkout.


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in {
        "terraform/environment/main.tf": "# main",
        "terraform/environment/.terraform.lock.hcl": f'provider "{AWS}" {{\n  version     = "5.100.0"\n}}\n',
        "terraform/environment/tests/x.tftest.hcl": "# a test",
        "terraform/modules/alb/main.tf": "# a module",
        "terraform/environments/staging.tfvars": 'region = "x"',
        "terraform/environments/production.tfvars": 'region = "y"',
        "services/words/service.yaml": "paths: [/]",
        "services/words/app.py": "print()",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_files_that_terraform_reads_are_fingerprinted_and_no_others(checkout: Path) -> None:
    assert fingerprints.checkout("staging", checkout).keys() == {
        "terraform/environment/main.tf",
        "terraform/environment/.terraform.lock.hcl",
        "terraform/modules/alb/main.tf",
        "terraform/environments/staging.tfvars",
        "services/words/service.yaml",
    }


@pytest.mark.parametrize("name", ["terraform/modules/alb/main.tf", "services/words/service.yaml"])
def test_a_changed_file_changes_the_fingerprint(checkout: Path, name: str) -> None:
    before = fingerprints.checkout("staging", checkout)
    (checkout / name).write_text("other")
    assert fingerprints.changed(before, fingerprints.checkout("staging", checkout)) == [f"{name} has changed"]


def test_provider_versions_are_those_of_the_lock_file(checkout: Path) -> None:
    assert fingerprints.providers(checkout) == {AWS: "5.100.0"}
    assert fingerprints.providers() == {AWS: "5.100.0"}
