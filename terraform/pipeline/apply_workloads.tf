# What services have beside containers: queues, buckets, jobs, alarms, names for each other, numbers of tasks that follow
# the load.

locals {
  of_ecs = { "application-autoscaling:service-namespace" = "ecs" }

  workloads = {
    for name, prefix in local.prefixes : name => [
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
        Resource = local.named[name].queues
      },
      {
        Sid    = "Buckets"
        Effect = "Allow"
        # S3 deletes no bucket that has an object in it, and objects are not deleted from here.
        Action = [
          "s3:CreateBucket",
          "s3:DeleteBucket",
          "s3:DeleteBucketPolicy",
          "s3:PutBucketOwnershipControls",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging",
          "s3:PutBucketVersioning",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ]
        Resource = local.named[name].buckets
      },
      {
        Sid    = "Schedules"
        Effect = "Allow"
        Action = [
          "scheduler:CreateSchedule",
          "scheduler:CreateScheduleGroup",
          "scheduler:DeleteSchedule",
          "scheduler:DeleteScheduleGroup",
          "scheduler:TagResource",
          "scheduler:UntagResource",
          "scheduler:UpdateSchedule",
        ]
        Resource = [local.named[name].schedule_groups, local.named[name].schedules]
      },
      {
        Sid    = "StateMachines"
        Effect = "Allow"
        Action = [
          "states:CreateStateMachine",
          "states:DeleteStateMachine",
          "states:TagResource",
          "states:UntagResource",
          "states:UpdateStateMachine",
        ]
        Resource = local.named[name].state_machines
      },
      {
        Sid    = "Alarms"
        Effect = "Allow"
        Action = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = [
          local.named[name].alarms,
          # Autoscaling makes alarms of its own in the name of whoever sets a policy.
          "arn:${local.partition}:cloudwatch:${local.arn_end}:alarm:TargetTracking-service/${prefix}/*",
        ]
      },
      {
        Sid      = "Dashboard"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]
        Resource = local.named[name].dashboard
      },
      {
        Sid    = "NamespaceNew"
        Effect = "Allow"
        # A namespace that is being made has no ARN yet, and its tags are given as TagResource: only what has none is given any.
        Action    = ["servicediscovery:CreateHttpNamespace", "servicediscovery:TagResource"]
        Resource  = "*"
        Condition = { StringEquals = local.requested[name], Null = { "aws:ResourceTag/Project" = "true" } }
      },
      {
        Sid       = "NamespaceOwn"
        Effect    = "Allow"
        Action    = ["servicediscovery:DeleteNamespace", "servicediscovery:TagResource", "servicediscovery:UntagResource", "servicediscovery:UpdateHttpNamespace"]
        Resource  = "arn:${local.partition}:servicediscovery:${local.arn_end}:namespace/*"
        Condition = { StringEquals = local.tagged[name] }
      },
      {
        Sid    = "ScalingNew"
        Effect = "Allow"
        # Whose service it is, ECS decides: who registers one must be allowed to change its number of tasks.
        Action    = ["application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"]
        Resource  = "arn:${local.partition}:application-autoscaling:${local.arn_end}:scalable-target/*"
        Condition = { StringEquals = merge(local.requested[name], local.of_ecs), Null = { "aws:ResourceTag/Project" = "true" } }
      },
      {
        Sid    = "ScalingOwn"
        Effect = "Allow"
        Action = [
          "application-autoscaling:Delete*",
          "application-autoscaling:DeregisterScalableTarget",
          "application-autoscaling:Put*",
          "application-autoscaling:RegisterScalableTarget",
          "application-autoscaling:TagResource",
          "application-autoscaling:UntagResource",
        ]
        Resource  = "arn:${local.partition}:application-autoscaling:${local.arn_end}:scalable-target/*"
        Condition = { StringEquals = local.tagged[name] }
      },
      {
        # A command before the rollout, and whatever `run` starts.
        Sid       = "RunTasks"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "arn:${local.partition}:ecs:${local.arn_end}:task-definition/${prefix}-*:*"
        Condition = { ArnEquals = { "ecs:cluster" = "arn:${local.partition}:ecs:${local.arn_end}:cluster/${prefix}" } }
      },
      {
        Sid      = "OwnTasks"
        Effect   = "Allow"
        Action   = ["ecs:StopTask", "ecs:TagResource"]
        Resource = "arn:${local.partition}:ecs:${local.arn_end}:task/${prefix}/*"
      },
      {
        # It deletes nothing that runs, and knows no resources.
        Sid      = "ForgetTaskDefinitions"
        Effect   = "Allow"
        Action   = "ecs:DeregisterTaskDefinition"
        Resource = "*"
      },
      {
        Sid      = "Firewall"
        Effect   = "Allow"
        Action   = ["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"]
        Resource = ["arn:${local.partition}:wafv2:${local.arn_end}:regional/webacl/*", "arn:${local.partition}:elasticloadbalancing:${local.arn_end}:loadbalancer/app/${prefix}/*"]
      },
    ]
  }
}
