# The timing budget of a rolling deploy, as far as AWS keeps it. The servers' part is services/servicekit/timing.py;
# the tests hold the two together.

locals {
  timing = {
    # The servers keep silent connections longer, so that it is always the load balancer that closes first.
    idle_timeout_seconds = 60

    # The container drains, then finishes its requests, then has some margin before it is killed.
    stop_timeout_seconds         = 60
    deregistration_delay_seconds = 30

    # A new task serves after 2 checks, 10 seconds.
    health_check_interval_seconds     = 5
    health_check_timeout_seconds      = 2
    healthy_threshold                 = 2
    unhealthy_threshold               = 2
    health_check_grace_period_seconds = 30

    # New tasks first, then the old ones go.
    minimum_healthy_percent = 100
    maximum_percent         = 200
  }

  # From a task's start until the load balancer has found it unwell.
  longest_health_check_seconds = local.timing.health_check_grace_period_seconds + local.timing.health_check_interval_seconds * max(local.timing.healthy_threshold, local.timing.unhealthy_threshold)
}
