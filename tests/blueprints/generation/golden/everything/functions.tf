# Generated from a blueprint: change the blueprint, not this file.

resource "aws_cloudwatch_log_group" "site" {
  name              = "/aws/lambda/${var.name_prefix}-site"
  retention_in_days = 30

  tags = {
    Name = "site"
  }
}

resource "aws_iam_role" "site__execution" {
  name = "${var.name_prefix}-site-execution-7f4a0abe"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["sts:AssumeRole"]
        Principal = {
          Service = ["lambda.amazonaws.com"]
        }
      },
    ]
  })

  tags = {
    Name = "site execution"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy" "site__runtime" {
  name = "${var.name_prefix}-site-runtime-4b81ad6f"
  role = aws_iam_role.site__execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.site.arn}:*"]
      },
    ]
  })

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_s3_object" "site__package" {
  bucket = data.aws_s3_bucket.releases.id
  key    = var.source_
}

resource "aws_lambda_function" "site" {
  function_name     = "${var.name_prefix}-site"
  runtime           = "python3.13"
  handler           = "app.handler"
  architectures     = ["x86_64"]
  memory_size       = 256
  timeout           = 30
  role              = aws_iam_role.site__execution.arn
  s3_bucket         = data.aws_s3_object.site__package.bucket
  s3_key            = data.aws_s3_object.site__package.key
  s3_object_version = "3sL4kqtJlcpXroDTDmJ"

  tags = {
    Name = "site"
  }

  depends_on = [aws_iam_role_policy.site__runtime, aws_cloudwatch_log_group.site]
}

resource "aws_cloudwatch_event_rule" "site" {
  name                = "${var.name_prefix}-site"
  schedule_expression = "rate(1 minute)"

  tags = {
    Name = "site"
  }
}

resource "aws_cloudwatch_event_target" "site" {
  rule = aws_cloudwatch_event_rule.site.name
  arn  = aws_lambda_function.site.arn
}

resource "aws_lambda_permission" "site__clock" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.site.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.site.arn
}

resource "aws_apigatewayv2_api" "site" {
  name          = "${var.name_prefix}-site"
  protocol_type = "HTTP"
  target        = aws_lambda_function.site.arn

  tags = {
    Name = "site"
  }
}

resource "aws_lambda_permission" "site__gateway" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.site.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.site.execution_arn}/*/*"
}

resource "aws_cloudwatch_log_group" "worker" {
  name              = "/aws/lambda/${var.name_prefix}-worker"
  retention_in_days = 7

  tags = {
    Name = "worker"
  }
}

resource "aws_iam_role_policy" "worker__runtime" {
  name = "${var.name_prefix}-worker-runtime-edc7e53c"
  role = aws_iam_role.worker_role.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.worker.arn}:*"]
      },
      {
        Effect = "Allow"
        Action = [
          "ec2:CreateNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSubnets",
          "ec2:DeleteNetworkInterface",
          "ec2:AssignPrivateIpAddresses",
          "ec2:UnassignPrivateIpAddresses",
        ]
        Resource = ["*"]
      },
      {
        Effect = "Allow"
        Action = [
          "sqs:ReceiveMessage",
          "sqs:DeleteMessage",
          "sqs:ChangeMessageVisibility",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
        ]
        Resource = [aws_sqs_queue.jobs.arn]
      },
    ]
  })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_object" "worker__package" {
  bucket         = aws_s3_bucket.locked.id
  key            = "placeholders/worker.zip"
  content_base64 = "UEsDBBQAAAAAAAAAIQCUAaOKVQAAAFUAAAAKAAAAUkVBRE1FLnR4dFVwbG9hZCB0aGUgZnVuY3Rpb24ncyBwYWNrYWdlIHRvIHRoZSBrZXkgdGhhdCBpdHMgYmx1ZXByaW50IG5hbWVzLCB0aGVuIGFwcGx5IGFnYWluLgpQSwECFAMUAAAAAAAAACEAlAGjilUAAABVAAAACgAAAAAAAAAAAAAAgAEAAAAAUkVBRE1FLnR4dFBLBQYAAAAAAQABADgAAAB9AAAAAAA="
  content_type   = "application/zip"

  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_s3_bucket_versioning.locked, aws_s3_bucket_server_side_encryption_configuration.locked]
}

data "aws_s3_objects" "worker__package" {
  bucket   = aws_s3_bucket.locked.id
  prefix   = "worker.zip"
  max_keys = 1
}

data "aws_s3_object" "worker__package" {
  bucket = aws_s3_bucket.locked.id
  key    = contains(data.aws_s3_objects.worker__package.keys, "worker.zip") ? "worker.zip" : aws_s3_object.worker__package.key

  depends_on = [aws_s3_object.worker__package]
}

resource "aws_lambda_function" "worker" {
  function_name                  = "${var.name_prefix}-worker"
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = ["arm64"]
  memory_size                    = 512
  timeout                        = 60
  role                           = aws_iam_role.worker_role.arn
  s3_bucket                      = data.aws_s3_object.worker__package.bucket
  s3_key                         = data.aws_s3_object.worker__package.key
  reserved_concurrent_executions = 5

  tags = {
    Name = "worker"
  }

  environment {
    variables = {
      DEBUG = "true"
      LIMIT = "3"
      QUEUE = aws_sqs_queue.jobs.url
      TOKEN = var.api_key
    }
  }

  vpc_config {
    subnet_ids         = [aws_subnet.private_a.id]
    security_group_ids = [aws_security_group.guard.id]
  }

  depends_on = [
    aws_iam_role_policy.worker__runtime,
    aws_cloudwatch_log_group.worker,
    aws_route.main__private_a,
    aws_route_table_association.private_a,
  ]
}

resource "aws_lambda_event_source_mapping" "worker__jobs" {
  event_source_arn = aws_sqs_queue.jobs.arn
  function_name    = aws_lambda_function.worker.arn
  batch_size       = 2

  depends_on = [aws_iam_role_policy.worker__runtime]
}

resource "aws_cloudwatch_event_rule" "worker" {
  name = "${var.name_prefix}-worker"

  schedule_expression = lookup({
    "1" = "rate(1 minute)"
  }, var.count_, "rate(${var.count_} minutes)")

  tags = {
    Name = "worker"
  }
}

resource "aws_cloudwatch_event_target" "worker" {
  rule = aws_cloudwatch_event_rule.worker.name
  arn  = aws_lambda_function.worker.arn
}

resource "aws_lambda_permission" "worker__clock" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.worker.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.worker.arn
}

resource "aws_lambda_function_url" "worker" {
  function_name      = aws_lambda_function.worker.function_name
  authorization_type = "AWS_IAM"
}
