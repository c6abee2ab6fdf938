"""What differs between AWS and the AWS that is emulated on this machine: one value per place, no test of its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A kind of place that environments live in. `title` is what a run calls the stage in which it is reached."""

    title: str
    ignores_aws_settings: bool
    """The shell's AWS_* variables and profiles are meant for another AWS."""
    checks_credentials: bool
    """Credentials may be those of another account."""
    asks_before_apply: bool
    shows_whole_review: bool
    """Otherwise the finding lines and counts are enough."""
    runs_tasks_here: bool
    """Tasks are containers of this machine's engine, so an apply needs one."""
    trusts_tags: bool
    """Nobody else can push to the registry: what a tag names was built here."""
    shares_repositories: bool
    """Other environments of the account may still use the images of a service that this one has lost."""
    expires_images: bool
    """The registry deletes images by its lifecycle rules."""
    has_roles: bool
    """Plans and applies may run with different rights."""
    needs_role_of_ecs: bool
    """ECS acts in the account by a role that has to be there."""
    can_stop: bool
    """Containers can be stopped and started again with all data kept."""
    is_billed: bool
    """Somebody pays for what runs there."""
    goes_as_a_whole: bool
    """Everything is removed by removing one process's folder; there is no resource to destroy one by one."""
    placeholders: frozenset[str]
    """Variables named like secrets that every task is given with a placeholder as their value: no review finds them."""


AWS = Place(
    title="AWS account",
    ignores_aws_settings=False,
    checks_credentials=True,
    asks_before_apply=True,
    shows_whole_review=True,
    runs_tasks_here=False,
    trusts_tags=False,
    shares_repositories=True,
    expires_images=True,
    has_roles=True,
    needs_role_of_ecs=True,
    can_stop=False,
    is_billed=True,
    goes_as_a_whole=False,
    placeholders=frozenset(),
)
EMULATED = Place(
    title="emulated AWS",
    ignores_aws_settings=True,
    checks_credentials=False,
    asks_before_apply=False,
    shows_whole_review=False,
    runs_tasks_here=True,
    trusts_tags=True,
    shares_repositories=False,
    expires_images=False,
    has_roles=False,
    needs_role_of_ecs=False,
    can_stop=True,
    is_billed=False,
    goes_as_a_whole=True,
    placeholders=frozenset({"AWS_SECRET_ACCESS_KEY"}),
)
