"""First deployments of ordinary, good modules, as terraform-aws-modules write them: nothing above low."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.review.model import Severity
from orchestrator.review.review import review
from tests.review.plans import ACCOUNT, allow, change, deny, document, known_account, plan

LATER = {"id": True, "arn": True}
Created = tuple[str, dict[str, Any]]


def _role(service: str) -> str:
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}})


VPC: list[Created] = [
    ("aws_vpc.this", {"cidr_block": "10.0.0.0/16"}),
    ("aws_subnet.public", {"cidr_block": "10.0.0.0/24", "map_public_ip_on_launch": True}),
    ("aws_subnet.private", {"cidr_block": "10.0.1.0/24"}),
    ("aws_route.internet", {"destination_cidr_block": "0.0.0.0/0"}),
    ("aws_eip.nat", {"domain": "vpc", "instance": None}),
    ("aws_nat_gateway.this", {"connectivity_type": "public"}),
    ("aws_default_security_group.this", {"ingress": [], "egress": []}),
    ("aws_flow_log.this", {"traffic_type": "ALL"}),
]
BALANCER: list[Created] = [
    ("aws_lb.this", {"internal": False, "enable_deletion_protection": True, "drop_invalid_header_fields": True}),
    ("aws_vpc_security_group_ingress_rule.https",
     {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "from_port": 443, "to_port": 443}),
    ("aws_lb_listener.http", {"protocol": "HTTP", "port": 80,
                              "default_action": [{"type": "redirect", "redirect": [{"protocol": "HTTPS"}]}]}),
    ("aws_lb_listener.https", {"protocol": "HTTPS", "port": 443, "certificate_arn": "arn:c",
                               "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                               "default_action": [{"type": "forward"}]}),
    ("aws_lb_target_group.this", {"target_type": "ip", "protocol": "HTTP", "health_check": [{"path": "/"}]}),
]  # fmt: skip
SERVICE: list[Created] = [
    ("aws_iam_role.execution", {"name": "x", "assume_role_policy": _role("ecs-tasks.amazonaws.com")}),
    ("aws_iam_policy.execution", {"policy": document(
        allow(["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"]),
        allow("ssm:GetParameters", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/app/*"))}),
    ("aws_iam_role_policy.exec", {"role": "x", "policy": document(allow(["ssmmessages:OpenDataChannel"]))}),
    ("aws_ecs_service.this", {"name": "s", "desired_count": 2, "deployment_circuit_breaker": [{"enable": True}],
                              "network_configuration": [{"assign_public_ip": False, "subnets": ["a", "b"]}]}),
    ("aws_ecs_task_definition.this", {"family": "t", "container_definitions": '[{"name":"app","image":"app:1"}]'}),
    ("aws_cloudwatch_log_group.this", {"name": "/ecs/app", "retention_in_days": 30}),
]  # fmt: skip
DATA: list[Created] = [
    ("aws_db_instance.this", {"storage_encrypted": True, "deletion_protection": True, "backup_retention_period": 7,
                              "publicly_accessible": False, "manage_master_user_password": True}),
    ("aws_s3_bucket.this", {"bucket": "b"}),
    ("aws_s3_bucket_public_access_block.this", {"bucket": "b", "block_public_acls": True, "block_public_policy": True,
                                                "ignore_public_acls": True, "restrict_public_buckets": True}),
    ("aws_s3_bucket_policy.this", {"bucket": "b", "policy": document(
        deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        allow("s3:GetObject", Principal={"Service": "cloudfront.amazonaws.com"},
              Condition={"StringEquals": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/D"}}))}),
    ("aws_s3_bucket_lifecycle_configuration.this", {"bucket": "b", "rule": [
        {"id": "old", "status": "Enabled", "expiration": [{"days": 90}]}]}),
    ("aws_kms_key.this", {"enable_key_rotation": True, "policy": document(
        allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))}),
    ("aws_ecr_repository.this", {"name": "app", "image_tag_mutability": "IMMUTABLE"}),
    ("aws_ecr_lifecycle_policy.this", {"repository": "app", "policy": '{"rules":[{"selection":{"tagStatus":"any",'
                                       '"countType":"imageCountMoreThan","countNumber":30}}]}'}),
]  # fmt: skip
FUNCTION: list[Created] = [
    ("aws_lambda_function.this", {"function_name": "f", "environment": [{"variables": {"TABLE": "t"}}]}),
    ("aws_iam_role.this", {"name": "f", "assume_role_policy": _role("lambda.amazonaws.com")}),
    ("aws_iam_policy.this", {"policy": document(
        allow(["dynamodb:GetItem", "dynamodb:PutItem"], f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t"),
        allow(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]))}),
    ("aws_lambda_permission.this", {"principal": "events.amazonaws.com", "source_arn": "arn:aws:events:rule"}),
    ("aws_sqs_queue.this", {"name": "q", "sqs_managed_sse_enabled": True}),
]  # fmt: skip


@pytest.mark.parametrize("module", [VPC, BALANCER, SERVICE, DATA, FUNCTION])
def test_a_good_module_is_safe_at_its_first_deployment(module: list[Created]) -> None:
    made = [change(address, None, values, unknown=LATER) for address, values in module]
    found = review(plan(known_account(), *made)).findings
    assert [item for item in found if item.severity > Severity.LOW] == []


EVERYDAY = [
    ("aws_lambda_function.f", {"runtime": "python3.11", "layers": ["l:1"]}, {"runtime": "python3.12", "layers": []}),
    ("aws_launch_template.l", {"image_id": "ami-1"}, {"image_id": "ami-2"}),
    ("aws_autoscaling_group.g", {"min_size": 2, "max_size": 4}, {"min_size": 4, "max_size": 8}),
    ("aws_db_instance.d", {"engine_version": "16.3", "engine": "postgres"}, {"engine_version": "16.4"}),
    ("aws_eks_node_group.n", {"release_version": "a"}, {"release_version": "b"}),
    ("aws_efs_file_system.f", {"lifecycle_policy": []}, {"lifecycle_policy": [{"transition_to_ia": "AFTER_30_DAYS"}]}),
    ("aws_route.r", {"nat_gateway_id": "nat-1"}, {"nat_gateway_id": "nat-2"}),
    ("aws_lb_listener.l", {"default_action": [{"type": "forward", "target_group_arn": "a"}]},
     {"default_action": [{"type": "forward", "target_group_arn": "b"}]}),
    ("aws_ebs_volume.v", {"type": "gp2", "size": 10, "encrypted": True}, {"type": "gp3", "size": 20}),
    ("aws_cognito_user_pool.p", {"mfa_configuration": "ON", "tags": {}}, {"tags": {"team": "web"}}),
]  # fmt: skip


@pytest.mark.parametrize(("address", "before", "changed"), EVERYDAY)
def test_an_everyday_change_is_safe(address: str, before: dict[str, Any], changed: dict[str, Any]) -> None:
    assert review(plan(change(address, before, {**before, **changed}))).findings == ()
