"""GitLab: projects, protected branches, memberships, tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kit.losses import Loss, fewer, gone, losses, off, turned_on
from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.comparisons import Comparison, becomes, not_true
from orchestrator.review.rules.kit.rows import Judged, Opens, Removed, Row, Watch, protects

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_KEEP_BRANCH = "Keep the protection as it is, or say in the change why the branch needs less."
_HOOKS = "gitlab_project_hook gitlab_group_hook"
_VARIABLES = "gitlab_project_variable gitlab_group_variable gitlab_instance_variable"
_TOKENS = "gitlab_project_access_token gitlab_group_access_token gitlab_personal_access_token gitlab_deploy_token"
_MEMBERS = "gitlab_project_membership gitlab_group_membership"
_SHARES = "gitlab_group_share_group gitlab_project_share_group"
_LEVELS = {"no one": 4, "admin": 3, "maintainer": 2, "developer": 1}

_more_people = Comparison(
    "is lowered, so that more people may",
    ("maintainer", "developer"),
    lambda value: _LEVELS.get(value) if isinstance(value, str) else None,
    lambda old, new: new < old,
)
_internal = becomes("private", "internal")


def _credentials(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Tokens that do not expire, or may do everything."""
    if resource.after is None or resource.before is not None:
        return
    scopes: Any = at(resource.after, "scopes")
    wide = sorted({"api", "sudo", "admin_mode", "write_repository"} & set(scopes if isinstance(scopes, list) else ()))
    rotated = at(resource.after, "rotation_configuration")
    endless = not at(resource.after, "expires_at") and not rotated
    if endless and (resource.type == "gitlab_deploy_token" or wide):
        says = "Creates a token that does not expire unless GitLab sets a date, with its secret in Terraform's state"
        says += f"; it may use {', '.join(wide)}." if wide else "."
        advice = "Set expires_at (or rotation_configuration), and only the scopes that are used."
        yield Finding("", _MEDIUM, resource.address, says, advice, ("expires_at",))


def _member(level: str, says: str, severity: Severity) -> Row:
    advice = "Give the lowest level that is enough (reporter, developer)."
    return Opens(_MEMBERS, "access_level", (level,), says, advice, severity, severity)


ROWS: dict[str, tuple[Row, ...]] = {
    "resource-public": (
        Opens(
            "gitlab_project gitlab_group",
            "visibility_level",
            ("public",),
            "It is public: everybody can read its code, its history and issues.",
            'Leave visibility_level = "private"; what was public once may have been copied.',
            _CRITICAL,
            _LOW,
        ),
    ),
    "resource-policy-widened": (
        Watch(
            "gitlab_project gitlab_group",
            "visibility_level",
            _internal,
            "Everybody with an account on the GitLab server can read it from now on; it was private.",
            'Leave visibility_level = "private".',
        ),
    ),
    "protection-off": (
        Removed(
            "gitlab_branch_protection gitlab_tag_protection",
            "The branch or tag is no longer protected: whoever may push can change, rewrite or delete it.",
            _KEEP_BRANCH,
            joins=("project",),
        ),
        losses(
            "gitlab_branch_protection",
            _KEEP_BRANCH,
            Loss(
                "push_access_level", _more_people, "More people may push to the branch without a merge request.", _HIGH
            ),
            Loss("merge_access_level", _more_people, "More people may merge into the branch."),
            Loss("unprotect_access_level", _more_people, "More people may take the protection away."),
            Loss("allow_force_push", turned_on, "The branch's history can be rewritten (force pushes).", _HIGH),
            Loss("code_owner_approval_required", off, "Code owners need not approve any more."),
        ),
        Removed(
            "gitlab_project_approval_rule gitlab_project_protected_environment gitlab_group_protected_environment",
            "What these people had to approve needs no approval of theirs any more.",
            _KEEP_BRANCH,
            joins=("project",),
        ),
        losses(
            "gitlab_project_approval_rule",
            _KEEP_BRANCH,
            Loss("approvals_required", fewer, "Changes need fewer approvals."),
            Loss("protected_branch_ids", gone, "The rule is for no branch in particular any more.", _LOW),
        ),
        losses(
            "gitlab_project_level_mr_approvals gitlab_project_mr_approvals",
            _KEEP_BRANCH,
            Loss("reset_approvals_on_push", off, "Approvals stay valid when the change is changed."),
            Loss("disable_overriding_approvers_per_merge_request", off, "Authors may choose other approvers."),
            Loss("merge_requests_author_approval", turned_on, "Authors may approve their own changes.", _HIGH),
        ),
        losses(
            "gitlab_project",
            _KEEP_BRANCH,
            Loss("only_allow_merge_if_pipeline_succeeds", off, "Changes can be merged while their pipeline fails."),
            Loss(
                "only_allow_merge_if_all_discussions_are_resolved",
                off,
                "Changes can be merged with open questions.",
                _LOW,
            ),
            Loss("push_rules", gone, "Pushes are no longer checked by push rules."),
        ),
        losses(
            _VARIABLES,
            "Leave it on: secrets belong to protected branches only, and not into logs.",
            Loss("protected", off, "Every branch's pipeline gets the variable: whoever may push can read it."),
            Loss("masked", off, "The variable's value is no longer hidden in job logs."),
        ),
    ),
    "iam-admin": (
        _member("owner", "The user becomes an owner: it can do everything, and delete it.", _HIGH),
        Opens(
            _SHARES,
            "group_access",
            ("owner",),
            "Every member of the group becomes an owner: it can do everything, and delete it.",
            "Give the lowest level that is enough (reporter, developer).",
            _HIGH,
            _HIGH,
        ),
    ),
    "iam-access-widened": (
        _member("maintainer", "The user may change settings, protected branches and variables.", _MEDIUM),
    ),
    "long-lived-credential": (
        Judged(_TOKENS, "expires_at scopes", _credentials),
        Opens(
            "gitlab_deploy_key gitlab_deploy_key_enable",
            "can_push",
            (True,),
            "The deploy key may push to the repository. It belongs to nobody, and may not expire.",
            "Leave can_push off.",
            _MEDIUM,
            _MEDIUM,
        ),
    ),
    "transit-unencrypted": (
        protects(
            _HOOKS,
            "enable_ssl_verification",
            "The webhook is sent without a check of the certificate: it can be read and forged in transit.",
            "Leave enable_ssl_verification on.",
            _MEDIUM,
        ),
    ),
    "authentication-off": (
        protects(
            "gitlab_application_settings",
            "signup_enabled",
            "Everybody who reaches the server can register an account.",
            "Leave signup_enabled off.",
            as_long_as=not_true,
        ),
        protects(
            "gitlab_application_settings",
            "require_two_factor_authentication",
            "A second factor is no longer required: a password is enough to log in.",
            "Leave it on.",
        ),
    ),
    "service-interrupted": (
        protects(
            "gitlab_project",
            "archived",
            "The project is archived: nobody can push to it, and its pipelines do not run any more.",
            "Leave archived off as long as anybody works with it.",
            _MEDIUM,
            as_long_as=not_true,
        ),
    ),
}
