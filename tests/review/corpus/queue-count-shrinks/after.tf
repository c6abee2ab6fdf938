resource "aws_sqs_queue" "shard" {
  count = 2
  name  = "shrink-${count.index}"
}
