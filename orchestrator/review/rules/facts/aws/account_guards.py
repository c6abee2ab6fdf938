"""Settings of a whole account and region that keep everything in it from being opened."""

from __future__ import annotations

from orchestrator.review.rules.kit.attributes import at
from orchestrator.review.rules.kit.change import Change
from orchestrator.review.rules.kit.comparisons import State, one_of
from orchestrator.review.rules.kit.rows import Removed, Row, protects

_SNAPSHOTS = "Snapshots of volumes of the whole account and region can be shared with everybody from now on."
_IMAGES = "Machine images of the whole account and region can be shared with everybody from now on."
_NETWORKS = "The networks of the whole account and region are no longer blocked from the internet."
_METADATA = (
    "New instances of the whole account and region may answer metadata requests without a session token (IMDSv1): a "
    "forged request then reads the instance role's keys."
)
_KEEP = "Leave it on, and except only what has to be open."
_BLOCKS = one_of("block-all-sharing", "block-new-sharing")
_NETWORK_MODES = State(
    "`block-bidirectional` or `block-ingress`",
    lambda value: value in ("block-bidirectional", "block-ingress"),
    ("block-bidirectional", "off"),
)
_TOKENS = State("`required`", lambda value: value == "required", ("required", "optional"))


def _removed(type_: str, path: str, message: str, state: State) -> Row:
    def was_off(change: Change) -> bool:
        return not state.holds(at(change.resource.before, path))

    return Removed(type_, message, _KEEP, unless=was_off, path=path, given={path: state.sample[0]})


def _guard(type_: str, path: str, message: str, state: State) -> tuple[Row, ...]:
    """A setting that destroying the resource turns off."""
    return protects(type_, path, message, _KEEP, as_long_as=state), _removed(type_, path, message, state)


ACCOUNT_GUARDS: tuple[Row, ...] = (
    *_guard("aws_ebs_snapshot_block_public_access", "state", _SNAPSHOTS, _BLOCKS),
    *_guard("aws_vpc_block_public_access_options", "internet_gateway_block_mode", _NETWORKS, _NETWORK_MODES),
    *_guard("aws_ec2_instance_metadata_defaults", "http_tokens", _METADATA, _TOKENS),
    # Destroying these two changes nothing, or goes back to a default that blocks.
    protects("aws_ec2_image_block_public_access", "state", _IMAGES, _KEEP, as_long_as=one_of("block-new-sharing")),
    protects(
        "aws_emr_block_public_access_configuration",
        "block_public_security_group_rules",
        "Clusters of the whole account and region may be started with security groups that are open to everybody.",
        _KEEP,
    ),
)
