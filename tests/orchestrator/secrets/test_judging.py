"""What follows from what is known of a secret: problems with the command against them, warnings, and keys."""

from __future__ import annotations

import pytest

from orchestrator.project.environment import Environment
from orchestrator.project.schema.containers import Secret
from orchestrator.secrets import judging
from orchestrator.secrets.finding import Answer, Found, Key, Missing, NotLookedAt
from orchestrator.secrets.judging import Verdict
from orchestrator.secrets.uses import Use, place
from orchestrator.system import paths

ACCOUNT, OTHER = "111111111111", "222222222222"
STAGING = Environment("staging", ACCOUNT, "eu-west-1", "X86_64", paths.ROOT / "staging.tfvars")
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
SHARED_KEY = f"arn:aws:kms:eu-west-1:{OTHER}:key/2"
SHARED = f"arn:aws:secretsmanager:eu-west-1:{OTHER}:secret:prod/db-AbCdEf"
PARAMETER, SECRET = Secret(parameter="/shop/api-key"), Secret(secret="prod/db", key="password")


def use(secret: Secret) -> Use:
    return Use("save", "VALUE_OF", place(secret, STAGING), "services/save/service.yaml:7", secret.key, secret.kms_key)


def judged(secret: Secret, answer: Answer, before: str = "") -> Verdict:
    wanted = use(secret)
    return judging.judge([wanted], {wanted.place: answer}, ACCOUNT, before)


def only(verdict: Verdict) -> tuple[str, str]:
    (problem,) = verdict.problems
    assert verdict.keys == {}
    return str(problem), problem.command


def test_a_missing_parameter_is_named_with_its_place_and_the_command_that_makes_it() -> None:
    assert only(judged(PARAMETER, Missing())) == (
        f"services/save/service.yaml:7: VALUE_OF of save: there is no SSM parameter /shop/api-key in account "
        f"{ACCOUNT}, eu-west-1",
        'aws ssm put-parameter --type SecureString --name /shop/api-key --value "$VALUE" --region eu-west-1',
    )


def test_a_missing_secret_with_a_key_is_made_of_json() -> None:
    _, command = only(judged(SECRET, Missing(), "AWS_ENDPOINT_URL=http://127.0.0.1:1 "))
    assert command == (
        'AWS_ENDPOINT_URL=http://127.0.0.1:1 aws secretsmanager create-secret --name prod/db --secret-string "$VALUE" '
        "--region eu-west-1   # VALUE: JSON with the key password"
    )


def test_a_name_from_a_manifest_is_no_command_of_its_own() -> None:
    _, command = only(judged(Secret(secret="a=b@c"), Found(has_value=False)))
    assert " --secret-id a=b@c " in command
    spaced = Use("save", "X", place(Secret(secret="a; b"), STAGING), "x:1")
    verdict = judging.judge([spaced], {spaced.place: Missing()}, ACCOUNT)
    assert "--name 'a; b' " in verdict.problems[0].command


def test_what_is_made_again_after_its_arn_gets_another_arn() -> None:
    arn = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:prod/db-AbCdEf"
    _, command = only(judged(Secret(secret=arn), Missing()))
    assert " --name prod/db " in command
    assert command.endswith("then write the ARN that it answers to the manifest")


@pytest.mark.parametrize(
    ("answer", "text", "command"),
    [
        (Found(deleted_on="2030-01-02"), "is being deleted since 2030-01-02", "aws secretsmanager restore-secret"),
        (Found(has_value=False), "has no value", "aws secretsmanager put-secret-value"),
        (Found(Key("alias/x", KEY, state="Disabled")), "alias/x, which is disabled", f"kms enable-key --key-id {KEY}"),
        (Found(Key("k", KEY, state="PendingDeletion")), "is scheduled for deletion", "kms cancel-key-deletion"),
        (Found(Key("k", KEY, state="PendingImport")), "has no key material", "make the key k usable again"),
    ],
)
def test_what_cannot_be_read_is_a_problem(answer: Answer, text: str, command: str) -> None:
    problem, against = only(judged(SECRET, answer))
    assert text in problem
    assert command in against


def test_the_customer_key_is_given_on_and_aws_s_own_is_not() -> None:
    assert judged(PARAMETER, Found(Key("alias/shop", KEY, state="Enabled"))).keys == {("save", "VALUE_OF"): KEY}
    for answer in (Found(), Found(Key("alias/aws/ssm", is_aws_managed=True)), Found(Key("1", KEY, True, "Enabled"))):
        assert judged(PARAMETER, answer) == Verdict()


def test_a_key_that_may_not_be_asked_about_is_given_on_by_its_arn() -> None:
    denied = Key("1", KEY, why="AccessDeniedException: no")
    assert judged(PARAMETER, Found(denied)) == Verdict(keys={("save", "VALUE_OF"): KEY})


def test_an_alias_that_may_not_be_asked_about_is_said() -> None:
    verdict = judged(PARAMETER, Found(Key("alias/shop", why="AccessDeniedException: no")))
    assert verdict.problems == () and verdict.keys == {}
    assert "encrypted with alias/shop" in verdict.warnings[0] and "kms_key: ARN" in verdict.warnings[0]
    assert judged(Secret(parameter="/a", kms_key=KEY), Found(Key("alias/shop", why="no"))).warnings == ()


def test_the_manifest_s_own_key_stays_and_another_one_is_said() -> None:
    named = Secret(parameter="/shop/api-key", kms_key=KEY)
    assert judged(named, Found(Key("alias/shop", KEY, state="Enabled"))) == Verdict()
    verdict = judged(named, Found(Key("x", KEY.replace("key/1", "key/9"), state="Enabled")))
    assert verdict.keys == {} and "key/9" in verdict.warnings[0]


def test_without_the_right_to_look_a_deploy_goes_on_and_says_so() -> None:
    verdict = judged(SECRET, NotLookedAt("AccessDeniedException: not authorised"))
    assert verdict.problems == () and verdict.unchecked == ()
    assert verdict.warnings == (
        "services/save/service.yaml:7: VALUE_OF of save: the secret prod/db was not looked at: "
        "AccessDeniedException: not authorised",
    )


def test_what_nobody_can_know_without_the_value_is_said() -> None:
    assert "has the key 'password' is not checked" in judged(SECRET, Found()).unchecked[0]
    assert judged(PARAMETER, Found()).unchecked == ()


def test_a_secret_of_another_account_needs_a_key_that_the_account_may_use() -> None:
    shared, parameter = Secret(secret=SHARED), Secret(parameter=f"arn:aws:ssm:eu-west-1:{OTHER}:parameter/a/b")
    assert "the KMS key that encrypts it is not known" in only(judged(shared, NotLookedAt("denied")))[0]
    assert "AWS's own key" in only(judged(shared, Found()))[0]
    assert "whose ARN is not known: no" in only(judged(shared, Found(Key("alias/x", why="no"))))[0]
    assert f"share it with account {ACCOUNT}" in only(judged(parameter, Missing()))[1]
    assert judged(shared, Found(Key("k", SHARED_KEY, state="Enabled"))).keys == {("save", "VALUE_OF"): SHARED_KEY}
    assert judged(parameter, Found()) == Verdict()  # of type String
    named = judged(Secret(secret=SHARED, kms_key=SHARED_KEY), NotLookedAt("denied"))
    assert named.problems == () and len(named.warnings) == 1


def test_the_failure_has_every_problem_and_each_command_once() -> None:
    first, second = use(PARAMETER), use(Secret(parameter="/shop/other"))
    again = Use("words", "API_KEY", first.place, "services/words/service.yaml:3")
    answers: dict[object, Answer] = {first.place: Missing(), second.place: Missing()}
    verdict = judging.judge([first, second, again], answers, ACCOUNT)  # type: ignore[arg-type]
    failure = judging.failure(verdict.problems, "staging")
    assert failure.message == "the tasks of staging could not start: 3 secrets could not be read"
    assert len(failure.reason.splitlines()) == 3
    assert len(failure.next_step.splitlines()) == 2
    assert [problem.use for problem in verdict.of({"words"})] == [again]


@pytest.mark.parametrize(
    ("secret", "name"),
    [
        (Secret(parameter="/a/b"), "/a/b"),
        (Secret(parameter="a"), "a"),
        (Secret(parameter=f"arn:aws:ssm:eu-west-1:{OTHER}:parameter/a/b"), "/a/b"),
        (Secret(parameter=f"arn:aws:ssm:eu-west-1:{OTHER}:parameter/a"), "a"),
        (Secret(secret="prod/db"), "prod/db"),
        (Secret(secret=SHARED), "prod/db"),
        (Secret(secret=SHARED.removesuffix("-AbCdEf")), "prod/db"),
    ],
)
def test_the_name_of_what_a_manifest_names(secret: Secret, name: str) -> None:
    found = place(secret, STAGING)
    assert found.own_name == name
    assert (found.account, found.region) == (OTHER if found.is_arn else ACCOUNT, "eu-west-1")
