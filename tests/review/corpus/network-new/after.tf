resource "aws_vpc" "this" {
  cidr_block = "10.60.0.0/16"
}

resource "aws_subnet" "private" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.60.1.0/24"
}

resource "aws_security_group" "quiet" {
  name        = "quiet-network-new"
  description = "Reaches out, is not reached"
  vpc_id      = aws_vpc.this.id

  egress {
    cidr_blocks = ["0.0.0.0/0"]
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors-network-new"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "HTTPCode_Target_5XX_Count"
  namespace           = "AWS/ApplicationELB"
  period              = 60
  statistic           = "Sum"
  threshold           = 5
}

resource "aws_cloudwatch_log_group" "quiet" {
  name              = "/quiet/network-new"
  retention_in_days = 30
}

resource "aws_sns_topic" "alarms" {
  name = "alarms-network-new"
}
