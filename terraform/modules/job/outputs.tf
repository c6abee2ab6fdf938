output "state_machine_arn" {
  description = "ARN of the state machine: an execution of it is a run of the job."
  value       = aws_sfn_state_machine.this.arn
}

output "schedule" {
  description = "Name and group of the schedule."
  value       = { name = aws_scheduler_schedule.this.name, group = aws_scheduler_schedule_group.this.name }
}

output "not_started" {
  description = "Name, ARN and URL of the queue of runs that could not be started."
  value       = { name = aws_sqs_queue.not_started.name, arn = aws_sqs_queue.not_started.arn, url = aws_sqs_queue.not_started.url }
}
