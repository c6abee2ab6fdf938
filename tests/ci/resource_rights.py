"""What Terraform's provider calls for each type of resource that an environment can hold, and on which ARN.

`read` is called by every plan, `write` by whatever makes, changes or removes one. What data is in is not removed by a
pipeline: there is no right to delete a table, a key, a repository or an object.
"""

from __future__ import annotations

from dataclasses import dataclass

PARTS = {
    "ec2": "arn:aws:ec2:us-east-1:111111111111:{}/any-1",
    "elb": "arn:aws:elasticloadbalancing:us-east-1:111111111111:{}/app/PREFIX/1",
    "regional": "arn:aws:{}:us-east-1:111111111111:{}",
}


@dataclass(frozen=True)
class Rights:
    """Actions by name, without the service where `service` says it; `arn` has PREFIX where the environment's stands."""

    arn: str
    read: str = ""
    write: str = ""

    @property
    def reads(self) -> list[str]:
        """The actions of a plan."""
        return self.read.split()

    @property
    def writes(self) -> list[str]:
        """The actions of an apply."""
        return self.write.split()


def _ec2(kind: str, read: str, *write: str) -> Rights:
    return Rights(PARTS["ec2"].format(kind), f"ec2:{read}", " ".join(f"ec2:{action}" for action in write))


def _elb(kind: str, read: str, *write: str) -> Rights:
    actions = " ".join(f"elasticloadbalancing:{action}" for action in (*write, "AddTags", "RemoveTags"))
    return Rights(PARTS["elb"].format(kind), f"elasticloadbalancing:{read} elasticloadbalancing:DescribeTags", actions)


def _regional(service: str, resource: str, read: str, write: str, prefix: str = "") -> Rights:
    name = prefix or service
    return Rights(
        PARTS["regional"].format(service, resource),
        " ".join(f"{name}:{action}" for action in read.split()),
        " ".join(f"{name}:{action}" for action in write.split()),
    )


_TAGS = "TagResource UntagResource"
_ROLE = "arn:aws:iam::111111111111:role/PREFIX-words-task"
_PROFILE = "arn:aws:iam::111111111111:instance-profile/PREFIX-ec2-instance"
_BUCKET = "arn:aws:s3:::PREFIX-uploads-111111111111"
_RULES = ("RevokeSecurityGroupIngress", "ModifySecurityGroupRules")
_SCALABLE = "scalable-target/0123"
_GROUP = "autoScalingGroup:0123:autoScalingGroupName/PREFIX-ec2"

RESOURCES = {
    "aws_appautoscaling_policy": _regional(
        "application-autoscaling", _SCALABLE, "DescribeScalingPolicies", "PutScalingPolicy DeleteScalingPolicy"
    ),
    "aws_appautoscaling_scheduled_action": _regional(
        "application-autoscaling", _SCALABLE, "DescribeScheduledActions", "PutScheduledAction DeleteScheduledAction"
    ),
    "aws_appautoscaling_target": _regional(
        "application-autoscaling", _SCALABLE, "DescribeScalableTargets ListTagsForResource",
        f"RegisterScalableTarget DeregisterScalableTarget {_TAGS}",
    ),
    "aws_autoscaling_group": _regional(
        "autoscaling", _GROUP, "DescribeAutoScalingGroups DescribeTags DescribeWarmPool DescribeScalingActivities "
        "DescribeInstanceRefreshes",
        "CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup CreateOrUpdateTags DeleteTags "
        "StartInstanceRefresh CancelInstanceRefresh SetInstanceProtection",
    ),
    "aws_cloudwatch_dashboard": Rights(
        "arn:aws:cloudwatch::111111111111:dashboard/PREFIX", "cloudwatch:GetDashboard",
        "cloudwatch:PutDashboard cloudwatch:DeleteDashboards",
    ),
    "aws_cloudwatch_log_group": _regional(
        "logs", "log-group:/ecs/PREFIX/words", "DescribeLogGroups ListTagsForResource",
        f"CreateLogGroup DeleteLogGroup PutRetentionPolicy AssociateKmsKey {_TAGS}",
    ),
    "aws_cloudwatch_metric_alarm": _regional(
        "cloudwatch", "alarm:PREFIX-words-errors", "DescribeAlarms ListTagsForResource",
        f"PutMetricAlarm DeleteAlarms {_TAGS}",
    ),
    "aws_default_security_group": _ec2(
        "security-group", "DescribeSecurityGroups", *_RULES, "RevokeSecurityGroupEgress"
    ),
    "aws_dynamodb_table": _regional(
        "dynamodb", "table/PREFIX-stories",
        "DescribeTable DescribeContinuousBackups DescribeTimeToLive ListTagsOfResource",
        f"CreateTable UpdateTable UpdateContinuousBackups UpdateTimeToLive {_TAGS}",
    ),
    "aws_ec2_local_gateway_route_table_vpc_association": _ec2(
        "local-gateway-route-table-vpc-association", "DescribeLocalGatewayRouteTableVpcAssociations",
        "CreateLocalGatewayRouteTableVpcAssociation", "DeleteLocalGatewayRouteTableVpcAssociation",
    ),
    "aws_ecr_lifecycle_policy": _regional(
        "ecr", "repository/storyizer/words", "GetLifecyclePolicy", "PutLifecyclePolicy"
    ),
    "aws_ecr_repository": _regional(
        "ecr", "repository/storyizer/words", "DescribeRepositories ListTagsForResource",
        f"CreateRepository PutImageScanningConfiguration PutImageTagMutability {_TAGS}",
    ),
    "aws_ecs_capacity_provider": _regional(
        "ecs", "capacity-provider/PREFIX-ec2", "DescribeCapacityProviders ListTagsForResource",
        f"CreateCapacityProvider UpdateCapacityProvider DeleteCapacityProvider {_TAGS}",
    ),
    "aws_ecs_cluster": _regional(
        "ecs", "cluster/PREFIX", "DescribeClusters ListTagsForResource",
        f"CreateCluster UpdateCluster UpdateClusterSettings DeleteCluster {_TAGS}",
    ),
    "aws_ecs_cluster_capacity_providers": _regional(
        "ecs", "cluster/PREFIX", "DescribeClusters", "PutClusterCapacityProviders"
    ),
    "aws_ecs_service": _regional(
        "ecs", "service/PREFIX/words", "DescribeServices ListTagsForResource",
        f"CreateService UpdateService DeleteService {_TAGS}",
    ),
    # Old ones are kept, but what a task of `run` is made of is deregistered.
    "aws_ecs_task_definition": _regional(
        "ecs", "task-definition/PREFIX-words:1", "DescribeTaskDefinition ListTagsForResource",
        f"RegisterTaskDefinition DeregisterTaskDefinition {_TAGS}",
    ),
    "aws_eip": _ec2("elastic-ip", "DescribeAddresses", "AllocateAddress", "ReleaseAddress", "CreateTags", "DeleteTags"),
    "aws_flow_log": _ec2("vpc-flow-log", "DescribeFlowLogs", "CreateFlowLogs", "DeleteFlowLogs", "CreateTags"),
    "aws_iam_instance_profile": Rights(
        _PROFILE, "iam:GetInstanceProfile",
        "iam:CreateInstanceProfile iam:DeleteInstanceProfile iam:AddRoleToInstanceProfile "
        "iam:RemoveRoleFromInstanceProfile iam:TagInstanceProfile iam:UntagInstanceProfile",
    ),
    "aws_iam_role": Rights(
        _ROLE, "iam:GetRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:ListInstanceProfilesForRole",
        "iam:CreateRole iam:UpdateRole iam:UpdateRoleDescription iam:UpdateAssumeRolePolicy iam:DeleteRole "
        "iam:TagRole iam:UntagRole iam:PassRole",
    ),
    "aws_iam_role_policy": Rights(_ROLE, "iam:GetRolePolicy", "iam:PutRolePolicy iam:DeleteRolePolicy"),
    "aws_internet_gateway": _ec2(
        "internet-gateway", "DescribeInternetGateways", "CreateInternetGateway", "AttachInternetGateway",
        "DetachInternetGateway", "DeleteInternetGateway",
    ),
    "aws_kms_alias": _regional("kms", "alias/PREFIX", "", "CreateAlias UpdateAlias"),
    "aws_kms_key": _regional(
        "kms", "key/0123", "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        f"CreateKey EnableKeyRotation PutKeyPolicy UpdateKeyDescription {_TAGS}",
    ),
    "aws_launch_template": _ec2(
        "launch-template", "DescribeLaunchTemplateVersions", "CreateLaunchTemplate", "CreateLaunchTemplateVersion",
        "ModifyLaunchTemplate", "DeleteLaunchTemplate", "RunInstances", "CreateTags",
    ),
    "aws_lb": _elb(
        "loadbalancer", "DescribeLoadBalancers", "CreateLoadBalancer", "ModifyLoadBalancerAttributes", "SetSubnets",
        "SetSecurityGroups", "DeleteLoadBalancer",
    ),
    "aws_lb_listener": _elb("listener", "DescribeListeners", "CreateListener", "ModifyListener", "DeleteListener"),
    "aws_lb_listener_rule": _elb("listener-rule", "DescribeRules", "CreateRule", "ModifyRule", "DeleteRule"),
    "aws_lb_target_group": _elb(
        "targetgroup", "DescribeTargetGroups", "CreateTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes",
        "DeleteTargetGroup",
    ),
    "aws_nat_gateway": _ec2("natgateway", "DescribeNatGateways", "CreateNatGateway", "DeleteNatGateway"),
    "aws_route": _ec2("route-table", "DescribeRouteTables", "CreateRoute", "ReplaceRoute", "DeleteRoute"),
    "aws_route53_record": Rights(
        "arn:aws:route53:::hostedzone/Z1", "",
        "route53:ChangeResourceRecordSets route53:GetHostedZone route53:ListResourceRecordSets",
    ),
    "aws_route_table": _ec2("route-table", "DescribeRouteTables", "CreateRouteTable", "DeleteRouteTable"),
    "aws_route_table_association": _ec2(
        "route-table", "DescribeRouteTables", "AssociateRouteTable", "DisassociateRouteTable"
    ),
    "aws_s3_bucket": Rights(
        _BUCKET,
        "s3:ListBucket s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLocation s3:GetBucketLogging s3:GetBucketTagging "
        "s3:GetBucketObjectLockConfiguration s3:GetBucketPolicy s3:GetBucketRequestPayment s3:GetBucketVersioning "
        "s3:GetBucketWebsite s3:GetAccelerateConfiguration s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration "
        "s3:GetReplicationConfiguration",
        "s3:CreateBucket s3:DeleteBucket s3:PutBucketTagging",
    ),
    "aws_s3_bucket_lifecycle_configuration": Rights(
        _BUCKET, "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"
    ),
    "aws_s3_bucket_ownership_controls": Rights(
        _BUCKET, "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"
    ),
    "aws_s3_bucket_policy": Rights(_BUCKET, "s3:GetBucketPolicy", "s3:PutBucketPolicy s3:DeleteBucketPolicy"),
    "aws_s3_bucket_public_access_block": Rights(
        _BUCKET, "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"
    ),
    "aws_s3_bucket_server_side_encryption_configuration": Rights(
        _BUCKET, "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"
    ),
    "aws_s3_bucket_versioning": Rights(_BUCKET, "s3:GetBucketVersioning", "s3:PutBucketVersioning"),
    "aws_scheduler_schedule": _regional(
        "scheduler", "schedule/PREFIX-report/PREFIX-report", "GetSchedule",
        "CreateSchedule UpdateSchedule DeleteSchedule",
    ),
    "aws_scheduler_schedule_group": _regional(
        "scheduler", "schedule-group/PREFIX-report", "GetScheduleGroup ListTagsForResource",
        f"CreateScheduleGroup DeleteScheduleGroup {_TAGS}",
    ),
    "aws_security_group": _ec2(
        "security-group", "DescribeSecurityGroups", "CreateSecurityGroup", "DeleteSecurityGroup", *_RULES
    ),
    "aws_service_discovery_http_namespace": _regional(
        "servicediscovery", "namespace/ns-1", "GetNamespace ListTagsForResource GetOperation",
        f"CreateHttpNamespace UpdateHttpNamespace DeleteNamespace {_TAGS}",
    ),
    "aws_sfn_state_machine": _regional(
        "states", "stateMachine:PREFIX-report",
        "DescribeStateMachine ListStateMachineVersions ListTagsForResource ValidateStateMachineDefinition",
        f"CreateStateMachine UpdateStateMachine DeleteStateMachine {_TAGS}",
    ),
    "aws_sqs_queue": _regional(
        "sqs", "PREFIX-mail", "GetQueueAttributes ListQueueTags",
        "CreateQueue SetQueueAttributes DeleteQueue TagQueue UntagQueue",
    ),
    "aws_ssm_activation": _regional("ssm", "activation", "DescribeActivations", "CreateActivation DeleteActivation"),
    "aws_subnet": _ec2("subnet", "DescribeSubnets", "CreateSubnet", "ModifySubnetAttribute", "DeleteSubnet"),
    "aws_vpc": _ec2("vpc", "DescribeVpcAttribute", "CreateVpc", "ModifyVpcAttribute", "DeleteVpc", "CreateTags"),
    "aws_vpc_endpoint": _ec2(
        "vpc-endpoint", "DescribeVpcEndpoints", "CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"
    ),
    "aws_vpc_security_group_egress_rule": _ec2(
        "security-group-rule", "DescribeSecurityGroupRules", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress"
    ),
    "aws_vpc_security_group_ingress_rule": _ec2(
        "security-group-rule", "DescribeSecurityGroupRules", "AuthorizeSecurityGroupIngress", *_RULES
    ),
    "aws_wafv2_web_acl_association": Rights(
        PARTS["elb"].format("loadbalancer"), "wafv2:GetWebACLForResource",
        "wafv2:AssociateWebACL wafv2:DisassociateWebACL elasticloadbalancing:SetWebACL",
    ),
}  # fmt: skip
DATA = {
    "aws_partition": Rights("*"),
    "aws_ec2_instance_type": Rights("*", "ec2:DescribeInstanceTypes"),
    "aws_ssm_parameter": Rights(
        "arn:aws:ssm:us-east-1::parameter/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
        "ssm:GetParameter",
    ),
}
