# What the state machine does. EventBridge Scheduler can start a task by itself, but it neither knows whether the last one
# still runs, nor stops one that takes too long, nor repeats one that failed.

locals {
  # Where a task runs is said by a strategy or, for machines of one's own, by the launch type.
  placement = {
    for name, value in {
      LaunchType = length(var.cluster.capacity) == 0 ? "EXTERNAL" : null
      CapacityProviderStrategy = length(var.cluster.capacity) == 0 ? null : [
        for provider in var.cluster.capacity : { CapacityProvider = provider.capacity_provider, Base = provider.base, Weight = provider.weight }
      ]
      NetworkConfiguration = var.network == null ? null : {
        AwsvpcConfiguration = {
          Subnets        = var.network.subnet_ids
          SecurityGroups = var.network.security_group_ids
          AssignPublicIp = "DISABLED"
        }
      }
    } : name => value if value != null
  }

  run = {
    Type           = "Task"
    Resource       = "arn:${var.account.partition}:states:::ecs:runTask.sync"
    TimeoutSeconds = var.timeout_seconds
    Parameters = merge(local.placement, {
      Cluster              = var.cluster.arn
      TaskDefinition       = var.task.definition_arn
      EnableECSManagedTags = true
      PropagateTags        = "TASK_DEFINITION"
    })
    # A task that ran into its time limit would do so again, and States.TaskFailed does not include it.
    Retry = [{ ErrorEquals = ["States.TaskFailed"], MaxAttempts = var.retries, IntervalSeconds = 30, BackoffRate = 2 }]
    # All that ECS knows of the task is in the execution's history; none of it is the job's result.
    ResultPath = null
    End        = true
  }

  look = {
    "Look for a running task" = {
      Type     = "Task"
      Resource = "arn:${var.account.partition}:states:::aws-sdk:ecs:listTasks"
      # A task that is being started counts as well: its desired status is RUNNING from the beginning.
      Parameters = { Cluster = var.cluster.arn, Family = var.task.family, DesiredStatus = "RUNNING", MaxResults = 1 }
      Retry      = [{ ErrorEquals = ["States.TaskFailed"], MaxAttempts = 5, IntervalSeconds = 2, BackoffRate = 2 }]
      ResultPath = "$.running"
      Next       = "Is one running?"
    }
    "Is one running?" = {
      Type    = "Choice"
      Choices = [{ Variable = "$.running.TaskArns[0]", IsPresent = true, Next = "Skip this run" }]
      Default = "Run"
    }
    "Skip this run" = { Type = "Succeed", Comment = "The last run has not ended" }
  }

  skips = var.overlap == "skip"

  definition = {
    Comment = "Runs the job ${var.name} once"
    StartAt = local.skips ? "Look for a running task" : "Run"
    States  = merge({ Run = local.run }, { for name, state in local.look : name => state if local.skips })
  }
}
