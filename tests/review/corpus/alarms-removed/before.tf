resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors-alarms-removed"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 60
  statistic           = "Sum"
  threshold           = 5
  alarm_actions       = ["arn:aws:sns:us-east-1:111122223333:pager"]
}

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "age-alarms-removed"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "ApproximateAgeOfOldestMessage"
  namespace           = "AWS/SQS"
  period              = 60
  statistic           = "Maximum"
  threshold           = 600
  alarm_actions       = ["arn:aws:sns:us-east-1:111122223333:pager"]
}
