"""What `verify` calls, with the right that each call needs and what it is asked of."""

from __future__ import annotations

_ROLE = "arn:aws:iam::111111111111:role/PREFIX-words-execution"
_SECRET = "arn:aws:secretsmanager:us-east-1:111111111111:secret:prod/db-AbCdEf"
_QUOTAS = "arn:aws:servicequotas:us-east-1:111111111111"

# Service and operation as botocore names them => the action and its resources.
READS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ACM.DescribeCertificate": ("acm:DescribeCertificate", ("arn:aws:acm:us-east-1:111111111111:certificate/0",)),
    "EC2.DescribeAddresses": ("ec2:DescribeAddresses", ("*",)),
    "EC2.DescribeInternetGateways": ("ec2:DescribeInternetGateways", ("*",)),
    "EC2.DescribeNatGateways": ("ec2:DescribeNatGateways", ("*",)),
    "EC2.DescribeNetworkAcls": ("ec2:DescribeNetworkAcls", ("*",)),
    "EC2.DescribeRouteTables": ("ec2:DescribeRouteTables", ("*",)),
    "EC2.DescribeSecurityGroups": ("ec2:DescribeSecurityGroups", ("*",)),
    "EC2.DescribeSubnets": ("ec2:DescribeSubnets", ("*",)),
    "EC2.DescribeVpcAttribute": ("ec2:DescribeVpcAttribute", ("*",)),
    "EC2.DescribeVpcEndpoints": ("ec2:DescribeVpcEndpoints", ("*",)),
    "EC2.DescribeVpcs": ("ec2:DescribeVpcs", ("*",)),
    "ECS.DescribeServices": ("ecs:DescribeServices", ("*",)),
    "ECS.DescribeTaskDefinition": ("ecs:DescribeTaskDefinition", ("*",)),
    "Elastic Load Balancing v2.DescribeAccountLimits": ("elasticloadbalancing:DescribeAccountLimits", ("*",)),
    "Elastic Load Balancing v2.DescribeLoadBalancers": ("elasticloadbalancing:DescribeLoadBalancers", ("*",)),
    "Elastic Load Balancing v2.DescribeTargetGroups": ("elasticloadbalancing:DescribeTargetGroups", ("*",)),
    "Elastic Load Balancing v2.DescribeTargetHealth": ("elasticloadbalancing:DescribeTargetHealth", ("*",)),
    "IAM.GetRole": ("iam:GetRole", (_ROLE,)),
    "IAM.GetRolePolicy": ("iam:GetRolePolicy", (_ROLE,)),
    "IAM.ListRolePolicies": ("iam:ListRolePolicies", (_ROLE,)),
    "KMS.DescribeKey": ("kms:DescribeKey", ("arn:aws:kms:us-east-1:111111111111:key/0",)),
    "CloudWatch Logs.DescribeLogGroups": ("logs:DescribeLogGroups", ("*",)),
    "Secrets Manager.DescribeSecret": ("secretsmanager:DescribeSecret", (_SECRET,)),
    "Service Quotas.GetServiceQuota": (
        "servicequotas:GetServiceQuota",
        (f"{_QUOTAS}:vpc/L-F678F1CE", f"{_QUOTAS}:ec2/L-0263D0A3", f"{_QUOTAS}:fargate/L-3032A538"),
    ),
    "SSM.DescribeParameters": ("ssm:DescribeParameters", ("*",)),
}
# By the registry's own protocol, or only where AWS names a metric: no emulated call shows them.
BESIDE = {
    "ecr:GetAuthorizationToken": "*",
    "ecr:BatchGetImage": "arn:aws:ecr:us-east-1:111111111111:repository/storyizer/words",
    "ecr:GetDownloadUrlForLayer": "arn:aws:ecr:us-east-1:111111111111:repository/storyizer/words",
    "cloudwatch:GetMetricStatistics": "*",
}
