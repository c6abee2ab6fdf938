# What every plan reads of queues, buckets, jobs, alarms and instances; and where secrets are, without what is in them. What
# `verify` reads beside that: certificates and quotas.

locals {
  # Whatever is told by its name.
  named = {
    for name, prefix in local.prefixes : name => {
      queues            = "arn:${local.partition}:sqs:${local.arn_end}:${prefix}-*"
      buckets           = "arn:${local.partition}:s3:::${prefix}-*"
      schedule_groups   = "arn:${local.partition}:scheduler:${local.arn_end}:schedule-group/${prefix}-*"
      schedules         = "arn:${local.partition}:scheduler:${local.arn_end}:schedule/${prefix}-*"
      state_machines    = "arn:${local.partition}:states:${local.arn_end}:stateMachine:${prefix}-*"
      alarms            = "arn:${local.partition}:cloudwatch:${local.arn_end}:alarm:${prefix}-*"
      dashboard         = "arn:${local.partition}:cloudwatch::${var.account_id}:dashboard/${prefix}"
      instance_profiles = "arn:${local.partition}:iam::${var.account_id}:instance-profile/${prefix}-*"
    }
  }
}

resource "aws_iam_policy" "read_workloads" {
  name        = "${var.project}-pipeline-read-workloads"
  description = "What terraform plan and the orchestrator read beside containers and network"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # They know no resources, and answer with nothing that somebody has stored.
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "application-autoscaling:Describe*",
          "autoscaling:Describe*",
          "servicediscovery:GetOperation",
          "ssm:DescribeActivations",
          "ssm:DescribeParameters",
          "states:ListStateMachines",
          "states:ValidateStateMachineDefinition",
        ]
        Resource = "*"
      },
      {
        Sid    = "LookByType"
        Effect = "Allow"
        Action = ["application-autoscaling:ListTagsForResource", "cloudwatch:DescribeAlarms"]
        Resource = [
          "arn:${local.partition}:application-autoscaling:${local.arn_end}:scalable-target/*",
          "arn:${local.partition}:cloudwatch:${local.arn_end}:alarm:*",
        ]
      },
      {
        # A manifest names secrets as it likes, also those of other accounts, which decide for themselves. Values stay unread.
        Sid      = "WhereSecretsAre"
        Effect   = "Allow"
        Action   = ["kms:DescribeKey", "secretsmanager:DescribeSecret"]
        Resource = ["arn:${local.partition}:kms:*:*:key/*", "arn:${local.partition}:secretsmanager:*:*:secret:*"]
      },
      {
        # A certificate's domains and dates; its key is in no answer.
        Sid      = "Certificates"
        Effect   = "Allow"
        Action   = "acm:DescribeCertificate"
        Resource = "arn:${local.partition}:acm:${local.arn_end}:certificate/*"
      },
      {
        Sid      = "Quotas"
        Effect   = "Allow"
        Action   = "servicequotas:GetServiceQuota"
        Resource = [for service in ["ec2", "fargate", "vpc"] : "arn:${local.partition}:servicequotas:${local.arn_end}:${service}/*"]
      },
      {
        # How much of a quota is in use. It knows no resources.
        Sid      = "UseOfQuotas"
        Effect   = "Allow"
        Action   = "cloudwatch:GetMetricStatistics"
        Resource = "*"
      },
      {
        Sid      = "Images"
        Effect   = "Allow"
        Action   = "ssm:GetParameter"
        Resource = "arn:${local.partition}:ssm:${var.region}::parameter/aws/service/ecs/optimized-ami/*"
      },
      {
        Sid      = "Namespaces"
        Effect   = "Allow"
        Action   = ["servicediscovery:GetNamespace", "servicediscovery:ListTagsForResource"]
        Resource = "arn:${local.partition}:servicediscovery:${local.arn_end}:namespace/*"
      },
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
        Resource = values(local.named)[*].queues
      },
      {
        Sid    = "Buckets"
        Effect = "Allow"
        # ListBucket: whether there is a bucket is asked by HeadBucket.
        Action = [
          "s3:GetAccelerateConfiguration",
          "s3:GetBucket*",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
        ]
        Resource = values(local.named)[*].buckets
      },
      {
        Sid      = "Schedules"
        Effect   = "Allow"
        Action   = ["scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"]
        Resource = concat(values(local.named)[*].schedule_groups, values(local.named)[*].schedules)
      },
      {
        Sid      = "StateMachines"
        Effect   = "Allow"
        Action   = ["states:DescribeStateMachine", "states:ListExecutions", "states:ListStateMachineVersions", "states:ListTagsForResource"]
        Resource = values(local.named)[*].state_machines
      },
      {
        Sid      = "Alarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"]
        Resource = concat(values(local.named)[*].alarms, values(local.named)[*].dashboard)
      },
      {
        Sid      = "InstanceProfiles"
        Effect   = "Allow"
        Action   = "iam:GetInstanceProfile"
        Resource = values(local.named)[*].instance_profiles
      },
    ]
  })

  tags = { Name = "${var.project}-pipeline-read-workloads" }
}
