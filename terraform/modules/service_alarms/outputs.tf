output "names" {
  description = "Alarm => its name in CloudWatch."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.alarm_name }
}

output "rollback_names" {
  description = "Names of the alarms that stop a deployment, for deployment_alarms of ecs_service."
  value       = flatten([for name in sort(var.alarms.rollback) : [for key in sort(keys(local.alarms)) : aws_cloudwatch_metric_alarm.this[key].alarm_name if replace(key, "/_[0-9]+$/", "") == name]])
}
