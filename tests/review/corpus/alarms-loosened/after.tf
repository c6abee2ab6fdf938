resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors-alarms-loosened"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 60
  statistic           = "Sum"
  threshold           = 500
  alarm_actions       = ["arn:aws:sns:us-east-1:111122223333:pager"]
}

resource "aws_cloudwatch_metric_alarm" "healthy" {
  alarm_name          = "healthy-alarms-loosened"
  comparison_operator = "LessThanThreshold"
  evaluation_periods  = 2
  metric_name         = "HealthyHostCount"
  namespace           = "AWS/ApplicationELB"
  period              = 60
  statistic           = "Minimum"
  threshold           = 3
  alarm_actions       = ["arn:aws:sns:us-east-1:111122223333:pager", "arn:aws:sns:us-east-1:111122223333:chat"]
}
