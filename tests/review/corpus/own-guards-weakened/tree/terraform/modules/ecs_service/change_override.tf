resource "aws_ecs_service" "this" {
  deployment_minimum_healthy_percent = 0

  deployment_circuit_breaker {
    enable   = false
    rollback = false
  }
}
