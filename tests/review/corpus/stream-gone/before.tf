resource "aws_kinesisanalyticsv2_application" "clicks" {
  name                   = "clicks-stream-gone"
  runtime_environment    = "FLINK-1_18"
  service_execution_role = "arn:aws:iam::111122223333:role/clicks"
}
