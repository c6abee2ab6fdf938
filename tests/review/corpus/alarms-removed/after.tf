resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "age-alarms-removed"
  alarm_description   = "Messages wait for more than five minutes."
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "ApproximateAgeOfOldestMessage"
  namespace           = "AWS/SQS"
  period              = 60
  statistic           = "Maximum"
  threshold           = 300
  alarm_actions       = ["arn:aws:sns:us-east-1:111122223333:pager"]
}
