# Generated from a blueprint: change the blueprint, not this file.

resource "aws_sqs_queue" "failed" {
  name                        = "${var.name_prefix}-failed.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  visibility_timeout_seconds  = 30
  message_retention_seconds   = 345600
  delay_seconds               = 0
  receive_wait_time_seconds   = 20
  max_message_size            = 262144
  sqs_managed_sse_enabled     = true
  redrive_policy              = ""

  tags = {
    Name = "failed"
  }
}

resource "aws_sqs_queue" "jobs" {
  name                        = "${var.name_prefix}-jobs.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  visibility_timeout_seconds  = 60
  message_retention_seconds   = 3600
  delay_seconds               = 5
  receive_wait_time_seconds   = 10
  max_message_size            = 65536
  sqs_managed_sse_enabled     = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.failed.arn
    maxReceiveCount     = 3
  })

  tags = {
    Name = "jobs"
  }
}
