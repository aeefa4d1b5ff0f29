# Generated from a blueprint: change the blueprint, not this file.

resource "aws_cloudwatch_log_group" "audit" {
  retention_in_days = 400
  kms_key_id        = aws_kms_key.key.arn
}

resource "aws_kms_key" "key" {
  description         = "Key of ${var.machine}"
  enable_key_rotation = true

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [description]
  }
}
