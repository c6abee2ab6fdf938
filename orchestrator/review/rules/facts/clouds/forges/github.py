"""GitHub: repositories, protected branches, organizations, Actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.review.model import Finding, Plan, Resource, Severity
from orchestrator.review.rules.facts.clouds.kit.losses import Loss, fewer, gone, losses, off, turned_on
from orchestrator.review.rules.kit.attributes import at, blocks
from orchestrator.review.rules.kit.comparisons import becomes, loses_items, no_longer, not_true, one_of
from orchestrator.review.rules.kit.listing import listed
from orchestrator.review.rules.kit.rows import CHANGED, Judged, Opens, Removed, Row, Values, Watch, protects, way_in
from orchestrator.review.values import AttributePath

_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_BRANCHES = "github_branch_protection github_branch_protection_v3"
_RULESETS = "github_repository_ruleset github_organization_ruleset"
_KEEP_BRANCH = "Keep the protection as it is, or say in the change why the branch needs less."
_HOOKS = "github_repository_webhook github_organization_webhook"
_REVIEWS = "required_pull_request_reviews"
_PULL = "rules.pull_request"
_ACTIONS = "github_actions_repository_permissions github_actions_organization_permissions"
_PRIVATE = 'Leave visibility = "private"; what was public once may have been copied.'


def _visible(values: Values) -> tuple[AttributePath, Any] | None:
    """`private` is the older attribute, which counts where `visibility` is not set."""
    if values.get("visibility") not in (None, ""):
        return way_in(values, "visibility", "public")
    return way_in(values, "private", False)


def _unread(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """A repository that everybody in the company can read from now on."""
    before, after = at(resource.before, "visibility"), at(resource.after, "visibility")
    if resource.action in CHANGED and before == "private" and after == "internal":
        says = "Every member of the enterprise can read the repository from now on; it was private."
        yield Finding("", _MEDIUM, resource.address, says, _PRIVATE, ("visibility",), before, after)


def _bypassed(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Actors that need not keep to a set of rules any more."""
    if resource.action not in CHANGED:
        return
    before, after = _actors(resource.before), _actors(resource.after)
    if new := sorted(after - before):
        says = f"These may bypass all of its rules from now on: {listed(new)}."
        yield Finding("", _MEDIUM, resource.address, says, "Name only who has to.", ("bypass_actors",))


def _actors(values: Mapping[str, Any] | None) -> set[str]:
    return {f"{item.get('actor_type')} {item.get('actor_id')}" for item in blocks(values, "bypass_actors")}


def _pushers(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Deploy keys that may push."""
    if resource.after is None or at(resource.after, "read_only") is not False:
        return
    if resource.before is None or at(resource.before, "read_only") is not False:
        says = "The deploy key may push to the repository. It belongs to nobody, and does not expire."
        advice = "Set read_only = true, or use a GitHub App that gets short-lived tokens."
        yield Finding(
            "", _MEDIUM, resource.address, says, advice, ("read_only",), at(resource.before, "read_only"), False
        )


def _collaborators(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Users and teams that become administrators of a repository."""
    if resource.after is None:
        return
    before, after = _admins(resource.before), _admins(resource.after)
    if new := sorted(after - before):
        says = (
            f"Administrators of the repository from now on: {listed(new)}. They can delete it, change its protection "
        )
        says += "and read its secrets through a workflow."
        yield Finding("", _MEDIUM, resource.address, says, 'Give "push" or "maintain", unless they manage it.')


def _admins(values: Mapping[str, Any] | None) -> set[str]:
    found = {
        f"{kind} {item.get(key)}"
        for kind, key in (("user", "username"), ("team", "team_id"))
        for item in blocks(values, kind)
        if item.get("permission") == "admin"
    }
    if at(values, "permission") == "admin":
        named = at(values, "username") or at(values, "team_id")
        found.add(f"{'user' if at(values, 'username') else 'team'} {named if isinstance(named, str) else ''}".strip())
    return found


def _insecure(values: Values) -> tuple[AttributePath, Any] | None:
    """`insecure_ssl` may be a switch or the text of one."""
    found = way_in(values, "configuration.insecure_ssl", True, "1", "true")
    if found is None and isinstance(url := at(values, "configuration.url"), str) and url.startswith("http://"):
        return ("configuration", 0, "url"), url
    return found


ROWS: dict[str, tuple[Row, ...]] = {
    "resource-public": (
        Opens(
            "github_repository",
            "visibility private",
            ("public",),
            "The repository is public: everybody can read its code, its history, issues and workflow logs.",
            _PRIVATE,
            _CRITICAL,
            _LOW,
            _visible,
        ),
        Opens(
            "github_actions_runner_group",
            "allows_public_repositories",
            (True,),
            "Public repositories may use the runners: a pull request of anybody can run code on them.",
            "Leave allows_public_repositories off.",
            _HIGH,
            _HIGH,
        ),
    ),
    "resource-policy-widened": (Judged("github_repository", "visibility", _unread),),
    "protection-off": (
        Removed(
            _BRANCHES,
            "The branch is no longer protected: whoever may push can change it without a review, rewrite or delete it.",
            _KEEP_BRANCH,
            joins=("repository",),
        ),
        Removed(
            _RULESETS,
            "The rules no longer apply to the branches or tags that they protect.",
            _KEEP_BRANCH,
            joins=("repository",),
        ),
        losses(
            _BRANCHES,
            _KEEP_BRANCH,
            Loss(_REVIEWS, gone, "Changes need no review any more.", _HIGH),
            Loss("required_status_checks", gone, "Changes need not pass any check any more.", _HIGH),
            Loss("allows_force_pushes", turned_on, "The branch's history can be rewritten (force pushes).", _HIGH),
            Loss("allows_deletions", turned_on, "The branch can be deleted."),
            Loss("enforce_admins", off, "Administrators need not keep to the rules any more."),
            Loss("require_signed_commits", off, "Commits need not be signed any more."),
            Loss("require_conversation_resolution", off, "Changes can be merged with open questions.", _LOW),
            Loss(f"{_REVIEWS}.required_approving_review_count", fewer, "Changes need fewer approvals."),
            Loss(f"{_REVIEWS}.require_code_owner_reviews", off, "Code owners need not approve any more."),
            Loss(f"{_REVIEWS}.dismiss_stale_reviews", off, "Approvals stay valid when the change is changed."),
            Loss(f"{_REVIEWS}.require_last_push_approval", off, "Who pushed last may approve the change."),
            Loss("required_status_checks.contexts", loses_items, "Changes need to pass fewer checks."),
            Loss("restrict_pushes", gone, "Everybody with write access may push to the branch."),
            Loss("restrictions", gone, "Everybody with write access may push to the branch."),
        ),
        losses(
            _RULESETS,
            _KEEP_BRANCH,
            Loss("enforcement", becomes("active", "disabled"), "The rules are not enforced any more.", _HIGH),
            Loss("enforcement", becomes("active", "evaluate"), "The rules are only evaluated, not enforced.", _HIGH),
            Loss(_PULL, gone, "Changes need no pull request any more.", _HIGH),
            Loss("rules.required_status_checks", gone, "Changes need not pass any check any more.", _HIGH),
            Loss("rules.non_fast_forward", off, "History can be rewritten (force pushes).", _HIGH),
            Loss("rules.deletion", off, "The branches or tags can be deleted."),
            Loss("rules.required_signatures", off, "Commits need not be signed any more."),
            Loss(f"{_PULL}.required_approving_review_count", fewer, "Changes need fewer approvals."),
            Loss(f"{_PULL}.require_code_owner_review", off, "Code owners need not approve any more."),
            Loss(f"{_PULL}.dismiss_stale_reviews_on_push", off, "Approvals stay valid when the change is changed."),
        ),
        Judged(_RULESETS, "bypass_actors", _bypassed),
        losses(
            "github_repository",
            "Leave them on.",
            Loss("vulnerability_alerts", off, "Known vulnerabilities in its dependencies are no longer reported."),
            Loss(
                "security_and_analysis.secret_scanning.status",
                becomes("enabled", "disabled"),
                "Secrets in commits are no longer looked for.",
            ),
            Loss(
                "security_and_analysis.secret_scanning_push_protection.status",
                becomes("enabled", "disabled"),
                "Pushes with secrets in them are no longer refused.",
            ),
            Loss(
                "security_and_analysis.advanced_security.status",
                becomes("enabled", "disabled"),
                "Code scanning is turned off.",
            ),
        ),
        losses(
            "github_repository_environment",
            "Keep the reviewers and the branch policy of an environment that deploys to production.",
            Loss("reviewers", gone, "Deployments need no approval any more.", _HIGH),
            Loss(
                "deployment_branch_policy", gone, "Every branch may deploy, and read the environment's secrets.", _HIGH
            ),
            Loss("can_admins_bypass", turned_on, "Administrators may deploy without an approval."),
        ),
        losses(
            "github_organization_settings",
            "Leave them as they are.",
            Loss(
                "dependabot_alerts_enabled_for_new_repositories",
                off,
                "Vulnerabilities of new repositories are not reported.",
            ),
            Loss(
                "secret_scanning_push_protection_enabled_for_new_repositories",
                off,
                "Pushes with secrets to new repositories are not refused.",
            ),
            Loss("web_commit_signoff_required", off, "Commits on the web need no sign-off any more.", _LOW),
        ),
    ),
    "iam-admin": (
        Opens(
            "github_membership",
            "role",
            ("admin",),
            "The user becomes an owner of the organization: it can do everything in it.",
            'Keep role = "member", unless it manages the organization.',
            _HIGH,
            _HIGH,
        ),
    ),
    "iam-access-widened": (
        Judged(
            "github_repository_collaborator github_team_repository github_repository_collaborators",
            "permission user team",
            _collaborators,
        ),
        losses(
            "github_organization_settings",
            "Give teams what they need, repository by repository.",
            Loss(
                "default_repository_permission",
                no_longer(one_of(None, "none", "read")),
                "Every member may write to every repository.",
                _HIGH,
            ),
            Loss(
                "members_can_create_public_repositories",
                no_longer(one_of(False)),
                "Every member may create public repositories.",
            ),
            Loss(
                "members_can_fork_private_repositories",
                no_longer(one_of(False)),
                "Every member may fork private repositories into an account of its own.",
            ),
        ),
        Watch(
            "github_workflow_repository_permissions",
            "default_workflow_permissions",
            becomes("read", "write"),
            "The token of every workflow may write to the repository, unless the workflow says otherwise.",
            'Leave it "read", and give single jobs what they need (`permissions`).',
        ),
        protects(
            "github_workflow_repository_permissions",
            "can_approve_pull_request_reviews",
            "Workflows may approve pull requests: a review by a person is no longer needed where one approval is.",
            "Leave it off.",
            _MEDIUM,
            as_long_as=not_true,
        ),
        Watch(
            _ACTIONS,
            "allowed_actions",
            no_longer(one_of("local_only", "selected")),
            "Workflows may use every action of anybody.",
            'Leave it "selected", and name the actions or owners that are trusted.',
        ),
    ),
    "long-lived-credential": (Judged("github_repository_deploy_key", "read_only", _pushers),),
    "transit-unencrypted": (
        Opens(
            _HOOKS,
            "configuration.insecure_ssl configuration.url",
            (True,),
            "The webhook is sent without a check of the certificate, or without encryption: what it carries can be "
            "read and forged in transit.",
            "Use an https address with a valid certificate, and leave insecure_ssl off.",
            _MEDIUM,
            _MEDIUM,
            _insecure,
        ),
    ),
    "service-interrupted": (
        protects(
            "github_repository",
            "archived",
            "The repository is archived: nobody can push to it, and its workflows do not run any more.",
            "Leave archived off as long as anybody works with it.",
            _MEDIUM,
            as_long_as=not_true,
        ),
    ),
}
