output "state_machine_arn" {
  description = "ARN of the state machine: an execution of it is a run of the job."
  value       = aws_sfn_state_machine.this.arn
}

output "schedule" {
  description = "Name and group of the schedule; null without one."
  value       = one([for schedule in aws_scheduler_schedule.this : { name = schedule.name, group = schedule.group_name }])
}

output "not_started" {
  description = "Name, ARN and URL of the queue of runs that could not be started; null without a schedule."
  value       = one([for queue in aws_sqs_queue.not_started : { name = queue.name, arn = queue.arn, url = queue.url }])
}
