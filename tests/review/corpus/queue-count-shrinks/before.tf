resource "aws_sqs_queue" "shard" {
  count = 3
  name  = "shrink-${count.index}"
}
